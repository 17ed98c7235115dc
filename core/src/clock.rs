//! A time limit on work that mostly ends long before: the timer is made when the work did not end at once.
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::Sleep;

type Timer = Pin<Box<Sleep>>;

/// A time limit; polled after the work it limits.
pub(crate) enum Clock {
    /// None.
    Never,
    /// At a moment.
    At(Instant),
    /// Counted from the first poll.
    After(Duration),
    /// As [`Clock::After`], with a timer that is kept for later.
    Kept(Duration, Arc<KeptTimer>),
    Running(Timer),
    Lent(Lent),
}

/// A kept timer while it is in use.
pub(crate) struct Lent {
    timer: Option<Timer>,
    home: Arc<KeptTimer>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        *self.home.slot() = self.timer.take();
    }
}

/// The timer of limits that follow one another, as those of the requests of one connection do. To put a timer off that
/// runs already costs nothing; a new one that is due before all others wakes the runtime, with a system call.
#[derive(Default)]
pub(crate) struct KeptTimer(Mutex<Option<Timer>>);

impl KeptTimer {
    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Timer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, time: Duration) -> Timer {
        match self.slot().take() {
            Some(mut timer) => {
                timer.as_mut().reset(tokio::time::Instant::now() + time);
                timer
            }
            None => Box::pin(tokio::time::sleep(time)),
        }
    }
}

impl Clock {
    /// Counted from the first poll; with a kept timer, if there is one.
    pub(crate) fn after(time: Duration, kept: Option<&Arc<KeptTimer>>) -> Self {
        kept.map_or(Self::After(time), |kept| Self::Kept(time, kept.clone()))
    }

    /// Ready when the time is over.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        *self = match self {
            Self::Never => return Poll::Pending,
            Self::Running(timer) | Self::Lent(Lent { timer: Some(timer), .. }) => {
                return timer.as_mut().poll(cx);
            }
            Self::Lent(Lent { timer: None, .. }) => unreachable!("a timer is given back at the end only"),
            Self::At(at) => Self::Running(Box::pin(tokio::time::sleep_until((*at).into()))),
            Self::After(time) => Self::Running(Box::pin(tokio::time::sleep(*time))),
            Self::Kept(time, kept) => Self::Lent(Lent { timer: Some(kept.start(*time)), home: kept.clone() }),
        };
        self.poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_kept_timer_counts_each_time_from_its_first_poll() {
        let kept = Arc::new(KeptTimer::default());
        let start = tokio::time::Instant::now();
        let limit = |seconds| Clock::after(Duration::from_secs(seconds), Some(&kept));
        let mut early = limit(5);
        assert!(futures_util::poll!(std::future::poll_fn(|cx| early.poll(cx))).is_pending());
        tokio::time::advance(Duration::from_secs(4)).await;
        drop(early);
        let mut late = limit(5);
        std::future::poll_fn(|cx| late.poll(cx)).await;
        assert_eq!(start.elapsed().as_secs(), 9);
        drop(late);
        // Shorter than before, after it has fired.
        let mut short = limit(1);
        std::future::poll_fn(|cx| short.poll(cx)).await;
        assert_eq!(start.elapsed().as_secs(), 10);
    }
}
