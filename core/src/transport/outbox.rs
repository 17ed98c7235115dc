//! Frames that wait to be written, with coalescing.
//!
//! A peer that does not read cannot make us keep more than one progress notification for each call and one news of
//! each kind for each subscription, loses log messages beyond a limit, and never delays an answer.
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

/// Frames that may be dropped wait in no greater number than this.
const LOSSY: usize = 1024;

/// Which waiting frame a newer one replaces.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Slot {
    /// The progress of a call.
    Progress(u64),
    /// News of one kind for one subscription of a connection: its number, the kind.
    News(u64, &'static str),
    /// News about one resource.
    Resource(u64, Box<str>),
}

#[derive(Default)]
struct Waiting {
    frames: VecDeque<(Option<Slot>, Bytes)>,
    /// Sequence number of the front frame.
    front: u64,
    /// Where the waiting frame of a slot stands.
    coalesced: HashMap<Slot, u64>,
    waker: Option<Waker>,
    closed: bool,
}

impl Waiting {
    fn pop(&mut self) -> Option<Bytes> {
        let (slot, frame) = self.frames.pop_front()?;
        self.front += 1;
        if let Some(slot) = slot {
            self.coalesced.remove(&slot);
        }
        Some(frame)
    }
}

/// A queue of frames with one reader.
#[derive(Default)]
pub(crate) struct Outbox(Mutex<Waiting>);

impl Outbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a frame; says whether the queue was open.
    pub(crate) fn push(&self, frame: Bytes) -> bool {
        self.add(None, frame, usize::MAX)
    }

    /// Appends a frame unless too many wait already; says whether the queue was open.
    pub(crate) fn push_lossy(&self, frame: Bytes) -> bool {
        self.add(None, frame, LOSSY)
    }

    /// Appends a frame, or replaces the frame of the same slot that still waits; says whether the queue was open.
    pub(crate) fn replace(&self, slot: Slot, frame: Bytes) -> bool {
        self.add(Some(slot), frame, usize::MAX)
    }

    fn add(&self, slot: Option<Slot>, frame: Bytes, most: usize) -> bool {
        let mut waiting = self.lock();
        if waiting.closed {
            return false;
        }
        if waiting.frames.len() >= most {
            return true;
        }
        if let Some(slot) = &slot {
            if let Some(&at) = waiting.coalesced.get(slot) {
                let index = usize::try_from(at - waiting.front).expect("the queue fits in memory");
                waiting.frames[index].1 = frame;
                return true;
            }
            let at = waiting.front + waiting.frames.len() as u64;
            waiting.coalesced.insert(slot.clone(), at);
        }
        waiting.frames.push_back((slot, frame));
        wake(waiting);
        true
    }

    /// Lets the reader look again.
    pub(crate) fn wake(&self) {
        wake(self.lock());
    }

    /// Nothing more will be added; the reader ends when it has read what is there.
    pub(crate) fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        wake(waiting);
    }

    /// The next frame, or `None` when the queue is closed and empty.
    pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut waiting = self.lock();
        if let Some(frame) = waiting.pop() {
            return Poll::Ready(Some(frame));
        }
        if waiting.closed {
            return Poll::Ready(None);
        }
        waiting.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Whether a frame waits, or the queue is closed.
    pub(crate) fn is_due(&self) -> bool {
        let waiting = self.lock();
        waiting.closed || !waiting.frames.is_empty()
    }

    /// Ready when a frame waits, or the queue is closed.
    pub(crate) fn poll_due(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut waiting = self.lock();
        if waiting.closed || !waiting.frames.is_empty() {
            return Poll::Ready(());
        }
        waiting.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    /// The next frame, or `None` when the queue is closed and empty. Cancel-safe.
    pub(crate) async fn next(&self) -> Option<Bytes> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    /// The next frame, if one waits now.
    pub(crate) fn try_next(&self) -> Option<Bytes> {
        self.lock().pop()
    }
}

fn wake(mut waiting: MutexGuard<'_, Waiting>) {
    let waker = waiting.waker.take();
    drop(waiting);
    if let Some(waker) = waker {
        waker.wake();
    }
}
