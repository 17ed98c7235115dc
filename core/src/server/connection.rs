//! One duplex stream of frames (stdio, memory): both eras at once, cancellation by id, requests to the client.
//!
//! Responses, cancellations and pings are read and dispatched whatever the number of requests in flight.
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use dovetail_protocol::jsonrpc::ToolCall;
use dovetail_protocol::{
    Error, ErrorKind, Feature, Id, Malformed, Message, Notification, RawValue, Request, Revision, jsonrpc,
    meta, methods,
};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::core::Core;
use super::dispatch::{self, refuse};
use super::incoming::{Incoming, LegacyClient, Outbound, Params, Sender, Urgency, slice};
use super::listen::standing;
use super::pending::{Questions, Underway};
use crate::session::handshake;
use crate::transport::outbox::{Outbox, Slot};

/// One duplex stream.
pub(crate) struct Connection {
    core: Arc<Core>,
    outbox: Arc<Outbox>,
    questions: Arc<Questions>,
    underway: Arc<Underway>,
    client: Arc<Mutex<Option<LegacyClient>>>,
    /// Ends the news for the client of the last handshake.
    told: Mutex<CancellationToken>,
    calls: AtomicU64,
    principal: Option<Arc<str>>,
    answering: TaskTracker,
    end: CancellationToken,
    /// Whether all tasks share one thread.
    alone: bool,
}

