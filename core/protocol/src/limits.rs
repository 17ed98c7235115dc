//! The only source of every default limit.
//!
//! Owns the numbers and their explanation. Must never enforce anything: whoever owns the resource does that and
//! answers with [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded) or
//! [`ErrorKind::Busy`](crate::ErrorKind::Busy), naming the limit as it is named here.

use std::time::Duration;

/// Every bound Dovetail keeps, with its default. Cheap to clone; build one with struct update syntax:
/// `Limits { body: 1 << 20, ..Limits::default() }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one HTTP body or one server-sent event. Default 4 MiB.
    pub body: usize,
    /// Bytes of one line on stdio. Default 4 MiB.
    pub line: usize,
    /// Levels of nested arrays and objects in one message. Default 64.
    pub depth: usize,
    /// Bytes of all HTTP headers of one request together. Default 8 KiB.
    pub headers: usize,
    /// Requests being handled at once, per server or client. Default 1 024.
    pub in_flight: usize,
    /// Rounds of questions one call may take. Default 16.
    pub rounds: u32,
    /// Bytes of one sealed `requestState`. Default 16 KiB.
    pub state: usize,
    /// Notifications or events waiting to be read. Default 1 024.
    pub queue: usize,
    /// Sessions of the older revisions alive at once. Default 10 000.
    pub sessions: usize,
    /// Bytes of a name: tool, question, key. Default 256.
    pub name: usize,
    /// How long a sealed `requestState` may be answered. Default 600 s.
    pub state_ttl: Duration,
    /// How long a client waits for the result of one call. Default 60 s.
    pub call_timeout: Duration,
    /// How long a client waits for the answer to its first probe. Default 5 s.
    pub probe_timeout: Duration,
    /// How long a shutdown lets running work finish. Default 5 s.
    pub drain: Duration,
    /// How long a session without traffic is kept. Default 30 min.
    pub session_idle: Duration,
    /// Pages a client walks in one listing. Default 1 000.
    pub pages: u32,
    /// Messages in one batch, on the revision that has batches. Default 100.
    pub batch: usize,
    /// Resource URIs one session or one listening request may subscribe to. Default 1 024.
    pub subscriptions: usize,
    /// Responses a client keeps for reuse. Default 1 024.
    pub cache: usize,
    /// Events kept per session for a stream that is resumed. Default 1 024.
    pub events: usize,
    /// Bytes of all events kept per session for a stream that is resumed. Default 4 MiB.
    pub event_bytes: usize,
    /// The longest a client waits for one call in all, however much progress it makes. Default 600 s.
    pub call_total: Duration,
    /// How often a client repeats a request that failed for a passing reason and is safe to repeat. Default 2.
    pub retries: u32,
    /// How often in a row a client tries to restore a connection. Default 5.
    pub reconnects: u32,
    /// Notifications a client keeps for a program that does not read them. Default 1 024.
    pub notifications: usize,
    /// How long a layer that lives in a foreign host may think about one message: before its first answer, and again
    /// after what is inside of it has ended. Default 10 s.
    pub hook: Duration,
}

impl Limits {
    /// Values in one completion result; the specification allows no more.
    pub const COMPLETIONS: usize = 100;
    /// Bytes of a URI that is matched against templates.
    pub const URI: usize = 8 << 10;
    /// Bytes of a URI template.
    pub const TEMPLATE: usize = 2 << 10;
    /// Parts (texts and variables) of a URI template.
    pub const TEMPLATE_PARTS: usize = 63;
    /// Mirrored parameters of one tool.
    pub const PARAM_HEADERS: usize = 64;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 4 << 20,
            line: 4 << 20,
            depth: 64,
            headers: 8 << 10,
            in_flight: 1024,
            rounds: 16,
            state: 16 << 10,
            queue: 1024,
            sessions: 10_000,
            name: 256,
            state_ttl: Duration::from_secs(600),
            call_timeout: Duration::from_secs(60),
            probe_timeout: Duration::from_secs(5),
            drain: Duration::from_secs(5),
            session_idle: Duration::from_secs(30 * 60),
            pages: 1000,
            batch: 100,
            subscriptions: 1024,
            cache: 1024,
            events: 1024,
            event_bytes: 4 << 20,
            call_total: Duration::from_secs(600),
            retries: 2,
            reconnects: 5,
            notifications: 1024,
            hook: Duration::from_secs(10),
        }
    }
}

