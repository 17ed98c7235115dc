//! Events that were sent on resumable streams, kept to be sent again (`2025-11-25/basic/transports`, Resumability).
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use dovetail_protocol::Limits;
use futures_util::future::BoxFuture;

/// Keeps sent events. The default holds them in memory, bounded for each session; a shared one lets another instance
/// take a stream over.
pub trait EventStore: Send + Sync + 'static {
    /// Keeps one message of a stream. Numbers grow within a stream. Must not block.
    fn append(&self, session: &str, stream: u64, number: u64, message: Bytes);

    /// The messages of a stream after a number, in order.
    fn after(&self, session: &str, stream: u64, number: u64) -> BoxFuture<'static, Vec<(u64, Bytes)>>;

    /// Forgets a session that has ended. Must not block. A shared store also forgets what nobody asked for during the
    /// limit `session_idle`, because an instance may be gone before its sessions are.
    fn forget(&self, session: &str);
}

#[derive(Default)]
struct Kept {
    events: VecDeque<(u64, u64, Bytes)>,
    bytes: usize,
}

/// The store of one process: the newest events of each session (limits `events` and `event_bytes`).
pub struct LocalEvents {
    sessions: Mutex<HashMap<Box<str>, Kept>>,
    most: usize,
    most_bytes: usize,
    most_sessions: usize,
}

impl std::fmt::Debug for LocalEvents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LocalEvents({} sessions)", self.lock().len())
    }
}

impl LocalEvents {
    /// An empty store.
    pub fn new(limits: &Limits) -> Self {
        Self {
            sessions: Mutex::default(),
            most: limits.events,
            most_bytes: limits.event_bytes,
            most_sessions: limits.sessions,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Kept>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventStore for LocalEvents {
    fn append(&self, session: &str, stream: u64, number: u64, message: Bytes) {
        let mut sessions = self.lock();
        if !sessions.contains_key(session) {
            if sessions.len() >= self.most_sessions {
                // Sessions of this process are forgotten when they end, so these belong to a store behind them.
                sessions.clear();
            }
            sessions.insert(session.into(), Kept::default());
        }
        let Some(kept) = sessions.get_mut(session) else { return };
        kept.bytes += message.len();
        kept.events.push_back((stream, number, message));
        while kept.events.len() > self.most || kept.bytes > self.most_bytes {
            let Some((_, _, oldest)) = kept.events.pop_front() else { break };
            kept.bytes -= oldest.len();
        }
    }

    fn after(&self, session: &str, stream: u64, number: u64) -> BoxFuture<'static, Vec<(u64, Bytes)>> {
        let events = self.lock().get(session).map_or_else(Vec::new, |kept| {
            let after = kept.events.iter().filter(|(of, at, _)| *of == stream && *at > number);
            after.map(|(_, at, message)| (*at, message.clone())).collect()
        });
        Box::pin(std::future::ready(events))
    }

    fn forget(&self, session: &str) {
        self.lock().remove(session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_oldest_events_make_room() {
        let limits = Limits { events: 3, event_bytes: 10, ..Limits::default() };
        let store = LocalEvents::new(&limits);
        for number in 1..=5 {
            store.append("s", 1, number, Bytes::from_static(b"ab"));
        }
        store.append("s", 2, 1, Bytes::from_static(b"other"));
        let left = store.after("s", 1, 0).await;
        assert_eq!(left.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(store.after("s", 1, 4).await.len(), 1);
        assert!(store.after("t", 1, 0).await.is_empty());
        store.forget("s");
        assert!(store.after("s", 1, 0).await.is_empty());
    }
}
