//! HTTP without a socket: a request head and a body go in, a response with a body comes out.
//!
//! Our own listener is one caller of it; a tower service, another language's HTTP stack and a unit test are others.
//! Specification: `basic/transports/streamable-http`, `2025-11-25/basic/transports`.
mod body;
mod head;
mod legacy;
mod modern;
mod outbound;
mod tower;
mod two_endpoints;

pub use body::ExchangeBody;

use std::sync::Arc;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use dovetail_protocol::jsonrpc::{self, Frame, ToolCall};
use dovetail_protocol::{Error, ErrorKind, Message, Request, Revision, methods};
use futures_util::future::BoxFuture;
use http::header::{ALLOW, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Body;

use crate::clock::KeptTimer;
use crate::guard::host::HostPolicy;
use crate::server::{Core, Params, refuse};
use head::{Head, json, plain, refusal, refusal_with, too_large};
use modern::Modern;
use two_endpoints::Peers;

/// Header fields of one request.
const MAX_FIELDS: usize = 64;

/// Room for fields that a connection keeps for its next request.
const MAX_KEPT_FIELDS: usize = 32;

/// Who sends a request, as a layer in front of the exchange found out. Put it into the extensions of the request.
/// Sessions, subscriptions and sealed state are bound to it; without it the caller is anonymous.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Principal(pub Arc<str>);

/// A server as a function from HTTP requests to HTTP responses. Clones share the server.
#[derive(Clone)]
pub struct Exchange {
    core: Arc<Core>,
    policy: Arc<HostPolicy>,
    peers: Arc<Peers>,
    /// Of the connection that the requests come from, one after the other.
    timer: Option<Arc<KeptTimer>>,
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
        Ok(Self { core, policy: Arc::new(policy), peers: Arc::default(), timer: None })
    }

    /// The same for the requests of one connection.
    pub(crate) fn of_connection(&self) -> Self {
        Self { timer: Some(Arc::default()), ..self.clone() }
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
        let (mut parts, body) = request.into_parts();
        let response = 'answered: {
            let head = Head::read(&parts);
            if let Err(refusal) = self.admit(&head) {
                break 'answered refusal;
            }
            let body = match self.read(body).await {
                Ok(body) => body,
                Err(refusal) => break 'answered refusal,
            };
            let work = match self.begin(&head, &body) {
                Ok(work) => work,
                Err(other) => break 'answered other.response().await,
            };
            // Many wait at the same time; what they do not need any more is given back.
            parts.headers.clear();
            self.settle(work).await
        };
        named(response, parts.headers)
    }

    /// Answers one request with a whole body.
    pub async fn handle_whole(&self, head: &Parts, body: Bytes) -> Response<ExchangeBody> {
        let head = Head::read(head);
        let limit = self.core.snapshot().limits().body;
        let response = match self.admit(&head) {
            Ok(()) if body.len() > limit => too_large(limit),
            Ok(()) => match self.begin(&head, &body) {
                Ok(work) => self.settle(work).await,
                Err(other) => other.response().await,
            },
            Err(refusal) => refusal,
        };
        named(response, HeaderMap::new())
    }

    #[allow(clippy::result_large_err, reason = "the error is the response")]
    async fn read<B>(&self, body: B) -> Result<Bytes, Response<ExchangeBody>>
    where
        B: Body + Send,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let limit = self.core.snapshot().limits().body;
        if body.size_hint().lower() > limit as u64 {
            return Err(too_large(limit));
        }
        match whole(http_body_util::Limited::new(body, limit)).await {
            Ok(body) => Ok(body),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(too_large(limit)),
            // The peer went away in the middle of its body; nobody reads this answer.
            Err(_) => Err(plain(StatusCode::BAD_REQUEST)),
        }
    }

    /// Checks where a request comes from and goes to.
    #[allow(clippy::result_large_err, reason = "the error is the response")]
    fn admit_origin(&self, head: &Head<'_>) -> Result<(), Response<ExchangeBody>> {
        let authority = || head.parts.uri.authority().map(http::uri::Authority::as_str);
        let host = head.host.and_then(|host| host.to_str().ok()).or_else(authority);
        // A value that is no text can match nothing.
        let origin = head.origin.map(|value| value.to_str().unwrap_or("null"));
        self.policy.check(host, origin).map_err(|error| refusal(head.revision(), &error))
    }

    /// What can be refused before a body is read.
    #[allow(clippy::result_large_err, reason = "the error is the response")]
    fn admit(&self, head: &Head<'_>) -> Result<(), Response<ExchangeBody>> {
        self.admit_origin(head)?;
        let limit = self.core.snapshot().limits().headers;
        if head.size > limit {
            let text = format!("the headers are larger than {limit} bytes (limit `headers`)");
            let error = Error::new(ErrorKind::LimitExceeded, text);
            return Err(refusal_with(Revision::LATEST, &error, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
        }
        if head.parts.headers.len() > MAX_FIELDS {
            let text = format!("the request has more than {MAX_FIELDS} header fields");
            let error = Error::new(ErrorKind::LimitExceeded, text);
            return Err(refusal_with(Revision::LATEST, &error, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
        }
        let refuse = |status: StatusCode, text: &str| {
            Err(refusal_with(head.revision(), &Error::new(ErrorKind::InvalidRequest, text), status))
        };
        match head.parts.method {
            Method::POST => {}
            Method::DELETE => return Ok(()),
            // Only sessions have a stream of their own to get.
            Method::GET if head.session.is_some() => {
                return match head.takes_events {
                    true => Ok(()),
                    false => refuse(StatusCode::NOT_ACCEPTABLE, "Accept must list text/event-stream"),
                };
            }
            _ => return Err(not_allowed()),
        }
        if !head.json {
            return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type must be application/json");
        }
        if !(head.takes_json && head.takes_events) {
            let text = "Accept must list both application/json and text/event-stream";
            return refuse(StatusCode::NOT_ACCEPTABLE, text);
        }
        Ok(())
    }

    /// Sets a request that describes itself going, or says what else answers. No `async`: what is read here is large, and
    /// a future would carry it along.
    #[allow(clippy::result_large_err, reason = "the error is the response")]
    fn begin<'a>(&'a self, head: &'a Head<'a>, body: &'a Bytes) -> Result<Modern, Other<'a>> {
        match head.parts.method {
            Method::DELETE => return Err(Other::Later(Box::pin(self.end_session(head)))),
            Method::GET => return Err(Other::Later(Box::pin(self.resume(head)))),
            _ => {}
        }
        let snapshot = self.core.snapshot();
        let by_header = head.revision();
        // Layers see all parameters, which the short way does not keep.
        if snapshot.layers().is_empty()
            && let Some(call) = ToolCall::read(body, snapshot.limits())
        {
            let (request, params) = Params::of_call(call);
            return self.requested(head, body, request, params);
        }
        let frame = match jsonrpc::parse_frame(body, snapshot.limits()) {
            Ok(frame) => frame,
            Err(malformed) => {
                return Err(Other::Now(json(refuse(by_header, malformed.id.as_ref(), &malformed.error()))));
            }
        };
        match frame {
            Frame::One(Message::Request(request)) => match Params::read(&request.method, request.params) {
                Ok(params) => self.requested(head, body, request, params),
                Err(error) => Err(Other::Now(json(refuse(by_header, Some(&request.id), &error)))),
            },
            Frame::One(Message::Notification(notification)) => {
                Err(Other::Later(Box::pin(self.notified(head, body, notification))))
            }
            Frame::One(Message::Response(response)) => {
                Err(Other::Later(Box::pin(self.answered(head, response))))
            }
            Frame::Batch(messages) => Err(Other::Later(Box::pin(self.batch(head, body, messages)))),
        }
    }

    /// A request of either era.
    #[allow(clippy::result_large_err, reason = "the error is the response")]
    fn requested<'a>(
        &'a self,
        head: &'a Head<'a>,
        body: &'a Bytes,
        request: Request<'a>,
        params: Params<'a>,
    ) -> Result<Modern, Other<'a>> {
        let modern = params.meta().protocol_version.is_some()
            || head.version.is_some_and(|version| Revision::parse(version).is_none_or(Revision::is_modern))
                && request.method != methods::INITIALIZE;
        match modern {
            true => self.modern(head, body, request, params).map_err(Other::Now),
            false => Err(Other::Later(Box::pin(self.legacy(head, body, request, params)))),
        }
    }
}

/// An answer that does not come from a request that describes itself.
enum Other<'a> {
    Now(Response<ExchangeBody>),
    Later(BoxFuture<'a, Response<ExchangeBody>>),
}

impl Other<'_> {
    async fn response(self) -> Response<ExchangeBody> {
        match self {
            Self::Now(response) => response,
            Self::Later(response) => response.await,
        }
    }
}

