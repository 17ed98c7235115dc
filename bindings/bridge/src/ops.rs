//! The operations a host has started: each completes exactly once, whoever gets there first.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::keys::ByKey;
use crate::{BridgeError, Code, Kind, queue::Queue};

/// Operations that one session may have outstanding.
pub(crate) const MAX_OPS: usize = 65_536;

#[derive(Default)]
pub(crate) struct Ops(Mutex<HashMap<u64, Option<oneshot::Sender<()>>, ByKey>>);

impl Ops {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Option<oneshot::Sender<()>>, ByKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers an operation under the host's key; the receiver fires when it is cancelled.
    pub(crate) fn begin(&self, key: u64) -> Result<oneshot::Receiver<()>, BridgeError> {
        let mut ops = self.lock();
        if ops.len() >= MAX_OPS {
            return Err(BridgeError::new(
                Code::LimitExceeded,
                format!("{MAX_OPS} operations are outstanding; wait for some to complete"),
            ));
        }
        if ops.contains_key(&key) {
            return Err(BridgeError::new(
                Code::InvalidArgument,
                format!("an operation with key {key} is outstanding; choose a new key"),
            ));
        }
        let (cancel, cancelled) = oneshot::channel();
        ops.insert(key, Some(cancel));
        Ok(cancelled)
    }

    /// Completes an operation, unless it is complete.
    pub(crate) fn finish(&self, queue: &Queue, key: u64, outcome: Result<Bytes, BridgeError>) {
        if self.lock().remove(&key).is_none() {
            return;
        }
        let (code, payload) = event_of(outcome);
        queue.push(Kind::Done, code, key, payload);
    }

    /// Asks an operation to end; unknown and complete keys are ignored.
    pub(crate) fn cancel(&self, key: u64) {
        if let Some(cancel) = self.lock().get_mut(&key).and_then(Option::take) {
            // The operation may have completed in this very moment; then nobody listens.
            let _ = cancel.send(());
        }
    }

    /// Completes everything that is left with one error.
    pub(crate) fn finish_all(&self, queue: &Queue, error: &BridgeError) {
        let keys: Vec<u64> = self.lock().keys().copied().collect();
        for key in keys {
            self.finish(queue, key, Err(error.clone()));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }
}

fn event_of(outcome: Result<Bytes, BridgeError>) -> (i32, Bytes) {
    match outcome {
        Ok(payload) => (0, payload),
        Err(error) => (error.code as i32, error.to_json()),
    }
}

/// The completion of an operation whose work runs elsewhere, ahead of ordinary events. Dropping it says that the
/// operation was cancelled.
pub(crate) struct Completion {
    ops: Arc<Ops>,
    queue: Arc<Queue>,
    key: u64,
    cancelled: oneshot::Receiver<()>,
    open: bool,
}

impl Completion {
    /// Registers the operation.
    ///
    /// # Errors
    /// As [`Ops::begin`].
    pub(crate) fn begin(ops: &Arc<Ops>, queue: &Arc<Queue>, key: u64) -> Result<Self, BridgeError> {
        let cancelled = ops.begin(key)?;
        Ok(Self { ops: ops.clone(), queue: queue.clone(), key, cancelled, open: true })
    }

    /// Resolves when the host has taken the operation back. Cancel-safe; not to be called again after that.
    pub(crate) async fn cancelled(&mut self) {
        if (&mut self.cancelled).await.is_err() {
            // The session has completed it itself, and ends what is inside as well.
            std::future::pending::<()>().await;
        }
    }

    /// Completes the operation.
    pub(crate) fn finish(mut self, outcome: &dovetail::Outcome) {
        self.end(outcome.clone().map_err(BridgeError::from));
    }

    /// Forgets the operation: its start is to fail at once.
    pub(crate) fn discard(mut self) {
        self.open = false;
        self.ops.lock().remove(&self.key);
    }

    fn end(&mut self, outcome: Result<Bytes, BridgeError>) {
        self.open = false;
        if self.ops.lock().remove(&self.key).is_some() {
            let (code, payload) = event_of(outcome);
            self.queue.push_first(Kind::Done, code, self.key, payload);
        }
    }
}

impl Drop for Completion {
    fn drop(&mut self) {
        if self.open {
            self.end(Err(BridgeError::new(Code::Cancelled, "the request was cancelled")));
        }
    }
}
