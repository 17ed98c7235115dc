//! Requests within sessions: the handshake, batches, streams that can be resumed, and the end of a session
//! (`2025-11-25/basic/transports`).
use std::sync::Arc;

use bytes::Bytes;
use dovetail_protocol::{
    Error, ErrorKind, Feature, Id, Malformed, Message, Notification, RawValue, Request, Revision, headers,
    jsonrpc, methods,
};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use http::{HeaderName, HeaderValue, Response, StatusCode};

use super::body::{Carried, Work, carry, replay, settle_session};
use super::head::{Head, bad_request, json, plain, refusal};
use super::outbound::SessionWire;
use super::{Exchange, ExchangeBody, not_allowed};
use crate::server::{Incoming, Outbound, Params, Reply, Sender, answer, refuse, slice, standing};
use crate::session::line::{Line, parse_event_id};
use crate::session::{Session, handshake};

/// The header with which a client comes back to a stream.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

impl Exchange {
    pub(super) async fn legacy(
        &self,
        head: &Head<'_>,
        body: &Bytes,
        request: Request<'_>,
        params: Params<'_>,
    ) -> Response<ExchangeBody> {
        let id = request.id.clone();
        if request.method == methods::INITIALIZE {
            let params = request.params.map(|params| slice(body, params)).unwrap_or_default();
            return match self.initialize(head, params).await {
                Ok((session, result)) => {
                    let mut frame = Vec::with_capacity(result.len() + 48);
                    jsonrpc::write_result(&mut frame, &id, &result);
                    let mut response = json(Reply { frame: frame.into(), status: 200 });
                    response.headers_mut().insert(HeaderName::from_static(headers::MCP_SESSION_ID), session);
                    response
                }
                Err(error) => json(refuse(Revision::LEGACY[0], Some(&id), &error)),
            };
        }
        let session = match self.session(head).await {
            Ok(Some(session)) => session,
            Ok(None) => return bad_request(Revision::LEGACY[0], Some(&id), &handshake::needed()),
            Err(error) => return json(refuse(Revision::LEGACY[0], Some(&id), &error)),
        };
        let line = session.line();
        match self.start(head, body, request, params, &session, &line) {
            Ok(work) => self.settled(work, session, line).await,
            Err(error) => json(refuse(session.client.revision, Some(&id), &error)),
        }
    }

    /// Sets a request going. A disconnect does not cancel it, so what does not end at once lives in a task of its own.
    fn start(
        &self,
        head: &Head<'_>,
        body: &Bytes,
        request: Request<'_>,
        params: Params<'_>,
        session: &Arc<Session>,
        line: &Arc<Line>,
    ) -> Result<Work, Error> {
        session.underway.check(&request.id)?;
        let id = request.id.clone();
        let outbound = Arc::new(SessionWire { session: session.clone(), line: line.clone() });
        let sender = Sender { principal: head.principal(), outbound };
        let incoming = Incoming::legacy(body, request, params, sender, &session.client);
        let remembers = matches!(
            &*incoming.method,
            methods::LOGGING_SET_LEVEL | methods::RESOURCES_SUBSCRIBE | methods::RESOURCES_UNSUBSCRIBE
        );
        let (core, remembering) = (self.core.clone(), session.clone());
        let mut work = Box::pin(async move {
            let reply = answer(&core, incoming).await;
            if remembers && let Err(error) = core.sessions.save(&remembering).await {
                core.snapshot().log().line(crate::client::LogLevel::Warning, &error.to_string());
            }
            reply
        });
        if let Some(reply) = (&mut work).now_or_never() {
            return Ok(Box::pin(std::future::ready(reply)));
        }
        let task = tokio::spawn(session.underway.begin(&id).run(work));
        Ok(Box::pin(async move {
            match task.await {
                Ok(Some(reply)) => reply,
                // Cancelled: the stream ends without an answer.
                Ok(None) | Err(_) => Reply { frame: Bytes::new(), status: 202 },
            }
        }))
    }

