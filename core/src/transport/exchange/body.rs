//! Bodies of responses: whole, or an event stream that drives its request.
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use dovetail_protocol::{Feature, headers};
use futures_util::future::BoxFuture;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response};
use hyper::body::{Body, Frame, SizeHint};

use super::head::json;
use super::outbound::Wire;
use crate::clock::{Clock, KeptTimer};
use crate::server::{Connection, Reply};
use crate::session::Session;
use crate::session::events::EventStore;
use crate::session::line::{self, Line, Next};

/// How long an answer may take before the response becomes an event stream, so that proxies stay calm and a
/// disconnect is seen.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often an event stream shows that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How soon a client should come back to a stream whose connection broke, unless a handler says otherwise.
const RETRY: Duration = Duration::from_secs(1);

const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");

/// The work that ends with the answer to a request.
pub(super) type Work = BoxFuture<'static, Reply>;

/// The body of a response.
pub enum ExchangeBody {
    /// All of it at once: JSON, or nothing.
    Whole(Option<Bytes>),
    /// An event stream; dropping it means that the peer has gone.
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
    /// What is sent before anything else.
    first: VecDeque<Bytes>,
    source: Source,
    keep_alive: Pin<Box<tokio::time::Sleep>>,
}

impl std::fmt::Debug for EventStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EventStream")
    }
}

/// Where events come from.
enum Source {
    /// A request that ends with its connection.
    Request { work: Option<Work>, reply: Option<Reply>, wire: Arc<Wire> },
    /// A line of a session, which outlives the connection.
    Line(Carried),
    /// A connection of the two-endpoint transport.
    Peer(Peer),
    /// Nothing more.
    Over,
}

/// A line on the connection that carries it now.
pub(super) struct Carried {
    pub(super) session: Arc<Session>,
    pub(super) line: Arc<Line>,
    pub(super) carrier: u64,
    pub(super) events: Arc<dyn EventStore>,
}

/// A client of the two-endpoint transport; dropping it means that it has gone.
pub(super) struct Peer {
    pub(super) connection: Arc<Connection>,
    /// Forgets the client.
    pub(super) _leave: super::two_endpoints::Leave,
}

/// Waits for the answer, or turns the response into an event stream when something is due before it.
pub(super) async fn settle(
    mut work: Work,
    wire: Arc<Wire>,
    timer: Option<&Arc<KeptTimer>>,
) -> Response<ExchangeBody> {
    let mut patience = Clock::after(PATIENCE, timer);
    let step = poll_fn(|cx| {
        if let Poll::Ready(reply) = work.as_mut().poll(cx) {
            return Poll::Ready(Err(reply));
        }
        match wire.outbox.poll_next(cx) {
            Poll::Ready(frame) => Poll::Ready(Ok(frame)),
            Poll::Pending => patience.poll(cx).map(|()| Ok(None)),
        }
    });
    let first = match step.await {
        Ok(first) => first,
        Err(reply) => return answered(reply, wire),
    };
    let first = first.map_or(Bytes::from_static(b":\n\n"), |frame| event(None, &frame));
    stream([first], Source::Request { work: Some(work), reply: None, wire })
}

fn answered(reply: Reply, wire: Arc<Wire>) -> Response<ExchangeBody> {
    // What the handler reported is due before its answer.
    let Some(frame) = wire.outbox.try_next() else { return json(reply) };
    wire.outbox.close();
    stream([event(None, &frame)], Source::Request { work: None, reply: Some(reply), wire })
}

/// As [`settle`], for a request within a session: its stream can be resumed.
pub(super) async fn settle_session(
    mut work: Work,
    session: Arc<Session>,
    line: Arc<Line>,
    events: Arc<dyn EventStore>,
    resumable: bool,
    timer: Option<&Arc<KeptTimer>>,
) -> Response<ExchangeBody> {
    let mut patience = Clock::after(PATIENCE, timer);
    let streams = resumable && session.client.revision.has(Feature::Resumable);
    let reply = tokio::select! {
        biased;
        () = std::future::ready(()), if streams => None,
        reply = &mut work => Some(reply),
        () = line.due() => None,
        () = poll_fn(|cx| patience.poll(cx)) => None,
    };
    match reply {
        Some(reply) if !line.is_due() => {
            line.close();
            return json(reply);
        }
        Some(reply) => finish(&line, reply),
        None => {
            let line = line.clone();
            tokio::spawn(async move { finish(&line, work.await) });
        }
    }
    session.keep(&line);
    let first = priming(&session, &line);
    let carrier = line.take();
    stream(first, Source::Line(Carried { session, line, carrier, events }))
}

fn finish(line: &Line, reply: Reply) {
    // A cancelled request ends without an answer.
    if !reply.frame.is_empty() {
        line.push(reply.frame);
    }
    line.close();
}

