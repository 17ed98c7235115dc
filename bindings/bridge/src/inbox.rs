//! Work that hosts hand to the runtime: batched, so that many replies wake it once.
use std::sync::{Mutex, PoisonError};

use tokio::sync::{Notify, oneshot};

use crate::backend::Answer;

/// One piece of work.
pub(crate) enum Job {
    /// Hands an answer to its call.
    Answer(oneshot::Sender<Answer>, Answer),
    /// Anything else.
    Run(Box<dyn FnOnce() + Send>),
}

impl Job {
    fn run(self) {
        match self {
            // The request may have been cancelled since the call was taken.
            Self::Answer(waiting, answer) => drop(waiting.send(answer)),
            Self::Run(work) => work(),
        }
    }
}

#[derive(Default)]
pub(crate) struct Inbox {
    jobs: Mutex<Vec<Job>>,
    arrived: Notify,
}

impl Inbox {
    /// Hands over one piece of work; it runs on the runtime's thread, in order.
    pub(crate) fn push(&self, work: impl FnOnce() + Send + 'static) {
        self.extend([Job::Run(Box::new(work))]);
    }

    /// Hands over several pieces of work, and wakes the runtime once.
    pub(crate) fn extend(&self, new: impl IntoIterator<Item = Job>) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let was_empty = jobs.is_empty();
        jobs.extend(new);
        let arrived = was_empty && !jobs.is_empty();
        drop(jobs);
        if arrived {
            self.arrived.notify_one();
        }
    }

    /// Runs what is there now. `room` is where it is moved to; its memory is used again.
    fn run(&self, room: &mut Vec<Job>) {
        std::mem::swap(room, &mut *self.jobs.lock().unwrap_or_else(PoisonError::into_inner));
        room.drain(..).for_each(Job::run);
    }

    /// Runs the work as it comes, on the runtime, for as long as the session lives.
    pub(crate) async fn run_forever(&self) {
        let mut room = Vec::new();
        loop {
            self.arrived.notified().await;
            self.run(&mut room);
        }
    }
}
