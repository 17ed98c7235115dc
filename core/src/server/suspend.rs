//! How a run of a handler ends before its handler does: with a question, or refused at one.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};

use dovetail_protocol::Error;
use futures_util::task::AtomicWaker;
use tokio_util::sync::CancellationToken;

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
    waiter: AtomicWaker,
}

impl Suspension {
    pub(crate) fn end(&self, ending: Ending) {
        let mut slot = self.ending.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_none() {
            *slot = Some(ending);
            drop(slot);
            self.waiter.wake();
        }
    }

    pub(crate) fn ending(&self) -> Option<Ending> {
        self.ending.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.ending.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Ready when the run is over. For one waiter.
    pub(crate) fn poll_over(&self, cx: &Context<'_>) -> Poll<()> {
        self.waiter.register(cx.waker());
        if self.is_over() { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Whether anybody still waits for the outcome of a run.
#[derive(Default)]
pub(crate) struct Gone {
    gone: AtomicBool,
    /// Made for the first one who wants to be told, which most handlers do not.
    told: OnceLock<CancellationToken>,
}

impl Gone {
    /// Nobody waits any more.
    pub(crate) fn set(&self) {
        self.gone.store(true, Ordering::SeqCst);
        if let Some(told) = self.told.get() {
            told.cancel();
        }
    }

    pub(crate) fn is_set(&self) -> bool {
        self.gone.load(Ordering::SeqCst)
    }

    /// Resolves when nobody waits any more. Cancel-safe.
    pub(crate) async fn wait(&self) {
        let told = self.told.get_or_init(CancellationToken::new);
        // Looked at after the token is there: whoever sets it from now on fires the token.
        if !self.is_set() {
            told.cancelled().await;
        }
    }
}
