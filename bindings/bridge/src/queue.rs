//! The queue of events towards one host session, with the deferred wake-up.
//!
//! The first event of a burst arms a task of the runtime instead of waking the host at once, so that the host
//! finds the whole burst: a batch crosses the boundary and not a call.
use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Notify;

use crate::keys::ByKey;
use crate::{Event, Kind};

/// The only thing that is ever called in the host: an argument-less wake-up. It must not block and must not
/// call back into the bridge.
pub trait Wake: Send + Sync {
    /// Tells the host that events may be waiting.
    fn wake(&self);
}

/// Progress events of one operation that wait before the newest replaces the one before it.
const KEPT: usize = 16;

#[derive(Default)]
struct Waiting {
    events: VecDeque<Event>,
    /// What layers wait for; it comes before all other events.
    first: VecDeque<Event>,
    /// Sequence number of the event at the front.
    front: u64,
    /// The undelivered progress of each operation: how many, and the sequence number of the newest.
    progress: HashMap<u64, (usize, u64), ByKey>,
    droppable: usize,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.events.is_empty() && self.first.is_empty()
    }
}

pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
    waker: OnceLock<Box<dyn Wake>>,
    flush: Notify,
    space: Notify,
    limit: usize,
}

impl Queue {
    /// `limit` bounds the events that nobody waits for (logs); completions and admitted calls are bounded by
    /// their own tables and always have room.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            arrived: Condvar::new(),
            waker: OnceLock::new(),
            flush: Notify::new(),
            space: Notify::new(),
            limit,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the wake-up; only the first one counts.
    pub(crate) fn set_waker(&self, waker: Box<dyn Wake>) -> bool {
        let set = self.waker.set(waker).is_ok();
        if !self.lock().is_empty() {
            self.flush.notify_one();
        }
        set
    }

    /// Adds an event and arms the wake-up when the queue was empty.
    pub(crate) fn push(&self, kind: Kind, code: i32, key: u64, payload: Bytes) {
        let mut waiting = self.lock();
        if kind == Kind::Progress
            && let Some(&(KEPT.., at)) = waiting.progress.get(&key)
        {
            let index = usize::try_from(at - waiting.front).expect("the queue fits in memory");
            waiting.events[index].payload = payload;
            return;
        }
        let was_empty = waiting.is_empty();
        let at = waiting.front + waiting.events.len() as u64;
        match kind {
            Kind::Progress => {
                let (count, newest) = waiting.progress.entry(key).or_default();
                (*count, *newest) = (*count + 1, at);
            }
            Kind::Log | Kind::Message => waiting.droppable += 1,
            Kind::Call
            | Kind::Done
            | Kind::Cancelled
            | Kind::Input
            | Kind::Ready
            | Kind::Closed
            | Kind::Head
            | Kind::Chunk
            | Kind::Change
            | Kind::Intercept => {}
        }
        waiting.events.push_back(Event { kind, code, key, payload });
        drop(waiting);
        if was_empty {
            self.flush.notify_one();
        }
    }

    /// Adds an event ahead of all ordinary ones: those of layers, so that layers never wait behind calls.
    pub(crate) fn push_first(&self, kind: Kind, code: i32, key: u64, payload: Bytes) {
        let mut waiting = self.lock();
        let was_empty = waiting.is_empty();
        waiting.first.push_back(Event { kind, code, key, payload });
        drop(waiting);
        if was_empty {
            self.flush.notify_one();
        }
    }

    /// Adds an event that nobody waits for, when there is room; says whether there was.
    pub(crate) fn offer(&self, kind: Kind, payload: Bytes) -> bool {
        if self.lock().droppable >= self.limit {
            return false;
        }
        self.push(kind, 0, 0, payload);
        true
    }

    /// Waits until [`Queue::offer`] may succeed again. Cancel-safe.
    #[cfg(feature = "testkit")]
    pub(crate) async fn room(&self) {
        loop {
            let space = self.space.notified();
            if self.lock().droppable < self.limit {
                return;
            }
            space.await;
        }
    }

    /// Takes up to `max` events; what is left is announced again, so that one drain cannot starve the host.
    pub(crate) fn drain(&self, max: usize, into: &mut Vec<Event>) {
        if self.take_while(max, |_| true, |event| into.push(event)) {
            self.announce();
        }
    }

    /// Has the host woken again.
    pub(crate) fn announce(&self) {
        self.flush.notify_one();
    }

    /// Takes events from the front as long as `fits` says so; says whether there are more, which are not announced.
    pub(crate) fn take_while(
        &self,
        max: usize,
        mut fits: impl FnMut(&Event) -> bool,
        mut take: impl FnMut(Event),
    ) -> bool {
        let mut waiting = self.lock();
        let mut taken = 0;
        let mut freed = false;
        while taken < max && waiting.first.front().is_some_and(&mut fits) {
            take(waiting.first.pop_front().expect("the front was just seen"));
            taken += 1;
        }
        while taken < max && waiting.first.is_empty() && waiting.events.front().is_some_and(&mut fits) {
            let event = waiting.events.pop_front().expect("the front was just seen");
            waiting.front += 1;
            if event.kind == Kind::Progress
                && let Some((count, _)) = waiting.progress.get_mut(&event.key)
            {
                *count -= 1;
                if *count == 0 {
                    waiting.progress.remove(&event.key);
                }
            }
            if matches!(event.kind, Kind::Log | Kind::Message) {
                waiting.droppable -= 1;
                freed = true;
            }
            take(event);
            taken += 1;
        }
        let more = !waiting.is_empty();
        drop(waiting);
        if freed {
            self.space.notify_one();
        }
        more
    }

    /// Blocks the calling thread until an event waits or the time is over; says whether one waits.
    pub(crate) fn wait(&self, timeout: Option<Duration>) -> bool {
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        let mut waiting = self.lock();
        while waiting.is_empty() {
            waiting = match deadline {
                None => self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return false;
                    }
                    self.arrived.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        true
    }

    pub(crate) fn len(&self) -> usize {
        let waiting = self.lock();
        waiting.first.len() + waiting.events.len()
    }

    /// The flusher: runs on the runtime for as long as the session lives. Being woken last, it covers
    /// everything that the same turn of the runtime produced.
    pub(crate) async fn flush_forever(&self) {
        loop {
            self.flush.notified().await;
            self.signal();
        }
    }

    /// Wakes the host now.
    pub(crate) fn signal(&self) {
        // Taking the lock orders this notification after a waiter's check of the queue.
        drop(self.lock());
        self.arrived.notify_all();
        if let Some(waker) = self.waker.get() {
            waker.wake();
        }
    }
}
