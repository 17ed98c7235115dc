//! HTTP without a socket: a request head and a body go in, a response with a body comes out.
//!
//! Our own listener is one caller of it; a tower service, another language's HTTP stack and a unit test are others.
//! Specification: `basic/transports/streamable-http`, `2025-11-25/basic/transports`.
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use dovetail_protocol::headers::{self, StandardHeaders};
use dovetail_protocol::{Error, ErrorKind, Feature, Message, RawValue, Request, Revision, jsonrpc, methods};
use futures_util::future::BoxFuture;
use http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, SizeHint};

use super::outbox::Outbox;
use crate::guard::host::HostPolicy;
use crate::server::{Core, Incoming, Outbound, Params, Questions, Reply, answer, refuse};
use crate::session::{Session, handshake};

/// How long an answer may take before the response becomes an event stream, so that proxies stay calm and a
/// disconnect is seen.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often an event stream shows that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");

/// A server as a function from HTTP requests to HTTP responses. Clones share the server.
#[derive(Clone)]
pub struct Exchange {
    core: Arc<Core>,
    policy: Arc<HostPolicy>,
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchange").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// What an exchange answers to.
pub(crate) struct Origins<'a> {
    pub(crate) loopback: bool,
    pub(crate) hosts: &'a [String],
    pub(crate) origins: &'a [String],
}

impl Exchange {
    pub(crate) fn new(core: Arc<Core>, origins: Origins<'_>) -> Result<Self, Error> {
        let policy = HostPolicy::new(origins.loopback, origins.hosts, origins.origins)?;
        Ok(Self { core, policy: Arc::new(policy) })
    }

