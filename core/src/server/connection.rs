//! One duplex stream of frames (stdio, memory): both eras at once, cancellation by id, requests to the client.
//!
//! Responses, cancellations and pings are read and dispatched whatever the number of requests in flight.
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use dovetail_protocol::{
    Error, ErrorKind, Id, Message, Notification, RawValue, Request, Response, Revision, jsonrpc, meta,
    methods,
};
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::call::{Incoming, LegacyClient, Outbound, Params};
use super::core::Core;
use super::dispatch::{self, refuse};
use crate::session::handshake;
use crate::transport::outbox::Outbox;

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

    /// Writes a request with a new id and registers who waits for it.
    pub(crate) fn open(
        self: &Arc<Self>,
        method: &str,
        params: &RawValue,
    ) -> (Bytes, BoxFuture<'static, Result<Box<RawValue>, Error>>) {
        let id = Id::Number(self.next.fetch_add(1, Ordering::Relaxed) + 1);
        let (answer, answered) = oneshot::channel();
        self.lock().insert(id.clone(), answer);
        let mut frame = Vec::with_capacity(params.get().len() + 96);
        jsonrpc::write_request(&mut frame, &id, method, params.get().as_bytes());
        let forget = Forget { questions: Arc::downgrade(self), id };
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
}

impl Drop for Forget {
    fn drop(&mut self) {
        if let Some(questions) = self.questions.upgrade() {
            questions.lock().remove(&self.id);
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

/// One duplex stream.
pub(crate) struct Connection {
    core: Arc<Core>,
    outbox: Arc<Outbox>,
    questions: Arc<Questions>,
    underway: Arc<Underway>,
    client: Mutex<Option<LegacyClient>>,
    calls: AtomicU64,
    end: CancellationToken,
}

impl Connection {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self {
            core,
            outbox: Arc::default(),
            questions: Arc::default(),
            underway: Arc::default(),
            client: Mutex::default(),
            calls: AtomicU64::new(0),
            end: CancellationToken::new(),
        }
    }

    /// Frames to be written, in order.
    pub(crate) fn outbox(&self) -> Arc<Outbox> {
        self.outbox.clone()
    }

    /// Takes one frame in. Requests run as tasks of their own.
    pub(crate) fn receive(&self, frame: Bytes) {
        if frame.trim_ascii().is_empty() {
            return;
        }
        let snapshot = self.core.snapshot();
        match jsonrpc::parse(&frame, snapshot.limits()) {
            Ok(Message::Request(request)) => {
                let id = request.id.clone();
                if let Err(error) = self.request(&frame, request) {
                    self.outbox.push(refuse(self.revision(), Some(&id), &error).frame);
                }
            }
            Ok(Message::Notification(notification)) => self.notified(&notification),
            Ok(Message::Response(response)) => self.questions.settle(response, self.revision()),
            // A broken response answers nothing, and must not be answered.
            Err(malformed) if malformed.response => {}
            Err(malformed) => {
                let reply = refuse(self.revision(), malformed.id.as_ref(), &malformed.error());
                self.outbox.push(reply.frame);
            }
        }
    }

    /// Refuses a line that could not even be read.
    pub(crate) fn refuse_line(&self, error: &Error) {
        self.outbox.push(refuse(self.revision(), None, error).frame);
    }

    /// The peer is gone: everything it asked for is cancelled.
    pub(crate) fn close(&self) {
        self.end.cancel();
        self.questions.clear();
        self.outbox.close();
    }

    fn lock_client(&self) -> MutexGuard<'_, Option<LegacyClient>> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The revision for messages that do not name one.
    fn revision(&self) -> Revision {
        self.lock_client().as_ref().map_or(Revision::LATEST, |client| client.revision)
    }

    fn notified(&self, notification: &Notification<'_>) {
        if notification.method == methods::CANCELLED {
            self.underway.cancel(notification.params);
        }
    }

    fn request(&self, frame: &Bytes, request: Request<'_>) -> Result<(), Error> {
        if request.method == methods::INITIALIZE {
            let id = request.id.clone();
            let (client, result) = handshake::accept(&self.core, request.params)?;
            *self.lock_client() = Some(client);
            let mut answer = Vec::with_capacity(result.len() + 48);
            jsonrpc::write_result(&mut answer, &id, &result);
            self.outbox.push(answer.into());
            return Ok(());
        }
        let outbound = Arc::new(StreamOutbound {
            outbox: self.outbox.clone(),
            questions: self.questions.clone(),
            call: self.calls.fetch_add(1, Ordering::Relaxed),
        });
        let params = Params::read(&request.method, request.params)?;
        let incoming = if params.meta().protocol_version.is_some() {
            Incoming::modern(frame, request, params, outbound)?
        } else {
            let client = self.lock_client().clone();
            match client {
                Some(client) => Incoming::legacy(frame, request, params, outbound, &client),
                None => return self.before_handshake(frame, request, params, outbound),
            }
        };
        self.run(incoming)
    }

    /// Without metadata and without a handshake only `ping` is understood (`2025-11-25/basic/lifecycle`).
    fn before_handshake(
        &self,
        frame: &Bytes,
        request: Request<'_>,
        params: Params<'_>,
        outbound: Arc<StreamOutbound>,
    ) -> Result<(), Error> {
        if request.method != methods::PING {
            return Err(handshake::needed());
        }
        let client = LegacyClient {
            revision: Revision::LEGACY[0],
            info: None,
            capabilities_raw: None,
            capabilities: meta::ClientCapabilities::default(),
        };
        self.run(Incoming::legacy(frame, request, params, outbound, &client))
    }

    fn run(&self, incoming: Incoming) -> Result<(), Error> {
        let ticket = self.underway.begin(&incoming.id, &self.end)?;
        let (core, outbox) = (self.core.clone(), self.outbox.clone());
        tokio::spawn(async move {
            tokio::select! {
                biased;
                reply = dispatch::answer(&core, incoming) => outbox.push(reply.frame),
                // A cancelled request gets no answer.
                () = ticket.token.cancelled() => {}
            }
            drop(ticket);
        });
        Ok(())
    }
}

struct StreamOutbound {
    outbox: Arc<Outbox>,
    questions: Arc<Questions>,
    call: u64,
}

impl Outbound for StreamOutbound {
    fn progress(&self, frame: Bytes) {
        self.outbox.coalesce(self.call, frame);
    }

    fn request(
        &self,
        method: &'static str,
        params: Box<RawValue>,
    ) -> BoxFuture<'static, Result<Box<RawValue>, Error>> {
        let (frame, answered) = self.questions.open(method, &params);
        self.outbox.push(frame);
        answered
    }
}
