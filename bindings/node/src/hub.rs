//! What one JavaScript environment (the main thread or a worker) shares: its sessions and its one wake-up.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dovetail_bridge::{Session, Wake};
use napi::bindgen_prelude::Unknown;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};

/// Calls the environment's `wake()` on its own thread. Weak: it never keeps the event loop alive.
pub(crate) type WakeFunction = ThreadsafeFunction<(), Unknown<'static>, (), napi::Status, false, true>;

/// The key of a close that nobody waits for; hosts cannot choose it, because it is no safe integer.
const UNATTENDED: u64 = u64::MAX;

pub(crate) struct Hub {
    wake: WakeFunction,
    sessions: Mutex<Sessions>,
    /// Sessions that have events, in order of their ids.
    ready: Mutex<BTreeSet<u32>>,
}

#[derive(Default)]
struct Sessions {
    last: u32,
    open: BTreeMap<u32, Session>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    pub(crate) fn new(wake: WakeFunction) -> Self {
        Self { wake, sessions: Mutex::default(), ready: Mutex::default() }
    }

    /// Takes a session in: from now on its events wake this environment.
    pub(crate) fn adopt(self: &Arc<Self>, session: &Session) -> u32 {
        let id = {
            let mut sessions = lock(&self.sessions);
            sessions.last += 1;
            let id = sessions.last;
            sessions.open.insert(id, session.clone());
            id
        };
        session.set_waker(Box::new(SessionWake { hub: self.clone(), id }));
        id
    }

    /// Lets a session go that JavaScript has forgotten.
    pub(crate) fn release(&self, id: u32) {
        let forgotten = lock(&self.sessions).open.remove(&id);
        lock(&self.ready).remove(&id);
        // Closing may wake this hub, so it happens outside the locks.
        drop(forgotten);
    }

    /// The sessions that have events; a session that gets more from now on is announced again.
    pub(crate) fn take_ready(&self) -> Vec<u32> {
        std::mem::take(&mut *lock(&self.ready)).into_iter().collect()
    }

    /// Closes every session of an environment that is going away.
    pub(crate) fn close_all(&self) {
        let sessions = std::mem::take(&mut lock(&self.sessions).open);
        for session in sessions.into_values() {
            // A session that is closed already is what is wanted here.
            let _ = session.close(UNATTENDED, Duration::ZERO);
        }
    }

    fn announce(&self, id: u32) {
        let mut ready = lock(&self.ready);
        let first = ready.is_empty();
        ready.insert(id);
        drop(ready);
        if first {
            // Refused only while the environment goes away, and then nobody listens any more.
            self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}

struct SessionWake {
    hub: Arc<Hub>,
    id: u32,
}

impl Wake for SessionWake {
    fn wake(&self) {
        self.hub.announce(self.id);
    }
}