    /// Answers one request whose body is still to be read. The response's body must be polled; dropping it means
    /// that the peer has gone, which cancels the request on revision 2026-07-28 and only detaches it on session
    /// revisions.
    pub async fn handle<B>(&self, request: http::Request<B>) -> Response<ExchangeBody>
    where
        B: Body + Send,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        if let Err(refusal) = self.admit(&head) {
            return refusal;
        }
        let limit = self.core.snapshot().limits().body;
        let declared = body.size_hint().lower();
        if declared > limit as u64 {
            return too_large(limit);
        }
        let body = match http_body_util::Limited::new(body, limit).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => return too_large(limit),
            // The peer went away in the middle of its body; nobody reads this answer.
            Err(_) => return plain(StatusCode::BAD_REQUEST),
        };
        self.respond(&head, body).await
    }

    /// Answers one request with a whole body.
    pub async fn handle_whole(&self, head: &Parts, body: Bytes) -> Response<ExchangeBody> {
        if let Err(refusal) = self.admit(head) {
            return refusal;
        }
        let limit = self.core.snapshot().limits().body;
        if body.len() > limit {
            return too_large(limit);
        }
        self.respond(head, body).await
    }

    /// What can be refused before a body is read.
    #[allow(clippy::result_large_err, reason = "the error is the response")]
    fn admit(&self, head: &Parts) -> Result<(), Response<ExchangeBody>> {
        let limit = self.core.snapshot().limits().headers;
        let size: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        if size > limit {
            return Err(refusal_with(
                Revision::LATEST,
                &Error::new(
                    ErrorKind::LimitExceeded,
                    format!("the headers are larger than {limit} bytes (limit `headers`)"),
                ),
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            ));
        }
        let host =
            text(&head.headers, &HOST).or_else(|| head.uri.authority().map(http::uri::Authority::as_str));
        let origin = match head.headers.get(ORIGIN) {
            // A value that is no text can match nothing.
            Some(value) => Some(value.to_str().unwrap_or("null")),
            None => None,
        };
        if let Err(error) = self.policy.check(host, origin) {
            return Err(refusal(revision_of(&head.headers), &error));
        }
        match head.method {
            Method::POST => {}
            Method::DELETE => return Ok(()),
            _ => {
                let mut response = plain(StatusCode::METHOD_NOT_ALLOWED);
                response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST, DELETE"));
                return Err(response);
            }
        }
        if !is_json(&head.headers) {
            return Err(refusal_with(
                revision_of(&head.headers),
                &Error::new(ErrorKind::InvalidRequest, "Content-Type must be application/json"),
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ));
        }
        if !accepts_both(&head.headers) {
            return Err(refusal_with(
                revision_of(&head.headers),
                &Error::new(
                    ErrorKind::InvalidRequest,
                    "Accept must list both application/json and text/event-stream",
                ),
                StatusCode::NOT_ACCEPTABLE,
            ));
        }
        Ok(())
    }

    async fn respond(&self, head: &Parts, body: Bytes) -> Response<ExchangeBody> {
        if head.method == Method::DELETE {
            return self.end_session(&head.headers);
        }
        let snapshot = self.core.snapshot();
        let by_header = revision_of(&head.headers);
        let message = match jsonrpc::parse(&body, snapshot.limits()) {
            Ok(message) => message,
            Err(malformed) => {
                let error = malformed.error();
                return json(refuse(by_header, malformed.id.as_ref(), &error));
            }
        };
        match message {
            Message::Request(request) => self.request(&head.headers, &body, request).await,
            Message::Notification(notification) => {
                if notification.method == methods::CANCELLED
                    && let Ok(Some(session)) = self.session(&head.headers)
                {
                    session.underway.cancel(notification.params);
                }
                plain(StatusCode::ACCEPTED)
            }
            Message::Response(response) => match self.session(&head.headers) {
                Ok(Some(session)) => {
                    session.questions.settle(response, session.client.revision);
                    plain(StatusCode::ACCEPTED)
                }
                Ok(None) => refusal(
                    by_header,
                    &Error::new(
                        ErrorKind::InvalidRequest,
                        "responses need a session; this request names none",
                    ),
                ),
                Err(error) => refusal(by_header, &error),
            },
        }
    }

    async fn request(&self, head: &HeaderMap, body: &Bytes, request: Request<'_>) -> Response<ExchangeBody> {
        let id = request.id.clone();
        let params = match Params::read(&request.method, request.params) {
            Ok(params) => params,
            Err(error) => return json(refuse(revision_of(head), Some(&id), &error)),
        };
        let version = header(head, headers::MCP_PROTOCOL_VERSION);
        let modern = params.meta().protocol_version.is_some()
            || version.is_some_and(|version| Revision::parse(version).is_none_or(Revision::is_modern))
                && request.method != methods::INITIALIZE;
        if modern {
            return self.modern(head, body, request, params).await;
        }
        self.legacy(head, body, request, params).await
    }

    async fn modern(
        &self,
        head: &HeaderMap,
        body: &Bytes,
        request: Request<'_>,
        params: Params<'_>,
    ) -> Response<ExchangeBody> {
        let id = request.id.clone();
        let fail = |error: &Error| json(refuse(Revision::LATEST, Some(&id), error));
        let version = header(head, headers::MCP_PROTOCOL_VERSION);
        let Some(body_version) = params.meta().protocol_version.as_deref() else {
            let error = match version {
                Some(version) if Revision::parse(version).is_none() => {
                    dovetail_protocol::error::unsupported_version(version)
                }
                _ => Error::new(
                    ErrorKind::InvalidParams,
                    "params._meta lacks io.modelcontextprotocol/protocolVersion",
                ),
            };
            return fail(&error);
        };
        let method = request.method.clone();
        let found = StandardHeaders {
            version,
            method: header(head, headers::MCP_METHOD),
            name: header(head, headers::MCP_NAME),
        };
        let other_name;
        let name = match (&params, headers::name_source(&method)) {
            (Params::Call(call), _) => Some(&*call.name),
            (Params::Other(_), Some(member)) => {
                other_name = member_text(request.params, member);
                other_name.as_deref()
            }
            (Params::Other(_), None) => None,
        };
        if let Err(error) = headers::check(&found, body_version, &method, name) {
            return fail(&error);
        }
        let wire = Arc::new(HttpOutbound::default());
        let incoming = match Incoming::modern(body, request, params, wire.clone()) {
            Ok(incoming) => incoming,
            Err(error) => return fail(&error),
        };
        let core = self.core.clone();
        let work = Box::pin(async move { answer(&core, incoming).await });
        settle(work, wire).await
    }

    async fn legacy(
        &self,
        head: &HeaderMap,
        body: &Bytes,
        request: Request<'_>,
        params: Params<'_>,
    ) -> Response<ExchangeBody> {
        let id = request.id.clone();
        if request.method == methods::INITIALIZE {
            return match self.initialize(&request) {
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
        let session = match self.session(head) {
            Ok(Some(session)) => session,
            Ok(None) => return bad_request(Revision::LEGACY[0], &id, &handshake::needed()),
            Err(error) => return json(refuse(Revision::LEGACY[0], Some(&id), &error)),
        };
        let revision = session.client.revision;
        let ticket = match session.underway.begin(&id, &session.end) {
            Ok(ticket) => ticket,
            Err(error) => return json(refuse(revision, Some(&id), &error)),
        };
        let wire =
            Arc::new(HttpOutbound { outbox: Outbox::default(), questions: Some(session.questions.clone()) });
        let incoming = Incoming::legacy(body, request, params, wire.clone(), &session.client);
        let core = self.core.clone();
        // A disconnect does not cancel in these revisions, so the work lives in a task of its own.
        let task = tokio::spawn(async move {
            tokio::select! {
                biased;
                reply = answer(&core, incoming) => Some(reply),
                () = ticket.token.cancelled() => None,
            }
        });
        let work = Box::pin(async move {
            match task.await {
                Ok(Some(reply)) => reply,
                // Cancelled: the stream ends without an answer.
                Ok(None) | Err(_) => Reply { frame: Bytes::new(), status: 202 },
            }
        });
        settle(work, wire).await
    }

    fn initialize(&self, request: &Request<'_>) -> Result<(HeaderValue, Vec<u8>), Error> {
        let (client, result) = handshake::accept(&self.core, request.params)?;
        let id = self.core.session_id()?;
        let value = HeaderValue::from_str(&id)
            .map_err(|_| Error::new(ErrorKind::Internal, "a session id is visible ASCII"))?;
        self.core.sessions.open(&id, client, self.core.snapshot().limits())?;
        Ok((value, result))
    }

    /// The session that a request names, if it names one.
    fn session(&self, head: &HeaderMap) -> Result<Option<Arc<Session>>, Error> {
        if let Some(version) = header(head, headers::MCP_PROTOCOL_VERSION)
            && Revision::parse(version).is_none_or(|revision| !revision.has(Feature::Sessions))
        {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                format!("MCP-Protocol-Version {version:?} has no sessions here"),
            ));
        }
        match header(head, headers::MCP_SESSION_ID) {
            Some(id) => self.core.sessions.find(id, self.core.snapshot().limits()).map(Some),
            None => Ok(None),
        }
    }

    fn end_session(&self, head: &HeaderMap) -> Response<ExchangeBody> {
        match header(head, headers::MCP_SESSION_ID) {
            Some(id) if self.core.sessions.end(id) => plain(StatusCode::NO_CONTENT),
            Some(_) => plain(StatusCode::NOT_FOUND),
            None => {
                let mut response = plain(StatusCode::METHOD_NOT_ALLOWED);
                response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST, DELETE"));
                response
            }
        }
    }
}

