//! A connection over Streamable HTTP: every message is a request of its own.
//!
//! Owns the headers that mirror a message, sessions of the older revisions, and what an HTTP status means. Must never send
//! anything twice that the server may have handled. Specification: Streamable HTTP, of both eras.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use dovetail_protocol::jsonrpc::{self, write_notification, write_request};
use dovetail_protocol::{Error, ErrorKind, Feature, Id, Message, RawValue, Revision, headers, methods};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use tokio_util::sync::CancellationToken;

use super::connect::handshake;
use super::connection::{self, Connection, Outgoing, Patience, Settled};
use super::frames::Context;
use super::log::LogLevel;
use super::reading::Reading;
use crate::transport::http::client::{Answer, Content, Endpoint};

/// How long a cancellation may take to be delivered.
const FAREWELL: Duration = Duration::from_secs(5);
pub(crate) struct Http {
    shared: Arc<Shared>,
    /// Held while a lost session is replaced, so that it is replaced once.
    renewal: tokio::sync::Mutex<()>,
}

/// What the requests of one connection share.
pub(crate) struct Shared {
    endpoint: Endpoint,
    pub(crate) context: Context,
    next_id: AtomicI64,
    open: AtomicUsize,
    session: Mutex<Option<HeaderValue>>,
    settled: Settled,
    closed: CancellationToken,
}

impl Http {
    pub(crate) fn new(endpoint: Endpoint, context: Context) -> Self {
        let shared = Arc::new(Shared {
            endpoint,
            context,
            next_id: AtomicI64::new(1),
            open: AtomicUsize::new(0),
            session: Mutex::new(None),
            settled: Settled::default(),
            closed: CancellationToken::new(),
        });
        Self { shared, renewal: tokio::sync::Mutex::new(()) }
    }

    async fn run(&self, mut request: Outgoing<'_>) -> Result<Box<RawValue>, Error> {
        let shared = &self.shared;
        let _open = Open::enter(shared)?;
        let patience = Patience::default();
        let (method, timeout) = (request.method, request.timeout);
        let exchange = async {
            let session = shared.session();
            match shared.attempt(&mut request, session.as_ref(), &patience).await {
                // Not found means not handled, so sending it again is safe.
                Err(error) if error.kind == ErrorKind::NotFoundSession && session.is_some() => {
                    self.renew(session, request.revision, request.timeout).await?;
                    shared.attempt(&mut request, shared.session().as_ref(), &patience).await
                }
                outcome => outcome,
            }
        };
        tokio::select! {
            biased;
            outcome = exchange => outcome,
            () = shared.closed.cancelled() => Err(connection::closed()),
            () = patience.expired(timeout) => Err(connection::deadline(method, timeout)),
        }
    }

    async fn renew(
        &self,
        lost: Option<HeaderValue>,
        revision: Revision,
        timeout: Duration,
    ) -> Result<(), Error> {
        let _one = self.renewal.lock().await;
        if self.shared.session() != lost {
            return Ok(());
        }
        self.shared
            .context
            .log
            .line(LogLevel::Warning, "the server has ended the session; starting a new one");
        self.shared.set_session(None);
        let hello = handshake(self, &self.shared.context.identity, revision, timeout).await?;
        if hello.revision == revision {
            return Ok(());
        }
        let detail = "the server has ended the session and now speaks another revision; connect again";
        Err(Error::new(ErrorKind::Negotiation, detail))
    }
}

impl Connection for Http {
    fn exchange<'a>(&'a self, request: Outgoing<'a>) -> BoxFuture<'a, Result<Box<RawValue>, Error>> {
        self.run(request).boxed()
    }

    fn notify<'a>(
        &'a self,
        revision: Revision,
        method: &'static str,
        params: &'a [u8],
    ) -> BoxFuture<'a, Result<(), Error>> {
        async move {
            let limit = self.shared.context.limits.call_timeout;
            let sent = tokio::time::timeout(limit, self.shared.notify(revision, method, params));
            sent.await.unwrap_or_else(|_| Err(connection::deadline(method, limit)))
        }
        .boxed()
    }

    fn settle(&self, revision: Revision) {
        self.shared.settled.set(revision);
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async move {
            self.shared.closed.cancel();
            self.shared.give_back().await;
        }
        .boxed()
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        self.shared.closed.cancel();
        if self.shared.session().is_some()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let shared = self.shared.clone();
            runtime.spawn(async move { shared.give_back().await });
        }
    }
}