    async fn initialize(&self, head: &Head<'_>, params: Bytes) -> Result<(HeaderValue, Vec<u8>), Error> {
        let (client, result) = handshake::layered(self.core.clone(), params, head.principal()).await?;
        let id = crate::random::id()?;
        let value = HeaderValue::from_str(&id)
            .map_err(|_| Error::new(ErrorKind::Internal, "a session id is visible ASCII"))?;
        self.core.sessions.open(&id, client, head.principal(), self.core.snapshot().limits()).await?;
        Ok((value, result))
    }

    /// Takes a notification in. Without a session it means nothing here, and is accepted all the same.
    pub(super) async fn notified(
        &self,
        head: &Head<'_>,
        body: &Bytes,
        notification: Notification<'_>,
    ) -> Response<ExchangeBody> {
        let session = self.session(head).await.ok().flatten();
        self.tell_layers(head, body, session.as_ref(), &notification).await;
        plain(StatusCode::ACCEPTED)
    }

    /// Takes an answer of the client to a question of its session in.
    pub(super) async fn answered(
        &self,
        head: &Head<'_>,
        response: jsonrpc::Response<'_>,
    ) -> Response<ExchangeBody> {
        match self.session(head).await {
            Ok(Some(session)) => {
                session.questions.settle(response, session.client.revision);
                plain(StatusCode::ACCEPTED)
            }
            Ok(None) => refusal(
                head.revision(),
                &Error::new(ErrorKind::InvalidRequest, "responses need a session; this request names none"),
            ),
            Err(error) => refusal(head.revision(), &error),
        }
    }

    /// Acts on a notification, through the layers. A cancellation never waits: layers are told what has been done.
    async fn tell_layers(
        &self,
        head: &Head<'_>,
        body: &Bytes,
        session: Option<&Arc<Session>>,
        notification: &Notification<'_>,
    ) {
        act(session.map(|session| &**session), &notification.method, notification.params);
        if self.core.snapshot().layers().is_empty() {
            return;
        }
        let message = crate::middleware::Message::new(
            Arc::from(&*notification.method),
            notification.params.map(|params| slice(body, params)).unwrap_or_default(),
            session.map_or_else(|| head.revision(), |session| session.client.revision),
            head.principal(),
        );
        self.core.notified(message, drop).await;
    }

