//! Frames that wait to be written, with coalescing of progress.
//!
//! A peer that does not read cannot make us keep more than a few progress notifications for each call, and never
//! delays an answer.
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

/// Progress notifications of one call that wait before the newest replaces the one before it.
const KEPT: usize = 16;

/// What waits for one call.
#[derive(Default)]
struct Kept {
    count: usize,
    /// Sequence number of the newest.
    last: u64,
}

#[derive(Default)]
struct Waiting {
    frames: VecDeque<(Option<u64>, Bytes)>,
    /// Sequence number of the front frame.
    front: u64,
    /// The waiting progress, by call.
    kept: HashMap<u64, Kept>,
    waker: Option<Waker>,
    closed: bool,
}

/// A queue of frames with one reader.
#[derive(Default)]
pub(crate) struct Outbox(Mutex<Waiting>);

impl Outbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends a frame.
    pub(crate) fn push(&self, frame: Bytes) {
        self.add(None, frame);
    }

    /// Appends a frame; when many of the same key wait, it replaces the newest of them.
    pub(crate) fn coalesce(&self, key: u64, frame: Bytes) {
        self.add(Some(key), frame);
    }

    fn add(&self, key: Option<u64>, frame: Bytes) {
        let mut waiting = self.lock();
        if waiting.closed {
            return;
        }
        if let Some(key) = key {
            let at = waiting.front + waiting.frames.len() as u64;
            let front = waiting.front;
            let kept = waiting.kept.entry(key).or_default();
            if kept.count >= KEPT {
                let index = usize::try_from(kept.last - front).expect("the queue fits in memory");
                waiting.frames[index].1 = frame;
                return;
            }
            *kept = Kept { count: kept.count + 1, last: at };
        }
        waiting.frames.push_back((key, frame));
        let waker = waiting.waker.take();
        drop(waiting);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Nothing more will be added; the reader ends when it has read what is there.
    pub(crate) fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        let waker = waiting.waker.take();
        drop(waiting);
        if let Some(waker) = waker {
            waker.wake();
        }
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

    /// The next frame, or `None` when the queue is closed and empty. Cancel-safe.
    pub(crate) async fn next(&self) -> Option<Bytes> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    /// The next frame, if one waits now.
    pub(crate) fn try_next(&self) -> Option<Bytes> {
        self.lock().pop()
    }
}

impl Waiting {
    fn pop(&mut self) -> Option<Bytes> {
        let (key, frame) = self.frames.pop_front()?;
        self.front += 1;
        if let Some(key) = key
            && let Some(kept) = self.kept.get_mut(&key)
        {
            kept.count -= 1;
            if kept.count == 0 {
                self.kept.remove(&key);
            }
        }
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_reader_keeps_a_few_and_then_the_newest_of_each_call() {
        let outbox = Outbox::default();
        for value in 0..100_u8 {
            outbox.coalesce(1, Bytes::copy_from_slice(&[value]));
        }
        outbox.push(Bytes::from_static(b"answer"));
        let mut read = Vec::new();
        while let Some(frame) = outbox.try_next() {
            read.push(frame);
        }
        assert_eq!(read.len(), KEPT + 1);
        assert_eq!(read[KEPT - 1].as_ref(), [99]);
        assert_eq!(read[KEPT], Bytes::from_static(b"answer"));
        outbox.coalesce(1, Bytes::from_static(b"later"));
        assert_eq!(outbox.try_next(), Some(Bytes::from_static(b"later")));
    }
}