/// A place among the requests that may be open at once.
struct Open<'a>(&'a AtomicUsize);

impl<'a> Open<'a> {
    fn enter(shared: &'a Shared) -> Result<Self, Error> {
        if shared.closed.is_cancelled() {
            return Err(connection::closed());
        }
        let limit = shared.context.limits.in_flight;
        if shared.open.fetch_add(1, Ordering::AcqRel) >= limit {
            shared.open.fetch_sub(1, Ordering::AcqRel);
            return Err(connection::busy(limit));
        }
        Ok(Self(&shared.open))
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A request that the server must be told about when nobody waits for it any more. Only revisions where a broken
/// connection does not say so need one.
struct Flight<'a> {
    shared: &'a Arc<Shared>,
    id: Id,
    revision: Revision,
    armed: bool,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if !self.armed || self.shared.closed.is_cancelled() {
            return;
        }
        // Without a runtime nothing can be sent any more.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (shared, revision) = (self.shared.clone(), self.revision);
        let params = connection::cancelled_params(&self.id, "the caller stopped waiting");
        runtime.spawn(async move {
            let sent = tokio::time::timeout(FAREWELL, shared.notify(revision, methods::CANCELLED, &params));
            if !matches!(sent.await, Ok(Ok(()))) {
                shared.context.log.line(LogLevel::Debug, "a cancellation could not be delivered");
            }
        });
    }
}

/// The header that names the revision.
fn version(revision: Revision) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(headers::MCP_PROTOCOL_VERSION, HeaderValue::from_static(revision.as_str()));
    headers
}

pub(crate) fn header_value(text: &str) -> Result<HeaderValue, Error> {
    let wrong = |_| Error::new(ErrorKind::InvalidParams, "a name cannot be sent as an HTTP header");
    HeaderValue::from_str(text).map_err(wrong)
}

const BOTH: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");