    /// Answers several messages with one array, on the revision that has batches.
    pub(super) async fn batch(
        &self,
        head: &Head<'_>,
        body: &Bytes,
        messages: Vec<Result<Message<'_>, Malformed>>,
    ) -> Response<ExchangeBody> {
        let by_header = head.revision();
        let session = match self.session(head).await {
            Ok(Some(session)) if session.client.revision.has(Feature::Batches) => session,
            Ok(session) => {
                let revision = session.map_or(by_header, |session| session.client.revision);
                let error = Error::new(ErrorKind::InvalidRequest, format!("{revision} has no batches here"));
                return bad_request(revision, None, &error);
            }
            Err(error) => return refusal(by_header, &error),
        };
        let revision = session.client.revision;
        let line = session.line();
        let mut work: Vec<Work> = Vec::new();
        let now = |id: Option<&Id>, error: &Error| -> Work {
            Box::pin(std::future::ready(refuse(revision, id, error)))
        };
        for message in messages {
            match message {
                Ok(Message::Request(request)) => {
                    let id = request.id.clone();
                    let started = Params::read(&request.method, request.params)
                        .and_then(|params| self.start(head, body, request, params, &session, &line));
                    work.push(started.unwrap_or_else(|error| now(Some(&id), &error)));
                }
                Ok(Message::Notification(notification)) => {
                    self.tell_layers(head, body, Some(&session), &notification).await;
                }
                Ok(Message::Response(response)) => session.questions.settle(response, revision),
                Err(malformed) if malformed.response => {}
                Err(malformed) => work.push(now(malformed.id.as_ref(), &malformed.error())),
            }
        }
        if work.is_empty() {
            return plain(StatusCode::ACCEPTED);
        }
        let all: BoxFuture<'static, Reply> = Box::pin(async move {
            let replies = join_all(work).await;
            let frames: Vec<Bytes> =
                replies.into_iter().map(|reply| reply.frame).filter(|frame| !frame.is_empty()).collect();
            let mut batch = Vec::new();
            if !frames.is_empty() {
                jsonrpc::write_batch(&mut batch, &frames);
            }
            Reply { frame: batch.into(), status: 200 }
        });
        self.settled(all, session, line).await
    }

    async fn settled(&self, work: Work, session: Arc<Session>, line: Arc<Line>) -> Response<ExchangeBody> {
        let (events, resumable) = (self.core.sessions.events(), self.core.snapshot().resumable());
        settle_session(work, session, line, events, resumable, self.timer.as_ref()).await
    }

    /// Gives a session its standing stream, or a broken stream back.
    pub(super) async fn resume(&self, head: &Head<'_>) -> Response<ExchangeBody> {
        let session = match self.session(head).await {
            Ok(Some(session)) => session,
            Ok(None) => return not_allowed(),
            Err(error) => return refusal(head.revision(), &error),
        };
        let events = self.core.sessions.events();
        let Some(last) = head.parts.headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()) else {
            self.tell(&session);
            let line = session.standing.clone();
            let carrier = line.take();
            return carry(Carried { session, line, carrier, events }, Vec::new(), true);
        };
        let Some((number, at)) = parse_event_id(last) else {
            let error = Error::new(ErrorKind::InvalidRequest, "Last-Event-ID names no event of this session");
            return bad_request(session.client.revision, None, &error);
        };
        let line = session.find_line(number);
        // Taken first: what the old connection has sent is in the store then.
        let carried = line.map(|line| (line.take(), line));
        let lost = events.after(&session.id, number, at).await;
        match carried {
            Some((carrier, line)) => {
                if number == 0 {
                    self.tell(&session);
                }
                carry(Carried { session, line, carrier, events }, lost, false)
            }
            None => replay(number, lost),
        }
    }

    /// Sets up what a session is told without asking.
    fn tell(&self, session: &Arc<Session>) {
        if session.first_to_tell() {
            let outbound = SessionWire { session: session.clone(), line: session.standing.clone() };
            let outbound: Arc<dyn Outbound> = Arc::new(outbound);
            let memory = session.client.memory.clone();
            tokio::spawn(standing(self.core.clone(), memory, outbound, session.end.clone()));
        }
    }

    /// The session that a request names, if it names one.
    pub(super) async fn session(&self, head: &Head<'_>) -> Result<Option<Arc<Session>>, Error> {
        if let Some(version) = head.version
            && Revision::parse(version).is_none_or(|revision| !revision.has(Feature::Sessions))
        {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                format!("MCP-Protocol-Version {version:?} has no sessions here"),
            ));
        }
        let Some(id) = head.session else { return Ok(None) };
        let snapshot = self.core.snapshot();
        self.core.sessions.find(id, head.principal().as_deref(), snapshot.limits()).await.map(Some)
    }

    pub(super) async fn end_session(&self, head: &Head<'_>) -> Response<ExchangeBody> {
        if head.session.is_none() {
            return not_allowed();
        }
        match self.session(head).await {
            Ok(Some(session)) => {
                self.core.sessions.end(&session.id).await;
                plain(StatusCode::NO_CONTENT)
            }
            Ok(None) => not_allowed(),
            Err(error) if error.kind == ErrorKind::NotFoundSession => plain(StatusCode::NOT_FOUND),
            Err(error) => refusal(head.revision(), &error),
        }
    }
}

/// What a notification does: over HTTP, only a cancellation does something.
fn act(session: Option<&Session>, method: &str, params: Option<&RawValue>) {
    if method == methods::CANCELLED
        && let Some(session) = session
    {
        session.underway.cancel(params);
    }
}
