//! A time limit on work that mostly ends long before: the timer is made when the work did not end at once.
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::Sleep;

/// A time limit; polled after the work it limits.
pub(crate) enum Clock {
    /// None.
    Never,
    /// At a moment.
    At(Instant),
    /// Counted from the first poll.
    After(Duration),
    Running(Pin<Box<Sleep>>),
}

impl Clock {
    /// Ready when the time is over.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut sleep = match self {
            Self::Never => return Poll::Pending,
            Self::Running(sleep) => return sleep.as_mut().poll(cx),
            Self::At(at) => Box::pin(tokio::time::sleep_until((*at).into())),
            Self::After(time) => Box::pin(tokio::time::sleep(*time)),
        };
        let over = sleep.as_mut().poll(cx);
        *self = Self::Running(sleep);
        over
    }
}