impl Shared {
    fn session(&self) -> Option<HeaderValue> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_session(&self, session: Option<HeaderValue>) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = session;
    }

    /// Ends the session, if there is one.
    async fn give_back(&self) {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (Some(session), Some(revision)) = (session, self.settled.get()) else { return };
        let mut headers = version(revision);
        headers.insert(headers::MCP_SESSION_ID, session);
        let end = async {
            // Servers may refuse this; the session then ends by itself.
            if let Ok(mut answer) = self.endpoint.send(Method::DELETE, headers, Bytes::new()).await {
                answer.error_body().await;
            }
        };
        let _ = tokio::time::timeout(self.context.limits.drain, end).await;
    }

    /// One try: sends the request and reads until its answer.
    async fn attempt(
        self: &Arc<Self>,
        request: &mut Outgoing<'_>,
        session: Option<&HeaderValue>,
        patience: &Patience,
    ) -> Result<Box<RawValue>, Error> {
        let revision = request.revision;
        let id = Id::Number(self.next_id.fetch_add(1, Ordering::Relaxed));
        let mut body = Vec::new();
        write_request(&mut body, &id, request.method, &self.context.identity.params(request, &id));

        let opening = request.method == methods::INITIALIZE;
        // Which revision a session will have is what its first request finds out.
        let mut headers = if opening { HeaderMap::new() } else { version(revision) };
        headers.insert(header::ACCEPT, BOTH);
        if revision.has(Feature::StandardHeaders) {
            headers.insert(headers::MCP_METHOD, HeaderValue::from_static(request.method));
            if let Some(name) = request.name {
                headers.insert(headers::MCP_NAME, header_value(&headers::encode_value(name))?);
            }
        }
        if let (Some(session), false) = (session, opening) {
            headers.insert(headers::MCP_SESSION_ID, session.clone());
        }

        let armed = request.cancellable && !revision.is_modern();
        let mut flight = Flight { shared: self, id: id.clone(), revision, armed };
        let sent = self.endpoint.send(Method::POST, headers, body.into()).await;
        let mut reading =
            Reading { shared: self, id: &id, revision, patience, progress: &mut request.progress };
        let outcome = match sent {
            Ok(mut answer) if answer.status.is_success() => {
                if opening {
                    self.set_session(session_of(&answer)?);
                }
                match answer.content() {
                    Content::Json => match answer.whole(self.context.limits.body).await {
                        Ok(body) => reading.answer(&body),
                        Err(error) => Err(error),
                    },
                    Content::Events => reading.stream(answer).await,
                    Content::Other => Err(Error::new(
                        ErrorKind::Malformed,
                        format!(
                            "HTTP {} with a content type that is neither JSON nor an event stream",
                            answer.status
                        ),
                    )),
                }
            }
            Ok(mut answer) => {
                let body = answer.error_body().await;
                Err(refusal(&answer, &body, revision, session.is_some() && !opening))
            }
            Err(error) => Err(error),
        };
        flight.armed = false;
        outcome
    }

    async fn notify(&self, revision: Revision, method: &str, params: &[u8]) -> Result<(), Error> {
        let mut body = Vec::new();
        write_notification(&mut body, method, params);
        self.deliver(revision, body).await
    }

    /// Sends a message that has no answer.
    pub(crate) async fn deliver(&self, revision: Revision, body: Vec<u8>) -> Result<(), Error> {
        let mut headers = version(revision);
        headers.insert(header::ACCEPT, BOTH);
        let session = self.session();
        if let Some(session) = &session {
            headers.insert(headers::MCP_SESSION_ID, session.clone());
        }
        let mut answer = self.endpoint.send(Method::POST, headers, body.into()).await?;
        // Read to its end, so that the connection can be used again.
        let body = answer.error_body().await;
        if answer.status.is_success() {
            return Ok(());
        }
        Err(refusal(&answer, &body, revision, session.is_some()))
    }

    /// Takes up a broken event stream after the event `last`.
    pub(crate) async fn resume(&self, revision: Revision, last: HeaderValue) -> Result<Answer, Error> {
        let mut headers = version(revision);
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/event-stream"));
        headers.insert(HeaderName::from_static(headers::LAST_EVENT_ID), last);
        if let Some(session) = self.session() {
            headers.insert(headers::MCP_SESSION_ID, session);
        }
        let mut answer = self.endpoint.send(Method::GET, headers, Bytes::new()).await?;
        if answer.status.is_success() && answer.content() == Content::Events {
            return Ok(answer);
        }
        let body = answer.error_body().await;
        // The request may have been handled, so a lost session must not make it be sent again.
        Err(refusal(&answer, &body, revision, false))
    }
}

/// The session id an answer assigns. Visible ASCII only.
fn session_of(answer: &Answer) -> Result<Option<HeaderValue>, Error> {
    let Some(session) = answer.headers.get(headers::MCP_SESSION_ID) else { return Ok(None) };
    if session.is_empty() || !session.as_bytes().iter().all(u8::is_ascii_graphic) {
        return Err(Error::new(
            ErrorKind::Malformed,
            "the server assigned a session id that is not visible ASCII",
        ));
    }
    let mut session = session.clone();
    session.set_sensitive(true);
    Ok(Some(session))
}

/// The error behind an HTTP status.
fn refusal(answer: &Answer, body: &[u8], revision: Revision, in_session: bool) -> Error {
    let status = answer.status;
    if status == StatusCode::NOT_FOUND && in_session {
        return Error::new(ErrorKind::NotFoundSession, "the server does not know the session any more")
            .with_http_status(status.as_u16());
    }
    if let Ok(Message::Response(response)) = jsonrpc::parse(body, &dovetail_protocol::Limits::default())
        && let Err(wire) = response.outcome
    {
        return Error::from_wire(wire, revision).with_http_status(status.as_u16());
    }
    let advice = match status.as_u16() {
        300..=399 => {
            let to = answer
                .headers
                .get(header::LOCATION)
                .and_then(|to| to.to_str().ok())
                .unwrap_or("somewhere else");
            let to = to.split(['?', '#']).next().unwrap_or(to);
            format!("; it redirects to {to}, and redirects are not followed: connect there if you trust it")
        }
        401 => "; it wants credentials, which are sent with ClientBuilder::header".to_owned(),
        403 => "; the credentials, or their absence, do not allow this".to_owned(),
        404 | 405 => "; is this the URL of the MCP endpoint?".to_owned(),
        _ => String::new(),
    };
    Error::new(ErrorKind::Http, format!("the server answered HTTP {status}{advice}"))
        .with_http_status(status.as_u16())
}
