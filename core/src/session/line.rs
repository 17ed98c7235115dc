//! One resumable stream of a session: what waits to be sent on it, and which connection carries it now.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use crate::transport::outbox::{Outbox, Slot};

/// What a line gives to the connection that carries it.
pub(crate) enum Next {
    /// A message with its number.
    Message(u64, Bytes),
    /// The connection ends here, the line does not; come back after a while.
    Part(Option<Duration>),
    /// Another connection carries the line now.
    Taken,
    /// The line has ended.
    End,
}

/// One resumable stream.
#[derive(Default)]
pub(crate) struct Line {
    /// Its number within the session; 0 is the standing line of the session.
    pub(crate) number: u64,
    outbox: Outbox,
    sent: AtomicU64,
    carrier: AtomicU64,
    parting: Mutex<Option<Duration>>,
}

/// Waits in the outbox where the connection is to end; no message is empty.
const PART: Bytes = Bytes::new();

impl Line {
    pub(crate) fn new(number: u64) -> Self {
        Self { number, ..Self::default() }
    }

    /// Queues a message; says whether the line was still open.
    pub(crate) fn push(&self, frame: Bytes) -> bool {
        self.outbox.push(frame)
    }

    /// Queues a message that may be lost when too much waits; says whether the line was still open.
    pub(crate) fn push_lossy(&self, frame: Bytes) -> bool {
        self.outbox.push_lossy(frame)
    }

    /// Queues a message that replaces the one in its slot; says whether the line was still open.
    pub(crate) fn replace(&self, slot: Slot, frame: Bytes) -> bool {
        self.outbox.replace(slot, frame)
    }

    /// Nothing more will come.
    pub(crate) fn close(&self) {
        self.outbox.close();
    }

    /// Ends the connection that carries the line, after what waits already.
    pub(crate) fn part(&self, retry: Option<Duration>) {
        *self.parting.lock().unwrap_or_else(PoisonError::into_inner) = retry;
        self.outbox.push(PART);
    }

    /// Makes the caller the carrier; whoever was it before is told to end.
    pub(crate) fn take(&self) -> u64 {
        let carrier = self.carrier.fetch_add(1, Ordering::AcqRel) + 1;
        self.outbox.wake();
        carrier
    }

    /// What comes next, for a carrier.
    pub(crate) fn poll_next(&self, carrier: u64, cx: &mut Context<'_>) -> Poll<Next> {
        if self.carrier.load(Ordering::Acquire) != carrier {
            return Poll::Ready(Next::Taken);
        }
        self.outbox.poll_next(cx).map(|frame| self.told(frame))
    }

    /// Whether something is due. Cancel-safe.
    pub(crate) async fn due(&self) {
        std::future::poll_fn(|cx| self.outbox.poll_due(cx)).await;
    }

    /// Whether something is due now.
    pub(crate) fn is_due(&self) -> bool {
        self.outbox.is_due()
    }

    fn told(&self, frame: Option<Bytes>) -> Next {
        match frame {
            None => Next::End,
            Some(frame) if frame.is_empty() => {
                Next::Part(self.parting.lock().unwrap_or_else(PoisonError::into_inner).take())
            }
            Some(frame) => Next::Message(self.sent.fetch_add(1, Ordering::Relaxed) + 1, frame),
        }
    }
}

/// The id of an event: the line, and the number of the message on it.
pub(crate) fn event_id(line: u64, number: u64) -> String {
    format!("{line}-{number}")
}

/// The line and the number in an id of ours.
pub(crate) fn parse_event_id(text: &str) -> Option<(u64, u64)> {
    let (line, number) = text.split_once('-')?;
    Some((line.parse().ok()?, number.parse().ok()?))
}
