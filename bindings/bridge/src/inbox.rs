//! Work that hosts hand to the runtime: batched, so that many replies wake it once.
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
pub(crate) struct Inbox {
    jobs: Mutex<Vec<Job>>,
    arrived: Notify,
}

impl Inbox {
    /// Hands over one piece of work; it runs on the runtime's thread, in order.
    pub(crate) fn push(&self, job: impl FnOnce() + Send + 'static) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let was_empty = jobs.is_empty();
        jobs.push(Box::new(job));
        drop(jobs);
        if was_empty {
            self.arrived.notify_one();
        }
    }

    /// Runs what is there now.
    pub(crate) fn run(&self) {
        let jobs = std::mem::take(&mut *self.jobs.lock().unwrap_or_else(PoisonError::into_inner));
        for job in jobs {
            job();
        }
    }

    /// Runs the work as it comes, on the runtime, for as long as the session lives.
    pub(crate) async fn run_forever(&self) {
        loop {
            self.arrived.notified().await;
            self.run();
        }
    }
}