/// A response whose head says what its body is. Its fields are put into the table of the request's: hyper takes the next
/// request into it.
fn named(mut response: Response<ExchangeBody>, mut table: HeaderMap) -> Response<ExchangeBody> {
    table.clear();
    if table.capacity() > MAX_KEPT_FIELDS {
        table = HeaderMap::new();
    }
    if matches!(response.body(), ExchangeBody::Whole(Some(_))) {
        table.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    table.extend(std::mem::take(response.headers_mut()));
    *response.headers_mut() = table;
    response
}

/// The bytes of a body, which mostly come in one piece.
async fn whole<B: Body>(body: B) -> Result<Bytes, B::Error> {
    let mut body = std::pin::pin!(body);
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(mut data) = frame?.into_data() else { continue };
        if read.is_empty() && body.is_end_stream() {
            return Ok(data.copy_to_bytes(data.remaining()));
        }
        read.put(data);
    }
    Ok(read.freeze())
}

fn not_allowed() -> Response<ExchangeBody> {
    let mut response = plain(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST, DELETE"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_takes_the_table_of_its_request_unless_that_is_large() {
        let table = |fields: usize| -> HeaderMap {
            let field =
                |at| (http::HeaderName::try_from(format!("x-{at}")).expect("a name"), HeaderValue::from(at));
            (0..fields).map(field).collect()
        };
        for fields in [0, 8, MAX_FIELDS] {
            let mut response = plain(StatusCode::NO_CONTENT);
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
            let answered = named(response, table(fields));
            assert_eq!(answered.headers().len(), 1, "{fields}");
            assert_eq!(answered.headers()[ALLOW], "POST", "{fields}");
            assert!(answered.headers().capacity() <= MAX_KEPT_FIELDS * 2, "{fields}");
        }
        let json = Response::new(ExchangeBody::Whole(Some(Bytes::from_static(b"{}"))));
        assert_eq!(named(json, table(3)).headers()[CONTENT_TYPE], "application/json");
    }
}
