//! A connection over Streamable HTTP: every message is a request of its own.
//!
//! Owns the headers that mirror a message, sessions of the older revisions, and what an HTTP status means. Must never send
//! anything twice that the server may have handled. Specification: Streamable HTTP, of both eras.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use dovetail_protocol::jsonrpc::{self, write_notification, write_request};
use dovetail_protocol::{Error, ErrorKind, Feature, Id, Message, RawValue, Revision, headers, meta, methods};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use tokio_util::sync::CancellationToken;

use super::connect::handshake;
use super::connection::{self, Beat, Connection, Outgoing, Over, Patience, Settled, Wait};
use super::context::Context;
use super::log::LogLevel;
use super::overhear;
use super::reading::Reading;
use super::retry::RETRY_AFTER;
use crate::transport::http::client::{Answer, Content, Endpoint};

/// How long a cancellation may take to be delivered.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long is waited for the stream between requests; servers may hold its head back until they have something to say.
const OPENING: Duration = Duration::from_secs(1);

pub(crate) struct Http {
    shared: Arc<Shared>,
    /// Whether the stream between requests has been asked for.
    overheard: AtomicBool,
}

/// The connection as it is while a session is being replaced: it makes do with what there is.
struct Bare(Arc<Shared>);

/// What the requests of one connection share.
pub(crate) struct Shared {
    endpoint: Endpoint,
    pub(crate) context: Context,
    next_id: AtomicI64,
    open: AtomicUsize,
    session: Mutex<Option<HeaderValue>>,
    /// The session is gone, and there is no new one yet.
    lost: AtomicBool,
    /// Held while a lost session is replaced, so that it is replaced once.
    renewal: tokio::sync::Mutex<()>,
    /// Cancelled when the stream between requests has been opened or refused.
    pub(crate) listening: CancellationToken,
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
            lost: AtomicBool::new(false),
            renewal: tokio::sync::Mutex::new(()),
            listening: CancellationToken::new(),
            settled: Settled::default(),
            closed: CancellationToken::new(),
        });
        Self { shared, overheard: AtomicBool::new(false) }
    }
}

impl Connection for Bare {
    fn exchange<'a>(&'a self, request: Outgoing<'a>) -> BoxFuture<'a, Result<Box<RawValue>, Error>> {
        self.0.run(request, false).boxed()
    }

    fn notify<'a>(
        &'a self,
        revision: Revision,
        method: &'a str,
        params: &'a [u8],
    ) -> BoxFuture<'a, Result<(), Error>> {
        self.0.notify_in_time(revision, method, params).boxed()
    }

    fn settle(&self, revision: Revision) {
        self.0.settled.set(revision);
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

impl Connection for Http {
    fn exchange<'a>(&'a self, request: Outgoing<'a>) -> BoxFuture<'a, Result<Box<RawValue>, Error>> {
        self.shared.run(request, true).boxed()
    }

    fn notify<'a>(
        &'a self,
        revision: Revision,
        method: &'a str,
        params: &'a [u8],
    ) -> BoxFuture<'a, Result<(), Error>> {
        self.shared.notify_in_time(revision, method, params).boxed()
    }

    fn settle(&self, revision: Revision) {
        self.shared.settled.set(revision);
    }

    fn mirrors(&self) -> bool {
        true
    }

    fn overhear(&self) -> BoxFuture<'_, ()> {
        let wanted = self.shared.revision().is_some_and(|revision| revision.has(Feature::ServerRequests));
        if wanted && !self.overheard.swap(true, Ordering::AcqRel) {
            let shared = self.shared.clone();
            tokio::spawn(async move {
                let closed = shared.closed.clone();
                closed.run_until_cancelled(overhear::keep(shared)).await;
            });
        }
        async move {
            if wanted {
                let _ = tokio::time::timeout(OPENING, self.shared.listening.cancelled()).await;
            }
        }
        .boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async move {
            self.shared.closed.cancel();
            self.shared.context.hub.end();
            self.shared.give_back().await;
        }
        .boxed()
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        self.shared.closed.cancel();
        self.shared.context.hub.end();
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
        let params = meta::cancelled_params(&self.id, Some("the caller stopped waiting"));
        runtime.spawn(async move {
            let sent = tokio::time::timeout(FAREWELL, shared.notify(revision, methods::CANCELLED, &params));
            if !matches!(sent.await, Ok(Ok(()))) {
                shared.context.log.line(LogLevel::Debug, "a cancellation could not be delivered");
            }
        });
    }
}

/// The header that names the revision, where there is one.
fn version(revision: Revision) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(8);
    if revision.has(Feature::VersionHeader) {
        headers.insert(headers::MCP_PROTOCOL_VERSION, HeaderValue::from_static(revision.as_str()));
    }
    headers
}

pub(crate) fn header_value(text: &str) -> Result<HeaderValue, Error> {
    let wrong = |_| Error::new(ErrorKind::InvalidParams, "a name cannot be sent as an HTTP header");
    HeaderValue::from_str(text).map_err(wrong)
}

const BOTH: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");

impl Shared {
    pub(crate) fn revision(&self) -> Option<Revision> {
        self.settled.get()
    }