/// The event that gives a client something to come back with.
fn priming(session: &Session, line: &Line) -> Option<Bytes> {
    let revision = session.client.revision;
    revision.has(Feature::PrimingEvent).then(|| {
        let id = line::event_id(line.number, 0);
        Bytes::from(format!("id: {id}\nretry: {}\ndata: \n\n", RETRY.as_millis()))
    })
}

/// A line of a session on a new connection, after the messages that may have been lost.
pub(super) fn carry(carried: Carried, replayed: Vec<(u64, Bytes)>, fresh: bool) -> Response<ExchangeBody> {
    let number = carried.line.number;
    let replayed =
        replayed.into_iter().map(|(at, message)| event(Some(&line::event_id(number, at)), &message));
    let priming = if fresh { priming(&carried.session, &carried.line) } else { None };
    let first: Vec<Bytes> = priming.into_iter().chain(replayed).collect();
    stream(first, Source::Line(carried))
}

/// What is left of a line that has ended.
pub(super) fn replay(number: u64, replayed: Vec<(u64, Bytes)>) -> Response<ExchangeBody> {
    let replayed =
        replayed.into_iter().map(|(at, message)| event(Some(&line::event_id(number, at)), &message));
    stream(replayed.collect::<Vec<_>>(), Source::Over)
}

/// The stream of a client of the two-endpoint transport, which begins with where to send messages.
pub(super) fn peer(endpoint: &str, peer: Peer) -> Response<ExchangeBody> {
    stream([Bytes::from(format!("event: endpoint\ndata: {endpoint}\n\n"))], Source::Peer(peer))
}

fn stream(first: impl IntoIterator<Item = Bytes>, source: Source) -> Response<ExchangeBody> {
    let mut response = Response::new(ExchangeBody::Stream(Box::new(EventStream {
        first: first.into_iter().collect(),
        source,
        keep_alive: Box::pin(tokio::time::sleep(KEEP_ALIVE)),
    })));
    let head = response.headers_mut();
    head.insert(CONTENT_TYPE, EVENT_STREAM);
    head.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    head.insert(HeaderName::from_static(headers::X_ACCEL_BUFFERING), HeaderValue::from_static("no"));
    response
}

/// One server-sent event. JSON has no raw line ends, so one data line is enough.
fn event(id: Option<&str>, frame: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(frame.len() + 48);
    if let Some(id) = id {
        out.put_slice(b"id: ");
        out.put_slice(id.as_bytes());
        out.put_slice(b"\n");
    }
    out.put_slice(b"event: message\ndata: ");
    out.put_slice(frame);
    out.put_slice(b"\n\n");
    out.freeze()
}

impl Source {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        match self {
            Self::Over => Poll::Ready(None),
            Self::Request { work, reply, wire } => {
                if let Some(running) = work
                    && let Poll::Ready(ended) = running.as_mut().poll(cx)
                {
                    *work = None;
                    *reply = Some(ended);
                    wire.outbox.close();
                }
                if let Poll::Ready(Some(frame)) = wire.outbox.poll_next(cx) {
                    return Poll::Ready(Some(event(None, &frame)));
                }
                if let Some(reply) = reply.take() {
                    return Poll::Ready((!reply.frame.is_empty()).then(|| event(None, &reply.frame)));
                }
                if work.is_none() { Poll::Ready(None) } else { Poll::Pending }
            }
            Self::Line(carried) => match carried.line.poll_next(carried.carrier, cx) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(Next::Message(number, frame)) => {
                    let line = carried.line.number;
                    carried.events.append(&carried.session.id, line, number, frame.clone());
                    Poll::Ready(Some(event(Some(&line::event_id(line, number)), &frame)))
                }
                Poll::Ready(Next::Part(retry)) => {
                    let retry = retry.unwrap_or(RETRY).as_millis();
                    *self = Self::Over;
                    Poll::Ready(Some(Bytes::from(format!("retry: {retry}\n\n"))))
                }
                Poll::Ready(Next::Taken | Next::End) => {
                    *self = Self::Over;
                    Poll::Ready(None)
                }
            },
            Self::Peer(peer) => {
                peer.connection.outbox().poll_next(cx).map(|frame| frame.map(|frame| event(None, &frame)))
            }
        }
    }

    /// Shows whoever keeps time that the stream is in use.
    fn touch(&self) {
        if let Self::Line(carried) = self {
            carried.session.touch();
        }
    }
}

impl EventStream {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(first) = self.first.pop_front() {
            return Poll::Ready(Some(first));
        }
        if let Poll::Ready(event) = self.source.poll(cx) {
            return Poll::Ready(event);
        }
        if self.keep_alive.as_mut().poll(cx).is_ready() {
            self.source.touch();
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