type Work = BoxFuture<'static, Reply>;

/// Waits for the answer, or turns the response into an event stream when something is due before it.
async fn settle(mut work: Work, wire: Arc<HttpOutbound>) -> Response<ExchangeBody> {
    let first = tokio::select! {
        biased;
        reply = &mut work => {
            // What the handler reported is due before its answer.
            match wire.outbox.try_next() {
                None => return json(reply),
                Some(frame) => {
                    let answered: Work = Box::pin(std::future::ready(reply));
                    return stream(Some(frame), answered, wire);
                }
            }
        }
        frame = wire.outbox.next() => frame,
        () = tokio::time::sleep(PATIENCE) => None,
    };
    stream(first, work, wire)
}

fn stream(first: Option<Bytes>, work: Work, wire: Arc<HttpOutbound>) -> Response<ExchangeBody> {
    let first = match first {
        Some(frame) => event(&frame),
        None => Bytes::from_static(b":\n\n"),
    };
    let mut response = Response::new(ExchangeBody::Stream(Box::new(EventStream {
        first: Some(first),
        work: Some(work),
        reply: None,
        wire,
        keep_alive: Box::pin(tokio::time::sleep(KEEP_ALIVE)),
    })));
    let head = response.headers_mut();
    head.insert(CONTENT_TYPE, EVENT_STREAM);
    head.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    head.insert(HeaderName::from_static(headers::X_ACCEL_BUFFERING), HeaderValue::from_static("no"));
    response
}

/// One server-sent event. JSON has no raw line ends, so one data line is enough.
fn event(frame: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(frame.len() + 24);
    out.put_slice(b"event: message\ndata: ");
    out.put_slice(frame);
    out.put_slice(b"\n\n");
    out.freeze()
}

/// Where a handler's notifications and questions go during one HTTP request.
#[derive(Default)]
struct HttpOutbound {
    outbox: Outbox,
    questions: Option<Arc<Questions>>,
}

impl Outbound for HttpOutbound {
    fn progress(&self, frame: Bytes) {
        self.outbox.coalesce(0, frame);
    }

    fn request(
        &self,
        method: &'static str,
        params: Box<RawValue>,
    ) -> BoxFuture<'static, Result<Box<RawValue>, Error>> {
        match &self.questions {
            Some(questions) => {
                let (frame, answered) = questions.open(method, &params);
                self.outbox.push(frame);
                answered
            }
            None => Box::pin(std::future::ready(Err(Error::new(
                ErrorKind::Internal,
                "this revision has no server requests",
            )))),
        }
    }
}

/// The body of a response.
pub enum ExchangeBody {
    /// All of it at once.
    Whole(Option<Bytes>),
    /// An event stream that drives the request; dropping it means that the peer has gone.
    Stream(Box<EventStream>),
}