impl Connection {
    pub(crate) fn new(core: Arc<Core>, principal: Option<Arc<str>>) -> Self {
        Self {
            core,
            outbox: Arc::default(),
            questions: Arc::default(),
            underway: Arc::default(),
            client: Arc::default(),
            told: Mutex::default(),
            calls: AtomicU64::new(0),
            principal,
            answering: TaskTracker::new(),
            end: CancellationToken::new(),
            alone: Handle::try_current()
                .is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::CurrentThread),
        }
    }

    /// Frames to be written, in order.
    pub(crate) fn outbox(&self) -> Arc<Outbox> {
        self.outbox.clone()
    }

    /// Fires when the connection has ended.
    pub(crate) fn ended(&self) -> CancellationToken {
        self.end.clone()
    }

    /// Who speaks on this connection.
    pub(crate) fn principal(&self) -> Option<&str> {
        self.principal.as_deref()
    }

    /// Takes one frame in. Requests that wait for something run as tasks of their own.
    pub(crate) fn receive(&self, frame: Bytes) {
        if frame.trim_ascii().is_empty() {
            return;
        }
        let snapshot = self.core.snapshot();
        // Layers see all parameters, which the short way does not keep.
        if snapshot.layers().is_empty()
            && let Some(call) = ToolCall::read(&frame, snapshot.limits())
        {
            let id = call.id.clone();
            let (request, params) = Params::of_call(call);
            return self.answer(self.refused(&id, self.ask(&frame, request, params)));
        }
        match jsonrpc::parse_frame(&frame, snapshot.limits()) {
            Ok(jsonrpc::Frame::One(message)) => {
                if let Some(reply) = self.message(&frame, Ok(message)) {
                    self.answer(reply);
                }
            }
            Ok(jsonrpc::Frame::Batch(messages)) if self.revision().has(Feature::Batches) => {
                let replies: Vec<_> =
                    messages.into_iter().filter_map(|message| self.message(&frame, message)).collect();
                self.answer_all(replies);
            }
            Ok(jsonrpc::Frame::Batch(_)) => {
                let error =
                    Error::new(ErrorKind::InvalidRequest, format!("{} has no batches", self.revision()));
                self.outbox.push(refuse(self.revision(), None, &error).frame);
            }
            Err(malformed) => {
                if let Some(reply) = self.message(&frame, Err(malformed)) {
                    self.answer(reply);
                }
            }
        }
    }

    /// Refuses a line that could not even be read.
    pub(crate) fn refuse_line(&self, error: &Error) {
        self.outbox.push(refuse(self.revision(), None, error).frame);
    }

    /// Resolves when everything that was asked is answered, subscriptions included. For a server that ends; a client
    /// that goes away leaves its subscriptions open. Cancel-safe.
    pub(crate) async fn answered(&self) {
        self.answering.close();
        self.answering.wait().await;
    }

    /// The peer is gone: everything it asked for is cancelled.
    pub(crate) fn close(&self) {
        self.end.cancel();
        self.underway.end();
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

    /// Takes one message in; what it returns is the answer, or the work that ends with one.
    fn message(&self, frame: &Bytes, message: Result<Message<'_>, Malformed>) -> Option<Answering> {
        match message {
            Ok(Message::Request(request)) => {
                let id = request.id.clone();
                Some(self.refused(&id, self.request(frame, request)))
            }
            Ok(Message::Notification(notification)) => {
                self.notified(frame, &notification);
                None
            }
            Ok(Message::Response(response)) => {
                self.questions.settle(response, self.revision());
                None
            }
            // A broken response answers nothing, and must not be answered.
            Err(malformed) if malformed.response => None,
            Err(malformed) => {
                let reply = refuse(self.revision(), malformed.id.as_ref(), &malformed.error());
                Some(Answering::Now(reply.frame))
            }
        }
    }

    fn answer(&self, answering: Answering) {
        match answering {
            Answering::Now(frame) => {
                self.outbox.push(frame);
            }
            Answering::Later(work) => {
                let outbox = self.outbox.clone();
                self.answering.spawn(async move {
                    // A cancelled request gets no answer.
                    if let Some(frame) = work.await {
                        outbox.push(frame);
                    }
                });
            }
        }
    }

    /// Answers a batch with one array, when all of it is done.
    fn answer_all(&self, replies: Vec<Answering>) {
        let outbox = self.outbox.clone();
        self.answering.spawn(async move {
            let frames: Vec<Bytes> =
                join_all(replies.into_iter().map(Answering::wait)).await.into_iter().flatten().collect();
            if !frames.is_empty() {
                let mut batch = Vec::new();
                jsonrpc::write_batch(&mut batch, &frames);
                outbox.push(batch.into());
            }
        });
    }

    fn notified(&self, frame: &Bytes, notification: &Notification<'_>) {
        let mut acting = Acting {
            core: self.core.clone(),
            underway: self.underway.clone(),
            news: self.news(&notification.method),
        };
        let snapshot = self.core.snapshot();
        let cancels = notification.method == methods::CANCELLED;
        // Cancellations never wait behind anything; layers are told what has been done.
        if snapshot.layers().is_empty() || cancels {
            acting.act(&notification.method, notification.params);
        }
        if snapshot.layers().is_empty() {
            return;
        }
        let message = crate::middleware::Message::new(
            Arc::from(&*notification.method),
            notification.params.map(|params| slice(frame, params)).unwrap_or_default(),
            self.revision(),
            self.principal.clone(),
        );
        let core = self.core.clone();
        tokio::spawn(async move {
            core.notified(message, move |message| {
                if !cancels {
                    let params = serde_json::from_slice::<&RawValue>(&message.params).ok();
                    acting.act(&message.method, params);
                }
            })
            .await;
        });
    }

    /// What the end of a handshake sets going: the news for its client.
    fn news(&self, method: &str) -> Option<News> {
        if method != methods::INITIALIZED {
            return None;
        }
        let client = self.lock_client().clone()?;
        let outbound = Arc::new(self.outbound());
        let end = self.end.child_token();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *told, end.clone()).cancel();
        Some(News { client, outbound, end })
    }

    fn outbound(&self) -> StreamOutbound {
        StreamOutbound {
            outbox: self.outbox.clone(),
            questions: self.questions.clone(),
            call: self.calls.fetch_add(1, Ordering::Relaxed),
        }
    }

    fn request(&self, frame: &Bytes, request: Request<'_>) -> Result<Answering, Error> {
        if request.method == methods::INITIALIZE {
            return self.initialize(frame, request);
        }
        let params = Params::read(&request.method, request.params)?;
        self.ask(frame, request, params)
    }

    /// An error is an answer, too.
    fn refused(&self, id: &Id, answering: Result<Answering, Error>) -> Answering {
        answering.unwrap_or_else(|error| Answering::Now(refuse(self.revision(), Some(id), &error).frame))
    }

    fn ask(&self, frame: &Bytes, request: Request<'_>, params: Params<'_>) -> Result<Answering, Error> {
        let sender = Sender { principal: self.principal.clone(), outbound: Arc::new(self.outbound()) };
        let incoming = if params.meta().protocol_version.is_some() {
            Incoming::modern(frame, request, params, sender)?
        } else {
            let client = self.lock_client().clone();
            match client {
                Some(client) => Incoming::legacy(frame, request, params, sender, &client),
                None => Self::before_handshake(frame, request, params, sender)?,
            }
        };
        self.underway.check(&incoming.id)?;
        let (core, id) = (self.core.clone(), incoming.id.clone());
        let mut work = Box::pin(async move { dispatch::answer(&core, incoming).await });
        // Where there is one thread, a task of its own is only worth it for work that has to wait.
        if self.alone
            && let Some(reply) = (&mut work).now_or_never()
        {
            return Ok(Answering::Now(reply.frame));
        }
        let ticket = self.underway.begin(&id);
        Ok(Answering::Later(Box::pin(async move { ticket.run(work).await.map(|reply| reply.frame) })))
    }

    /// Without layers a handshake is done before the next message is read, so that clients need not wait for it.
    fn initialize(&self, frame: &Bytes, request: Request<'_>) -> Result<Answering, Error> {
        let accept = |client: &Mutex<Option<LegacyClient>>, id: &Id, accepted: (LegacyClient, Vec<u8>)| {
            *client.lock().unwrap_or_else(PoisonError::into_inner) = Some(accepted.0);
            let mut answer = Vec::with_capacity(accepted.1.len() + 48);
            jsonrpc::write_result(&mut answer, id, &accepted.1);
            Bytes::from(answer)
        };
        if self.core.snapshot().layers().is_empty() {
            let accepted = handshake::accept(&self.core, request.params)?;
            return Ok(Answering::Now(accept(&self.client, &request.id, accepted)));
        }
        let (core, client, id) = (self.core.clone(), self.client.clone(), request.id);
        let params = request.params.map(|params| slice(frame, params)).unwrap_or_default();
        let (principal, revision) = (self.principal.clone(), self.revision());
        Ok(Answering::Later(Box::pin(async move {
            Some(match handshake::layered(core, params, principal).await {
                Ok(accepted) => accept(&client, &id, accepted),
                Err(error) => refuse(revision, Some(&id), &error).frame,
            })
        })))
    }

    /// Without metadata and without a handshake only `ping` is understood (`2025-11-25/basic/lifecycle`).
    fn before_handshake(
        frame: &Bytes,
        request: Request<'_>,
        params: Params<'_>,
        sender: Sender,
    ) -> Result<Box<Incoming>, Error> {
        if request.method != methods::PING {
            return Err(handshake::needed());
        }
        let client = LegacyClient {
            revision: Revision::LEGACY[0],
            info: None,
            capabilities_raw: None,
            capabilities: meta::ClientCapabilities::default(),
            memory: Arc::default(),
        };
        Ok(Incoming::legacy(frame, request, params, sender, &client))
    }
}

