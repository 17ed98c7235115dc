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
        ("state_ttl", "600", "s", "how long a sealed requestState may be answered"),
        ("call_timeout", "60", "s", "how long a client waits for one call"),
        ("probe_timeout", "5", "s", "how long a client waits for its first probe"),
        ("drain", "5", "s", "how long a shutdown lets running work finish"),
        ("session_idle", "1800", "s", "how long a session without traffic is kept"),
        ("pages", "1000", "pages", "pages a client walks in one listing"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_states_the_defaults() {
        let l = Limits::default();
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
            l.state_ttl.as_secs(),
            l.call_timeout.as_secs(),
            l.probe_timeout.as_secs(),
            l.drain.as_secs(),
            l.session_idle.as_secs(),
            u64::from(l.pages),
        ];
        let stated: Vec<u64> =
            table().iter().map(|(_, default, _, _)| default.parse().expect("a number")).collect();
        assert_eq!(stated, actual);
    }
}