impl std::fmt::Debug for ExchangeBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Whole(_) => "ExchangeBody::Whole",
            Self::Stream(_) => "ExchangeBody::Stream",
        })
    }
}

/// An event stream under way.
pub struct EventStream {
    first: Option<Bytes>,
    work: Option<Work>,
    reply: Option<Reply>,
    wire: Arc<HttpOutbound>,
    keep_alive: Pin<Box<tokio::time::Sleep>>,
}

impl std::fmt::Debug for EventStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EventStream")
    }
}

impl EventStream {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(first));
        }
        if let Some(work) = &mut self.work
            && let Poll::Ready(reply) = work.as_mut().poll(cx)
        {
            self.work = None;
            self.reply = Some(reply);
            self.wire.outbox.close();
        }
        if let Poll::Ready(Some(frame)) = self.wire.outbox.poll_next(cx) {
            return Poll::Ready(Some(event(&frame)));
        }
        if let Some(reply) = self.reply.take() {
            return Poll::Ready((!reply.frame.is_empty()).then(|| event(&reply.frame)));
        }
        if self.work.is_none() {
            return Poll::Ready(None);
        }
        if self.keep_alive.as_mut().poll(cx).is_ready() {
            self.keep_alive.as_mut().reset(tokio::time::Instant::now() + KEEP_ALIVE);
            // Polling registers the new time.
            let _ = self.keep_alive.as_mut().poll(cx);
            return Poll::Ready(Some(Bytes::from_static(b":\n\n")));
        }
        Poll::Pending
    }
}

impl Body for ExchangeBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Stream(stream) => stream.poll(cx).map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Stream(_) => SizeHint::default(),
        }
    }
}

fn json(reply: Reply) -> Response<ExchangeBody> {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if reply.frame.is_empty() {
        return plain(status);
    }
    let mut response = Response::new(ExchangeBody::Whole(Some(reply.frame)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

fn plain(status: StatusCode) -> Response<ExchangeBody> {
    let mut response = Response::new(ExchangeBody::Whole(None));
    *response.status_mut() = status;
    response
}

fn refusal(revision: Revision, error: &Error) -> Response<ExchangeBody> {
    json(refuse(revision, None, error))
}

fn refusal_with(revision: Revision, error: &Error, status: StatusCode) -> Response<ExchangeBody> {
    let mut response = refusal(revision, error);
    *response.status_mut() = status;
    response
}

fn bad_request(revision: Revision, id: &dovetail_protocol::Id, error: &Error) -> Response<ExchangeBody> {
    let mut response = json(refuse(revision, Some(id), error));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

fn too_large(limit: usize) -> Response<ExchangeBody> {
    refusal_with(
        Revision::LATEST,
        &Error::new(
            ErrorKind::LimitExceeded,
            format!("the body is larger than {limit} bytes (limit `body`)"),
        ),
        StatusCode::PAYLOAD_TOO_LARGE,
    )
}

/// The revision that a header names, for refusals of messages that cannot name one themselves.
fn revision_of(head: &HeaderMap) -> Revision {
    header(head, headers::MCP_PROTOCOL_VERSION).and_then(Revision::parse).unwrap_or(Revision::LATEST)
}

/// A header that must not stand twice, as text.
fn header<'a>(head: &'a HeaderMap, name: &'static str) -> Option<&'a str> {
    let mut values = head.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() {
        // No body can match a value that is not one value.
        return Some("\u{0}");
    }
    Some(first.to_str().unwrap_or("\u{0}"))
}

fn text<'a>(head: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    head.get(name).and_then(|value| value.to_str().ok())
}

fn is_json(head: &HeaderMap) -> bool {
    text(head, &CONTENT_TYPE).is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    })
}

/// Whether the client takes both kinds of answer. A client that says nothing takes everything (RFC 9110, 12.5.1).
fn accepts_both(head: &HeaderMap) -> bool {
    let (mut json, mut events, mut said) = (false, false, false);
    for value in head.get_all(ACCEPT) {
        said = true;
        let Ok(value) = value.to_str() else { continue };
        for range in value.split(',') {
            match range.split(';').next().unwrap_or_default().trim() {
                "*/*" => (json, events) = (true, true),
                range if range.eq_ignore_ascii_case("application/json") || range == "application/*" => {
                    json = true
                }
                range if range.eq_ignore_ascii_case("text/event-stream") || range == "text/*" => {
                    events = true
                }
                _ => {}
            }
        }
    }
    !said || json && events
}

/// A string member of the parameters.
fn member_text(params: Option<&RawValue>, member: &str) -> Option<String> {
    let members: std::collections::HashMap<&str, &RawValue> = serde_json::from_str(params?.get()).ok()?;
    serde_json::from_str(members.get(member)?.get()).ok()
}
