//! What is under way between two peers, by id: requests to the client that wait, and requests of the client that run.
use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use bytes::Bytes;
use dovetail_protocol::{Error, ErrorKind, Id, RawValue, Response, Revision, jsonrpc, meta, methods};
use futures_util::future::BoxFuture;
use futures_util::task::AtomicWaker;
use tokio::sync::oneshot;

type Waiting = oneshot::Sender<Result<Box<RawValue>, Error>>;

/// Requests to a client that wait for their answer.
#[derive(Default)]
pub(crate) struct Questions {
    next: AtomicI64,
    waiting: Mutex<HashMap<Id, Waiting>>,
}

impl Questions {
    fn lock(&self) -> MutexGuard<'_, HashMap<Id, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a request with a new id and registers who waits for it. Whoever stops waiting takes the request back:
    /// `send` gets the notification for that.
    pub(crate) fn open(
        self: &Arc<Self>,
        method: &str,
        params: &RawValue,
        send: impl Fn(Bytes) + Send + 'static,
    ) -> (Bytes, BoxFuture<'static, Result<Box<RawValue>, Error>>) {
        let id = Id::Number(self.next.fetch_add(1, Ordering::Relaxed) + 1);
        let (answer, answered) = oneshot::channel();
        self.lock().insert(id.clone(), answer);
        let mut frame = Vec::with_capacity(params.get().len() + 96);
        jsonrpc::write_request(&mut frame, &id, method, params.get().as_bytes());
        let forget = Forget { questions: Arc::downgrade(self), id, send: Box::new(send) };
        let answered = Box::pin(async move {
            let _forget = forget;
            answered.await.unwrap_or_else(|_| {
                Err(Error::new(ErrorKind::Closed, "the client went away without answering"))
            })
        });
        (frame.into(), answered)
    }

    /// Hands an answer to whoever waits; an answer that nobody waits for is ignored.
    pub(crate) fn settle(&self, response: Response<'_>, revision: Revision) {
        let Some(waiting) = response.id.and_then(|id| self.lock().remove(&id)) else { return };
        let outcome = match response.outcome {
            Ok(result) => Ok(result.to_owned()),
            Err(wire) => Err(Error::from_wire(wire, revision)),
        };
        // Whoever waited may have been cancelled.
        let _ = waiting.send(outcome);
    }

    /// Nobody will answer any more.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }
}

struct Forget {
    questions: Weak<Questions>,
    id: Id,
    send: Box<dyn Fn(Bytes) + Send>,
}

impl Drop for Forget {
    fn drop(&mut self) {
        let waiting = self.questions.upgrade().and_then(|questions| questions.lock().remove(&self.id));
        if waiting.is_some() {
            let params = meta::cancelled_params(&self.id, Some("the call that asked was cancelled"));
            let mut frame = Vec::with_capacity(params.len() + 64);
            jsonrpc::write_notification(&mut frame, methods::CANCELLED, &params);
            (self.send)(frame.into());
        }
    }
}

/// Requests under way on one connection or session, by id, to be cancelled.
#[derive(Default)]
pub(crate) struct Underway(Mutex<Table>);

#[derive(Default)]
struct Table {
    open: HashMap<Id, Arc<Signal>>,
    /// Whatever begins from now on is cancelled at once.
    ended: bool,
}

/// Says that nobody waits any more. For one waiter.
#[derive(Default)]
struct Signal {
    fired: AtomicBool,
    waiter: AtomicWaker,
}

impl Signal {
    fn fire(&self) {
        self.fired.store(true, Ordering::Release);
        self.waiter.wake();
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        self.waiter.register(cx.waker());
        if self.fired.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Underway {
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks that an id may be used.
    ///
    /// # Errors
    /// `invalid_request` when it is in use.
    pub(crate) fn check(&self, id: &Id) -> Result<(), Error> {
        let table = self.lock();
        if !table.open.is_empty() && table.open.contains_key(id) {
            return Err(Error::new(ErrorKind::InvalidRequest, "a request with this id is in flight"));
        }
        Ok(())
    }

    /// Registers a request whose id was checked.
    pub(crate) fn begin(self: &Arc<Self>, id: &Id) -> Ticket {
        let signal = Arc::<Signal>::default();
        let mut table = self.lock();
        if table.ended {
            signal.fire();
        }
        table.open.insert(id.clone(), signal.clone());
        Ticket { signal, id: id.clone(), underway: self.clone() }
    }

    /// Cancels what a `notifications/cancelled` names; anything else is ignored (`basic/patterns/cancellation`).
    pub(crate) fn cancel(&self, params: Option<&RawValue>) {
        if let Ok((id, _reason)) = meta::parse_cancelled(params)
            && let Some(signal) = self.lock().open.get(&id)
        {
            signal.fire();
        }
    }

    /// Cancels everything, also what has not begun yet.
    pub(crate) fn end(&self) {
        let mut table = self.lock();
        table.ended = true;
        table.open.values().for_each(|signal| signal.fire());
    }
}

/// A registered request; dropping it frees its id.
pub(crate) struct Ticket {
    signal: Arc<Signal>,
    id: Id,
    underway: Arc<Underway>,
}

impl Ticket {
    /// Runs the work of the request. `None`: it was cancelled.
    pub(crate) async fn run<F: Future + Unpin>(self, mut work: F) -> Option<F::Output> {
        poll_fn(|cx| match Pin::new(&mut work).poll(cx) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending => self.signal.poll(cx).map(|()| None),
        })
        .await
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.underway.lock().open.remove(&self.id);
    }
}