    pub(crate) fn session(&self) -> Option<HeaderValue> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_session(&self, session: Option<HeaderValue>) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = session;
    }

    /// Sends a request and waits. With `renews`, a session that turns out to be gone is replaced.
    async fn run(self: &Arc<Self>, mut request: Outgoing<'_>, renews: bool) -> Result<Box<RawValue>, Error> {
        let _open = Open::enter(self)?;
        let patience = Patience::default();
        let beat = patience.start();
        let (method, wait) = (request.method, request.wait);
        let exchange = async {
            if renews && self.lost.load(Ordering::Acquire) {
                Box::pin(self.recover(request.revision, wait.timeout)).await?;
            }
            let session = self.session();
            match self.attempt(&mut request, session.as_ref(), &patience, &beat).await {
                // Not found means not handled, so sending it again is safe.
                Err(error) if renews && error.kind == ErrorKind::NotFoundSession => {
                    self.lose(session.as_ref());
                    Box::pin(self.recover(request.revision, wait.timeout)).await?;
                    let session = self.session();
                    Box::pin(self.attempt(&mut request, session.as_ref(), &patience, &beat)).await
                }
                outcome => outcome,
            }
        };
        tokio::select! {
            biased;
            outcome = exchange => patience.mark_asked(&beat, outcome),
            () = self.closed.cancelled() => Err(connection::closed()),
            over = patience.expired(wait, &beat) => Err(connection::deadline(method, wait, over)),
        }
    }

    /// The server does not know this session any more.
    pub(crate) fn lose(&self, session: Option<&HeaderValue>) {
        let current = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if current.is_some() && current.as_ref() == session && !self.lost.swap(true, Ordering::AcqRel) {
            let text = "the server has ended the session; starting a new one";
            self.context.log.line(LogLevel::Warning, text);
        }
    }

    /// Replaces a lost session, if it is; says whether it was.
    pub(crate) async fn recover(
        self: &Arc<Self>,
        revision: Revision,
        timeout: Duration,
    ) -> Result<bool, Error> {
        if !self.lost.load(Ordering::Acquire) {
            return Ok(false);
        }
        let _one = self.renewal.lock().await;
        if !self.lost.load(Ordering::Acquire) {
            return Ok(true);
        }
        self.set_session(None);
        let bare = Bare(self.clone());
        // Boxed: a request leads here, and this sends one.
        let hello: BoxFuture<'_, _> = handshake(&bare, &self.context.identity, revision, timeout).boxed();
        if hello.await?.revision != revision {
            let detail = "the server has ended the session and now speaks another revision; connect again";
            return Err(Error::new(ErrorKind::Negotiation, detail));
        }
        self.context.memory.restore(&bare, &self.context.log, revision, timeout).await;
        self.lost.store(false, Ordering::Release);
        self.context.hub.missed();
        Ok(true)
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
        beat: &Beat,
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
            headers.insert(headers::MCP_METHOD, header_value(request.method)?);
            if let Some(name) = request.name {
                headers.insert(headers::MCP_NAME, header_value(&headers::encode_value(name))?);
            }
            for (name, value) in request.headers {
                let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
                    Error::new(ErrorKind::Malformed, "a tool mirrors a parameter into no valid header")
                })?;
                headers.insert(name, header_value(value)?);
            }
        }
        if let (Some(session), false) = (session, opening) {
            headers.insert(headers::MCP_SESSION_ID, session.clone());
        }

        if let Some(started) = request.started.as_mut() {
            started(&id);
        }
        let armed = request.cancellable && !revision.is_modern();
        let mut flight = Flight { shared: self, id: id.clone(), revision, armed };
        let sent = self.endpoint.send(Method::POST, headers, body.into()).await;
        let mut reading =
            Reading { shared: self, id: &id, revision, patience, beat, progress: &mut request.progress };
        let outcome = match sent {
            Ok(mut answer) if answer.status.is_success() => {
                if opening {
                    self.set_session(session_of(&answer)?);
                }
                match answer.content() {
                    Content::Json => match answer.whole(self.context.limits.body).await {
                        Ok(body) => reading.answer(&body).await,
                        Err(error) => Err(error),
                    },
                    // Boxed: most answers are one message, and the future has room for its largest step.
                    Content::Events => Box::pin(reading.stream(answer)).await,
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

    async fn notify_in_time(&self, revision: Revision, method: &str, params: &[u8]) -> Result<(), Error> {
        let limit = self.context.limits.call_timeout;
        let sent = tokio::time::timeout(limit, self.notify(revision, method, params));
        let late = || connection::deadline(method, Wait::only(limit), Over::Timeout);
        sent.await.unwrap_or_else(|_| Err(late()))
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
        headers.insert(HeaderName::from_static(headers::LAST_EVENT_ID), last);
        self.get(revision, headers).await
    }

    /// Opens the event stream between requests, after the event `last`.
    pub(crate) async fn events(&self, last: Option<&str>) -> Result<Answer, Error> {
        let revision = self.revision().ok_or_else(connection::closed)?;
        let mut headers = version(revision);
        if let Some(last) = last {
            headers.insert(HeaderName::from_static(headers::LAST_EVENT_ID), header_value(last)?);
        }
        self.get(revision, headers).await
    }

    async fn get(&self, revision: Revision, mut headers: HeaderMap) -> Result<Answer, Error> {
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/event-stream"));
        if let Some(session) = self.session() {
            headers.insert(headers::MCP_SESSION_ID, session);
        }
        let mut answer = self.endpoint.send(Method::GET, headers, Bytes::new()).await?;
        if answer.status.is_success() && answer.content() == Content::Events {
            return Ok(answer);
        }
        let body = answer.error_body().await;
        // A request may have been handled, so a lost session must not make it be sent again.
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
        return after(answer, Error::from_wire(wire, revision).with_http_status(status.as_u16()));
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
    let kind = ErrorKind::of_status(status.as_u16());
    let error = Error::new(kind, format!("the server answered HTTP {status}{advice}"));
    after(answer, error.with_http_status(status.as_u16()))
}

/// Adds the pause that the server asks for, when it names it in seconds.
fn after(answer: &Answer, error: Error) -> Error {
    let seconds =
        answer.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
    match seconds {
        Some(seconds) => error.with_context(RETRY_AFTER, (u64::from(seconds) * 1000).to_string()),
        None => error,
    }
}
