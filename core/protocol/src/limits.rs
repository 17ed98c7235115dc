//! The only source of every default limit.
//!
//! Owns the numbers and their explanation. Must never enforce anything: whoever owns the resource does that and
//! answers with [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded) or
//! [`ErrorKind::Busy`](crate::ErrorKind::Busy), naming the limit as it is named here.

use std::time::Duration;

use crate::error::{Error, ErrorKind};

/// Who keeps a limit.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Side {
    /// Servers only.
    Server,
    /// Clients only.
    Client,
    /// Servers and clients.
    Both,
}

/// One limit, for the documentation and for surfaces that list them.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Its name in errors and configurations.
    pub name: &'static str,
    /// Its default.
    pub default: u64,
    /// What is counted; times are in milliseconds.
    pub unit: &'static str,
    /// Who keeps it.
    pub side: Side,
    /// What it bounds.
    pub meaning: &'static str,
}

/// The number behind a limit.
trait Number: Sized {
    fn of(number: u64) -> Option<Self>;
}

impl Number for usize {
    fn of(number: u64) -> Option<Self> {
        number.try_into().ok()
    }
}

impl Number for u32 {
    fn of(number: u64) -> Option<Self> {
        number.try_into().ok()
    }
}

impl Number for Duration {
    fn of(number: u64) -> Option<Self> {
        Some(Self::from_millis(number))
    }
}

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $default:expr, $unit:literal, $side:ident, $meaning:literal;)+) => {
        /// Every bound Dovetail keeps, with its default. Cheap to clone; build one with struct update syntax:
        /// `Limits { body: 1 << 20, ..Limits::default() }`.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Limits {
            $($(#[$doc])* pub $name: $type,)+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: <$type>::of($default).expect("defaults fit"),)+ }
            }
        }

        impl Limits {
            /// Sets a limit by its name; says whether there is one of this name that can have this value.
            pub fn set(&mut self, name: &str, number: u64) -> bool {
                match name {
                    $(stringify!($name) => match <$type>::of(number) {
                        Some(value) => self.$name = value,
                        None => return false,
                    },)+
                    _ => return false,
                }
                true
            }
        }

        /// All limits, in the order of the documentation.
        pub const TABLE: &[Row] = &[$(Row {
            name: stringify!($name),
            default: $default,
            unit: $unit,
            side: Side::$side,
            meaning: $meaning,
        },)+];
    };
}

limits! {
    /// Bytes of one HTTP body or one server-sent event. Default 4 MiB.
    body: usize = 4 << 20, "bytes", Both, "one HTTP body or server-sent event";
    /// Bytes of one line on stdio. Default 4 MiB.
    line: usize = 4 << 20, "bytes", Both, "one line on stdio";
    /// Levels of nested arrays and objects in one message. Default 64.
    depth: usize = 64, "levels", Both, "nested arrays and objects in one message";
    /// Bytes of all HTTP headers of one request together. Default 8 KiB.
    headers: usize = 8 << 10, "bytes", Both, "all HTTP headers of one request together";
    /// Requests being handled at once, per server or client. Default 1 024.
    in_flight: usize = 1024, "requests", Both, "requests being handled at once";
    /// Rounds of questions one call may take. Default 16.
    rounds: u32 = 16, "rounds", Both, "rounds of questions one call may take";
    /// Bytes of one sealed `requestState`. Default 16 KiB.
    state: usize = 16 << 10, "bytes", Server, "one sealed requestState";
    /// Notifications or events waiting to be read. Default 1 024.
    queue: usize = 1024, "items", Both, "notifications or events waiting to be read";
    /// Sessions of the older revisions alive at once. Default 10 000.
    sessions: usize = 10_000, "sessions", Server, "sessions of the older revisions alive at once";
    /// Bytes of a name: tool, question, key. Default 256.
    name: usize = 256, "bytes", Server, "a name: tool, question, key";
    /// How long a sealed `requestState` may be answered. Default 600 s.
    state_ttl: Duration = 600_000, "ms", Server, "how long a sealed requestState may be answered";
    /// How long a client waits for the result of one call. Default 60 s.
    call_timeout: Duration = 60_000, "ms", Client, "how long a client waits for one call";
    /// How long a client waits for the answer to its first probe. Default 5 s.
    probe_timeout: Duration = 5_000, "ms", Client, "how long a client waits for its first probe";
    /// How long a shutdown lets running work finish. Default 5 s.
    drain: Duration = 5_000, "ms", Both, "how long a shutdown lets running work finish";
    /// How long a session without traffic is kept. Default 30 min.
    session_idle: Duration = 1_800_000, "ms", Server, "how long a session without traffic is kept";
    /// Pages a client walks in one listing. Default 1 000.
    pages: u32 = 1000, "pages", Client, "pages a client walks in one listing";
    /// Messages in one batch, on the revision that has batches. Default 100.
    batch: usize = 100, "messages", Both, "messages in one batch";
    /// Resource URIs one session or one listening request may subscribe to. Default 1 024.
    subscriptions: usize = 1024, "URIs", Both, "resources one session or listening request subscribes to";
    /// Responses a client keeps for reuse. Default 1 024.
    cache: usize = 1024, "responses", Client, "responses a client keeps for reuse";
    /// Events kept per session for a stream that is resumed. Default 1 024.
    events: usize = 1024, "events", Server, "events kept per session for a resumed stream";
    /// Bytes of all events kept per session for a stream that is resumed. Default 4 MiB.
    event_bytes: usize = 4 << 20, "bytes", Server, "all events kept per session for a resumed stream";
    /// The longest a client waits for one call in all, however much progress it makes. Default 600 s.
    call_total: Duration = 600_000, "ms", Client, "the longest a client waits for one call, whatever its progress";
    /// How often a client repeats a request that failed for a passing reason and is safe to repeat. Default 2.
    retries: u32 = 2, "times", Client, "how often a client repeats a request that is safe to repeat";
    /// How often in a row a client tries to restore a connection. Default 8.
    reconnects: u32 = 8, "times", Client, "how often in a row a client tries to restore a connection";
    /// Notifications a client keeps for a program that does not read them. Default 1 024.
    notifications: usize = 1024, "items", Client, "notifications a client keeps for a program that does not read";
    /// How long a layer that lives in a foreign host may think about one message: before its first answer, and again after
    /// what is inside of it has ended. Default 10 s.
    hook: Duration = 10_000, "ms", Both, "how long a layer of a foreign host may think, before and after what is inside";
}