/// An answer, or the work that ends with one.
enum Answering {
    Now(Bytes),
    Later(BoxFuture<'static, Option<Bytes>>),
}

impl Answering {
    async fn wait(self) -> Option<Bytes> {
        match self {
            Self::Now(frame) => Some(frame),
            Self::Later(work) => work.await,
        }
    }
}

/// News for the client of a handshake.
struct News {
    client: LegacyClient,
    outbound: Arc<StreamOutbound>,
    end: CancellationToken,
}

/// What a notification does, once it has passed the layers.
struct Acting {
    core: Arc<Core>,
    underway: Arc<Underway>,
    news: Option<News>,
}

impl Acting {
    fn act(&mut self, method: &str, params: Option<&RawValue>) {
        if method == methods::CANCELLED {
            self.underway.cancel(params);
        }
        if let Some(News { client, outbound, end }) = self.news.take() {
            tokio::spawn(standing(self.core.clone(), client.memory, outbound, end));
        }
    }
}

struct StreamOutbound {
    outbox: Arc<Outbox>,
    questions: Arc<Questions>,
    call: u64,
}

impl Outbound for StreamOutbound {
    fn notify(&self, urgency: Urgency<'_>, frame: Bytes) {
        match urgency {
            Urgency::Progress => self.outbox.replace(Slot::Progress(self.call), frame),
            Urgency::News(kind) => self.outbox.replace(Slot::News(self.call, kind), frame),
            Urgency::Resource(uri) => self.outbox.replace(Slot::Resource(self.call, uri.into()), frame),
            Urgency::Lossy => self.outbox.push_lossy(frame),
            Urgency::Required => self.outbox.push(frame),
        };
    }

    fn request(
        &self,
        method: &'static str,
        params: Box<RawValue>,
    ) -> BoxFuture<'static, Result<Box<RawValue>, Error>> {
        let outbox = self.outbox.clone();
        let (frame, answered) = self.questions.open(method, &params, move |frame| {
            outbox.push(frame);
        });
        self.outbox.push(frame);
        answered
    }
}
