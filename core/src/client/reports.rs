//! Progress reports of one request on their way to the caller, through the layers.
//!
//! Owns their order and how many wait. Must never keep an answer from its caller for longer than the limit `hook`.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use dovetail_protocol::Id;
use tokio::sync::Notify;

use super::connection::{Beat, Patience, ProgressSink};
use super::hub::Hub;
use super::result::Progress;

/// Reports that wait before the newest replaces the last.
const KEPT: usize = 64;

/// The reports of one request that have not been given to their caller yet.
#[derive(Default)]
pub(crate) struct Reports {
    waiting: Mutex<VecDeque<Progress>>,
    ready: Notify,
    over: AtomicBool,
}

impl Reports {
    /// Takes a report in. Never blocks.
    pub(crate) fn push(&self, report: Progress) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() == KEPT {
            waiting.pop_back();
        }
        waiting.push_back(report);
        drop(waiting);
        self.ready.notify_one();
    }

    fn pop(&self) -> Option<Progress> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Gives reports to the caller as they come; ends when the answer is there and none is left.
    pub(crate) async fn deliver(
        &self,
        hub: &Hub,
        id: &Id,
        (patience, beat): (&Patience, &Beat),
        mut sink: Option<&mut ProgressSink>,
    ) {
        loop {
            while let Some(report) = self.pop() {
                patience.touch(beat);
                let report = hub.pass(id, report).await;
                if let (Some(sink), Some(report)) = (&mut sink, report) {
                    sink(report);
                }
            }
            if self.over.load(Ordering::Acquire) {
                return;
            }
            self.ready.notified().await;
        }
    }

    /// The answer is there: what still waits is delivered, as long as the layers take no longer than `hook`.
    pub(crate) async fn finish(&self, delivering: impl Future<Output = ()>, hook: Duration) {
        self.over.store(true, Ordering::Release);
        self.ready.notify_one();
        // Reports that a layer holds back for longer than that are lost, and the answer is not.
        let _ = tokio::time::timeout(hook, delivering).await;
    }
}
