//! What is under way between two peers, by id: requests to the client that wait, and requests of the client that run.
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use dovetail_protocol::{Error, ErrorKind, Id, RawValue, Response, Revision, jsonrpc, meta, methods};
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

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
pub(crate) struct Underway(Mutex<HashMap<Id, CancellationToken>>);

impl Underway {
    fn lock(&self) -> MutexGuard<'_, HashMap<Id, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a request.
    ///
    /// # Errors
    /// `invalid_request` when the id is in use.
    pub(crate) fn begin(self: &Arc<Self>, id: &Id, parent: &CancellationToken) -> Result<Ticket, Error> {
        let token = parent.child_token();
        let mut underway = self.lock();
        if underway.contains_key(id) {
            return Err(Error::new(ErrorKind::InvalidRequest, "a request with this id is in flight"));
        }
        underway.insert(id.clone(), token.clone());
        Ok(Ticket { token, id: id.clone(), underway: self.clone() })
    }

    /// Cancels what a `notifications/cancelled` names; anything else is ignored (`basic/patterns/cancellation`).
    pub(crate) fn cancel(&self, params: Option<&RawValue>) {
        if let Ok((id, _reason)) = meta::parse_cancelled(params)
            && let Some(token) = self.lock().get(&id)
        {
            token.cancel();
        }
    }
}

/// A registered request; dropping it frees its id.
pub(crate) struct Ticket {
    pub(crate) token: CancellationToken,
    id: Id,
    underway: Arc<Underway>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.underway.lock().remove(&self.id);
    }
}
