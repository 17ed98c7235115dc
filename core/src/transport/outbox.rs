//! Frames that wait to be written, with coalescing.
//!
//! A peer that does not read cannot make us keep more than a few progress notifications for each call and one news of
//! each kind for each subscription, loses log messages beyond a limit, and never delays an answer.
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

/// Frames that may be dropped wait in no greater number than this.
const LOSSY: usize = 1024;

/// Progress notifications of one call that wait before the newest replaces the one before it.
const KEPT: usize = 16;

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
    /// The waiting frames of a slot: how many, and the sequence number of the newest.
    coalesced: HashMap<Slot, (usize, u64)>,
    waker: Option<Waker>,
    closed: bool,
}

impl Slot {
    /// Frames of this slot that may wait side by side.
    fn room(&self) -> usize {
        match self {
            Self::Progress(_) => KEPT,
            Self::News(..) | Self::Resource(..) => 1,
        }
    }
}

impl Waiting {
    fn pop(&mut self) -> Option<Bytes> {
        let (slot, frame) = self.frames.pop_front()?;
        self.front += 1;
        if let Some(slot) = slot
            && let Some((count, _)) = self.coalesced.get_mut(&slot)
        {
            *count -= 1;
            if *count == 0 {
                self.coalesced.remove(&slot);
            }
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

    /// Appends a frame; when as many of its slot wait as may, it replaces the newest of them. Says whether the queue was
    /// open.
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
            let (front, at) = (waiting.front, waiting.front + waiting.frames.len() as u64);
            let (count, newest) = waiting.coalesced.entry(slot.clone()).or_default();
            if *count >= slot.room() {
                let index = usize::try_from(*newest - front).expect("the queue fits in memory");
                waiting.frames[index].1 = frame;
                return true;
            }
            (*count, *newest) = (*count + 1, at);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_reader_keeps_a_few_and_then_the_newest_of_each_call() {
        let outbox = Outbox::default();
        for value in 0..100_u8 {
            outbox.replace(Slot::Progress(1), Bytes::copy_from_slice(&[value]));
            outbox.replace(Slot::News(1, "tools"), Bytes::copy_from_slice(&[value]));
        }
        outbox.push(Bytes::from_static(b"answer"));
        let mut read = Vec::new();
        while let Some(frame) = outbox.try_next() {
            read.push(frame);
        }
        assert_eq!(read.len(), KEPT + 2, "a few of progress, one of news, the answer");
        assert_eq!(read.iter().filter(|frame| frame.as_ref() == [99]).count(), 2);
        assert_eq!(read[KEPT + 1], Bytes::from_static(b"answer"));
        outbox.replace(Slot::Progress(1), Bytes::from_static(b"later"));
        assert_eq!(outbox.try_next(), Some(Bytes::from_static(b"later")));
    }
}
