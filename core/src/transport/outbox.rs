//! Frames that wait to be written, with coalescing of progress.
//!
//! A peer that does not read cannot make us keep more than one progress notification for each call, and never
//! delays an answer.
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

#[derive(Default)]
struct Waiting {
    frames: VecDeque<(Option<u64>, Bytes)>,
    /// Sequence number of the front frame.
    front: u64,
    /// Where the waiting progress of a call stands, by call.
    coalesced: HashMap<u64, u64>,
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

    /// Appends a frame, or replaces the frame of the same key that still waits.
    pub(crate) fn replace(&self, key: u64, frame: Bytes) {
        self.add(Some(key), frame);
    }

    fn add(&self, key: Option<u64>, frame: Bytes) {
        let mut waiting = self.lock();
        if waiting.closed {
            return;
        }
        if let Some(key) = key {
            if let Some(&at) = waiting.coalesced.get(&key) {
                let index = usize::try_from(at - waiting.front).expect("the queue fits in memory");
                waiting.frames[index].1 = frame;
                return;
            }
            let at = waiting.front + waiting.frames.len() as u64;
            waiting.coalesced.insert(key, at);
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
        if let Some((key, frame)) = waiting.frames.pop_front() {
            waiting.front += 1;
            if let Some(key) = key {
                waiting.coalesced.remove(&key);
            }
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
        let mut waiting = self.lock();
        let (key, frame) = waiting.frames.pop_front()?;
        waiting.front += 1;
        if let Some(key) = key {
            waiting.coalesced.remove(&key);
        }
        Some(frame)
    }
}