/// One row of [`table`]: name, default as text, unit, meaning.
pub type Row = (&'static str, &'static str, &'static str, &'static str);

/// The limits as text, for the documentation and for surfaces that list them.
pub fn table() -> &'static [Row] {
    &[
        ("body", "4194304", "bytes", "one HTTP body or server-sent event"),
        ("line", "4194304", "bytes", "one line on stdio"),
        ("depth", "64", "levels", "nested arrays and objects in one message"),
        ("headers", "8192", "bytes", "all HTTP headers of one request together"),
        ("in_flight", "1024", "requests", "requests being handled at once"),
        ("rounds", "16", "rounds", "rounds of questions one call may take"),
        ("state", "16384", "bytes", "one sealed requestState"),
        ("queue", "1024", "items", "notifications or events waiting to be read"),
        ("sessions", "10000", "sessions", "sessions of the older revisions alive at once"),
        ("name", "256", "bytes", "a name: tool, question, key"),
        ("state_ttl", "600000", "ms", "how long a sealed requestState may be answered"),
        ("call_timeout", "60000", "ms", "how long a client waits for one call"),
        ("probe_timeout", "5000", "ms", "how long a client waits for its first probe"),
        ("drain", "5000", "ms", "how long a shutdown lets running work finish"),
        ("session_idle", "1800000", "ms", "how long a session without traffic is kept"),
        ("pages", "1000", "pages", "pages a client walks in one listing"),
        ("batch", "100", "messages", "messages in one batch"),
        ("subscriptions", "1024", "URIs", "resources one session or listening request subscribes to"),
        ("cache", "1024", "responses", "responses a client keeps for reuse"),
        ("events", "1024", "events", "events kept per session for a resumed stream"),
        ("event_bytes", "4194304", "bytes", "all events kept per session for a resumed stream"),
        ("call_total", "600000", "ms", "the longest a client waits for one call, whatever its progress"),
        ("retries", "2", "times", "how often a client repeats a request that is safe to repeat"),
        ("reconnects", "5", "times", "how often in a row a client tries to restore a connection"),
        ("notifications", "1024", "items", "notifications a client keeps for a program that does not read"),
        (
            "hook",
            "10000",
            "ms",
            "how long a layer of a foreign host may think, before and after what is inside",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_states_the_defaults() {
        let l = Limits::default();
        let millis = |time: Duration| u64::try_from(time.as_millis()).expect("defaults are short");
        let actual = [
            l.body as u64,
            l.line as u64,
            l.depth as u64,
            l.headers as u64,
            l.in_flight as u64,
            u64::from(l.rounds),
            l.state as u64,
            l.queue as u64,
            l.sessions as u64,
            l.name as u64,
            millis(l.state_ttl),
            millis(l.call_timeout),
            millis(l.probe_timeout),
            millis(l.drain),
            millis(l.session_idle),
            u64::from(l.pages),
            l.batch as u64,
            l.subscriptions as u64,
            l.cache as u64,
            l.events as u64,
            l.event_bytes as u64,
            millis(l.call_total),
            u64::from(l.retries),
            u64::from(l.reconnects),
            l.notifications as u64,
            millis(l.hook),
        ];
        let stated: Vec<u64> =
            table().iter().map(|(_, default, _, _)| default.parse().expect("a number")).collect();
        assert_eq!(stated, actual);
    }
}
