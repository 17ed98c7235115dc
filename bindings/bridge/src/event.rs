//! What a host fetches: one flat record for everything that happens.
use bytes::Bytes;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $name:literal;)*) => {
        /// What an event says.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub enum Kind { $($(#[$doc])* $variant = $number,)* }

        impl Kind {
            /// Every kind, in numeric order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Stable name, snake case.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    /// A request to handle. `key` is the call id, `code` the index of the registered handler, the payload its
    /// arguments (a JSON object).
    Call = 1, "call";
    /// The one completion of an operation. `key` is the host's key, `code` 0 or an error code, the payload the
    /// result or the error body.
    Done = 2, "done";
    /// A call was cancelled; a reply to it is stale. `key` is the call id.
    Cancelled = 3, "cancelled";
    /// Progress of an operation of the host's own. `key` is the host's key; the payload is
    /// `{progress, total?, message?}`. Much undelivered progress of one operation coalesces to the newest.
    Progress = 4, "progress";
    /// A question for the user of a client. `key` is a call id, to be answered with `reply` or `fail`; the
    /// payload is `{kind, message, schema}`.
    Input = 5, "input";
    /// A server listens. `key` is the key of the `serve` operation, the payload `{url?}`.
    Ready = 6, "ready";
    /// A line for the host's log. The payload is `{level, message}`.
    Log = 7, "log";
    /// The session is closed; nothing follows. `code` says why (0: closed by the host).
    Closed = 8, "closed";
    /// Status and headers of an HTTP exchange. `key` is the host's key, `code` the status, the payload
    /// `{headers: [[name, value]…]}`.
    Head = 9, "head";
    /// A piece of the body of an HTTP exchange, raw bytes. `key` is the host's key.
    Chunk = 10, "chunk";
    /// Something that a `listen` operation listens to has changed. `key` is the key of that operation; the payload is
    /// `{kind, uri?}`.
    Change = 11, "change";
    /// A log message of the server for the user of a client. The payload is `{level, logger?, data}`.
    Message = 12, "message";
    /// A request or notification passes a layer of the host. `key` is a call id, to be answered with `proceed`, `reply`
    /// or `fail`, `code` the host's number of the layer; the payload is
    /// `{method, params, revision, principal?, notification}`. Comes ahead of other events.
    Intercept = 13, "intercept";
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// What it says.
    pub kind: Kind,
    /// Status, handler index or HTTP status, by kind.
    pub code: i32,
    /// The host's key or the call id, by kind.
    pub key: u64,
    /// UTF-8 JSON (raw bytes for [`Kind::Chunk`]); may be empty.
    pub payload: Bytes,
}
