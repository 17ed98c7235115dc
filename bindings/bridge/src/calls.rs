//! The calls that wait for a host's answer: each is answered once; later answers are stale.
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::keys::ByKey;
use crate::{BridgeError, Code, Kind, queue::Queue};

/// What a host answered.
pub(crate) type Answer<A> = oneshot::Sender<A>;

struct Waiting<C, A> {
    context: C,
    answer: Answer<A>,
}

struct Table<C, A> {
    next: u64,
    entries: HashMap<u64, Waiting<C, A>, ByKey>,
}

/// Calls with a context `C` each, answered by an `A`.
pub(crate) struct Calls<C, A> {
    table: Mutex<Table<C, A>>,
    queue: Arc<Queue>,
}

impl<C: Clone, A> Calls<C, A> {
    pub(crate) fn new(queue: Arc<Queue>) -> Self {
        Self { table: Mutex::new(Table { next: 1, entries: HashMap::default() }), queue }
    }

    fn lock(&self) -> MutexGuard<'_, Table<C, A>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a call; the caller announces it to the host under the id.
    pub(crate) fn begin(self: &Arc<Self>, context: C) -> (Pending<C, A>, oneshot::Receiver<A>) {
        let (answer, answered) = oneshot::channel();
        let mut table = self.lock();
        let id = table.next;
        table.next += 1;
        table.entries.insert(id, Waiting { context, answer });
        (Pending { id, calls: self.clone(), answered: false }, answered)
    }

    /// Takes a call to answer it, unless `allowed` refuses that; then it still waits.
    pub(crate) fn take(
        &self,
        id: u64,
        allowed: impl FnOnce(&C) -> Result<(), BridgeError>,
    ) -> Result<Answer<A>, BridgeError> {
        match self.lock().entries.entry(id) {
            Entry::Occupied(waiting) => {
                allowed(&waiting.get().context)?;
                Ok(waiting.remove().answer)
            }
            Entry::Vacant(_) => Err(stale(id)),
        }
    }

    /// The context of a call that still waits.
    pub(crate) fn context(&self, id: u64) -> Result<C, BridgeError> {
        self.lock().entries.get(&id).map(|entry| entry.context.clone()).ok_or_else(|| stale(id))
    }

    /// Takes back every call that waits.
    pub(crate) fn cancel_all(&self) {
        let ids: Vec<u64> = self.lock().entries.drain().map(|(id, _)| id).collect();
        for id in ids {
            self.queue.push(Kind::Cancelled, 0, id, bytes::Bytes::new());
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().entries.len()
    }
}

fn stale(id: u64) -> BridgeError {
    BridgeError::new(Code::StaleCall, format!("call {id} was answered, cancelled or never existed"))
}

/// A call under way. Dropping it unanswered tells the host that it was cancelled.
pub(crate) struct Pending<C: Clone, A> {
    pub(crate) id: u64,
    calls: Arc<Calls<C, A>>,
    answered: bool,
}

impl<C: Clone, A> Pending<C, A> {
    /// The host has answered.
    pub(crate) fn answered(mut self) {
        self.answered = true;
    }
}

impl<C: Clone, A> Drop for Pending<C, A> {
    fn drop(&mut self) {
        if !self.answered && self.calls.lock().entries.remove(&self.id).is_some() {
            self.calls.queue.push(Kind::Cancelled, 0, self.id, bytes::Bytes::new());
        }
    }
}
