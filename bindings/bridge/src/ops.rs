//! The operations a host has started: each completes exactly once, whoever gets there first.
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::{BridgeError, Code, Kind, queue::Queue};

/// Operations that one session may have outstanding.
pub(crate) const MAX_OPS: usize = 65_536;

#[derive(Default)]
pub(crate) struct Ops(Mutex<HashMap<u64, Option<oneshot::Sender<()>>>>);

impl Ops {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Option<oneshot::Sender<()>>>> {
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
        match outcome {
            Ok(payload) => queue.push(Kind::Done, 0, key, payload),
            Err(error) => queue.push(Kind::Done, error.code as i32, key, error.to_json()),
        }
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
