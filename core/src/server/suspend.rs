//! How a run of a handler ends before its handler does: with a question, or refused at one.
use std::sync::{Mutex, PoisonError};

use dovetail_protocol::Error;
use tokio::sync::Notify;

/// Why a run is over although its handler is not.
#[derive(Clone, Debug)]
pub(crate) enum Ending {
    /// It waits for its user; the run will be repeated with the answer.
    Asked,
    /// A question could not be put.
    Refused(Error),
}

/// The ending of one run; the first one counts.
#[derive(Default)]
pub(crate) struct Suspension {
    ending: Mutex<Option<Ending>>,
    set: Notify,
}

impl Suspension {
    pub(crate) fn end(&self, ending: Ending) {
        let mut slot = self.ending.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            *slot = Some(ending);
            self.set.notify_one();
        }
    }

    pub(crate) fn ending(&self) -> Option<Ending> {
        self.ending.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.ending.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Resolves when the run is over. For one waiter.
    pub(crate) async fn over(&self) {
        self.set.notified().await;
    }
}