/// Limits that let nothing through when they are 0.
const NOT_ZERO: &[&str] = &[
    "body",
    "line",
    "depth",
    "headers",
    "in_flight",
    "state",
    "queue",
    "name",
    "state_ttl",
    "call_timeout",
    "probe_timeout",
    "session_idle",
    "pages",
    "batch",
    "call_total",
    "hook",
];

/// `in_flight` as `inFlight`.
fn camel(name: &str) -> String {
    let mut upper = false;
    let letters = name.chars().filter_map(|letter| {
        let start = std::mem::replace(&mut upper, letter == '_');
        (letter != '_').then(|| if start { letter.to_ascii_uppercase() } else { letter })
    });
    letters.collect()
}

impl Limits {
    /// Sets a limit of one side by its name in a configuration, which is its own in camelCase, to a number of its unit.
    ///
    /// # Errors
    /// `invalid_argument` when that side has no such limit, or it cannot have this value.
    pub fn configure(&mut self, side: Side, name: &str, number: u64) -> Result<(), Error> {
        let invalid = |detail: String| Error::new(ErrorKind::InvalidConfig, detail);
        let mut known = TABLE.iter().filter(|row| row.side == side || row.side == Side::Both);
        let Some(row) = known.clone().find(|row| camel(row.name) == name) else {
            let names: Vec<String> = known.by_ref().map(|row| camel(row.name)).collect();
            let who = if side == Side::Server { "server" } else { "client" };
            return Err(invalid(format!("a {who} has no limit {name:?}; it has {}", names.join(", "))));
        };
        if number == 0 && NOT_ZERO.contains(&row.name) {
            return Err(invalid(format!("the limit {name} cannot be 0: nothing would be let through")));
        }
        if self.set(row.name, number) {
            Ok(())
        } else {
            Err(invalid(format!("the limit {name} cannot be {number}")))
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_can_be_set_by_its_name() {
        let mut limits = Limits::default();
        for row in TABLE {
            assert!(limits.set(row.name, row.default), "{}", row.name);
        }
        assert_eq!(limits, Limits::default());
        assert!(limits.set("hook", 250));
        assert_eq!(limits.hook, Duration::from_millis(250));
        assert!(!limits.set("no_such_limit", 1));
        assert!(!limits.set("rounds", u64::MAX));
        assert_eq!(limits.rounds, 16);
    }

    #[test]
    fn a_configuration_names_the_limits_of_its_side() {
        let mut limits = Limits::default();
        limits.configure(Side::Server, "inFlight", 7).expect("a limit of servers");
        assert_eq!(limits.in_flight, 7);
        let wrong = limits.configure(Side::Server, "callTimeout", 7).expect_err("a limit of clients");
        assert!(wrong.detail.contains("body, line") && !wrong.detail.contains("callTimeout,"), "{wrong}");
        assert!(limits.configure(Side::Client, "callTimeout", 7).is_ok());
        for (name, number) in [("in_flight", 1), ("body", 0), ("rounds", u64::MAX)] {
            let wrong = limits.configure(Side::Server, name, number).expect_err("not usable");
            assert_eq!(wrong.kind, ErrorKind::InvalidConfig, "{name}");
        }
        assert!(NOT_ZERO.iter().all(|name| TABLE.iter().any(|row| row.name == *name)));
    }
}
