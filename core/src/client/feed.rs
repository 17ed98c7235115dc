//! A bounded queue between a connection and a stream that somebody may poll, or not.
//!
//! Owns the bound: the connection never waits for the reader. Must never lose anything without telling its caller.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;

pub(crate) struct Feed<T> {
    state: Mutex<State<T>>,
    reader: AtomicWaker,
    limit: usize,
}

struct State<T> {
    items: VecDeque<T>,
    ended: bool,
}

/// What became of an item.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Pushed {
    Kept,
    /// The oldest item had to go.
    Displaced,
    /// Nobody will read it.
    Ended,
}

impl<T> Feed<T> {
    pub(crate) fn new(limit: usize) -> Self {
        let state = Mutex::new(State { items: VecDeque::new(), ended: false });
        Self { state, reader: AtomicWaker::new(), limit: limit.max(1) }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, item: T) -> Pushed {
        let pushed = Self::add(&mut self.lock(), item, self.limit);
        self.reader.wake();
        pushed
    }

    fn add(state: &mut State<T>, item: T, limit: usize) -> Pushed {
        if state.ended {
            return Pushed::Ended;
        }
        let full = state.items.len() >= limit;
        if full {
            state.items.pop_front();
        }
        state.items.push_back(item);
        if full { Pushed::Displaced } else { Pushed::Kept }
    }

    /// Nothing comes after what is waiting now.
    pub(crate) fn end(&self) {
        self.lock().ended = true;
        self.reader.wake();
    }

    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<Option<T>> {
        if let Some(ready) = self.take() {
            return Poll::Ready(ready);
        }
        self.reader.register(cx.waker());
        // Between the look and the registration something may have come.
        self.take().map_or(Poll::Pending, Poll::Ready)
    }

    fn take(&self) -> Option<Option<T>> {
        let mut state = self.lock();
        match state.items.pop_front() {
            Some(item) => Some(Some(item)),
            None if state.ended => Some(None),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn a_full_feed_loses_its_oldest_and_says_so() {
        let (feed, cx) = (Feed::new(2), Context::from_waker(Waker::noop()));
        assert_eq!((feed.push(1), feed.push(2)), (Pushed::Kept, Pushed::Kept));
        assert_eq!(feed.push(3), Pushed::Displaced);
        feed.end();
        assert_eq!(feed.push(4), Pushed::Ended);
        let read: Vec<_> = std::iter::from_fn(|| match feed.poll(&cx) {
            Poll::Ready(item) => item,
            Poll::Pending => unreachable!("the feed has ended"),
        })
        .collect();
        assert_eq!(read, [2, 3]);
    }
}
