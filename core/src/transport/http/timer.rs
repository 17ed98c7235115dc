//! The clock for request heads of one connection.
//!
//! hyper makes a timer for each head it waits for, and drops it when the head is there. Here one timer serves them all:
//! it goes on when a head has come, and is put off when it fires too early.
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};

type Shared = Arc<Mutex<Option<Pin<Box<tokio::time::Sleep>>>>>;

/// Makes the timers of one connection, of which only one is waited for at a time.
#[derive(Default)]
pub(super) struct HeadTimer(Shared);

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(HeadSleep { shared: self.0.clone(), deadline })
    }
}

struct HeadSleep {
    shared: Shared,
    deadline: Instant,
}

impl Future for HeadSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = tokio::time::Instant::from_std(self.deadline);
        let mut timer = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        loop {
            ready!(timer.as_mut().poll(cx));
            if timer.deadline() >= deadline {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
    }
}

impl Sleep for HeadSleep {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn every_timer_fires_at_its_own_time() {
        let timer = HeadTimer::default();
        let start = tokio::time::Instant::now();
        let after = |seconds| timer.sleep_until((start + Duration::from_secs(seconds)).into_std());
        let mut dropped = after(10);
        assert!(futures_util::poll!(&mut dropped).is_pending());
        drop(dropped);
        after(30).await;
        assert_eq!(start.elapsed().as_secs(), 30);
        let mut later = after(90);
        assert!(futures_util::poll!(&mut later).is_pending());
        drop(later);
        after(60).await;
        assert_eq!(start.elapsed().as_secs(), 60);
    }
}
