//! The transport of the first revision: events from one endpoint, messages to another.
//!
//! Owns turning the two into a pair of frame streams. Must never send anything to another origin than the one the
//! user named. Specification: revision 2024-11-05, "HTTP with SSE" (deprecated there since).

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use dovetail_protocol::jsonrpc::write_error;
use dovetail_protocol::{Error, ErrorKind, Message, RawValue, Revision, jsonrpc};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::Method;
use http::header::{self, HeaderMap, HeaderValue};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::connect::handshake;
use super::connection::{self, Connection, Outgoing, Over, Wait};
use super::context::Context;
use super::frames::{Frames, Source};
use super::log::LogLevel;
use crate::transport::http::client::{Answer, Content, Endpoint};
use crate::transport::sse::{Event, Parser};

/// Frames waiting on either way.
const DEPTH: usize = 64;

/// A connection that is opened again when its event stream has broken: the session ends with the stream.
pub(crate) struct LegacySse {
    endpoint: Endpoint,
    context: Context,
    timeout: Duration,
    current: Mutex<Arc<Frames>>,
    /// Held while a lost stream is replaced, so that it is replaced once.
    renewal: tokio::sync::Mutex<()>,
    settled: OnceLock<Revision>,
    closed: CancellationToken,
}

impl LegacySse {
    pub(crate) async fn open(
        endpoint: Endpoint,
        context: &Context,
        timeout: Duration,
    ) -> Result<Self, Error> {
        let frames = open(&endpoint, context, timeout).await?;
        Ok(Self {
            endpoint,
            context: context.clone(),
            timeout,
            current: Mutex::new(Arc::new(frames)),
            renewal: tokio::sync::Mutex::new(()),
            settled: OnceLock::new(),
            closed: CancellationToken::new(),
        })
    }

    fn frames(&self) -> Arc<Frames> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The frames of a stream that is open.
    async fn alive(&self) -> Result<Arc<Frames>, Error> {
        let frames = self.frames();
        let Some(error) = frames.ended() else { return Ok(frames) };
        if self.closed.is_cancelled() {
            return Err(connection::closed());
        }
        let Some(revision) = self.settled.get().copied() else { return Err(error) };
        let _one = self.renewal.lock().await;
        let frames = self.frames();
        if frames.ended().is_none() {
            return Ok(frames);
        }
        let text = format!("starting a new session: {}", error.detail);
        self.context.log.line(LogLevel::Warning, &text);
        let frames = open(&self.endpoint, &self.context, self.timeout).await?;
        let hello = handshake(&frames, &self.context.identity, revision, self.timeout).await?;
        if hello.revision != revision {
            let detail = "the server now speaks another revision; connect again";
            return Err(Error::new(ErrorKind::Negotiation, detail));
        }
        self.context.memory.restore(&frames, &self.context.log, revision, self.timeout).await;
        let frames = Arc::new(frames);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = frames.clone();
        Ok(frames)
    }
}

impl Connection for LegacySse {
    fn exchange<'a>(&'a self, request: Outgoing<'a>) -> BoxFuture<'a, Result<Box<RawValue>, Error>> {
        async move {
            let frames = self.alive().await?;
            frames.exchange(request).await
        }
        .boxed()
    }

    fn notify<'a>(
        &'a self,
        revision: Revision,
        method: &'a str,
        params: &'a [u8],
    ) -> BoxFuture<'a, Result<(), Error>> {
        async move { self.frames().notify(revision, method, params).await }.boxed()
    }

    fn settle(&self, revision: Revision) {
        // The first revision stays: a new session must speak it, too.
        let _ = self.settled.set(revision);
        self.frames().settle(revision);
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async move {
            self.closed.cancel();
            self.context.hub.end();
            self.frames().close().await;
        }
        .boxed()
    }
}

impl Drop for LegacySse {
    fn drop(&mut self) {
        self.context.hub.end();
    }
}

/// Opens the event stream and waits for the address to send to.
async fn open(endpoint: &Endpoint, context: &Context, timeout: Duration) -> Result<Frames, Error> {
    let opening = async {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/event-stream"));
        let answer = endpoint.send(Method::GET, headers, Bytes::new()).await?;
        if !answer.status.is_success() || answer.content() != Content::Events {
            let detail = format!("the server answered HTTP {} where an event stream was due", answer.status);
            let status = answer.status.as_u16();
            return Err(Error::new(ErrorKind::of_status(status), detail).with_http_status(status));
        }
        let mut events = Events { answer, parser: Parser::new(context.limits.body), ready: Vec::new() };
        loop {
            let event = events.next().await?;
            if event.name.as_deref() == Some("endpoint") {
                let address = String::from_utf8_lossy(&event.data).into_owned();
                return Ok((endpoint.sibling(&address)?, events));
            }
        }
    };
    let late = |_| connection::deadline("the event stream", Wait::only(timeout), Over::Timeout);
    let (target, events) = tokio::time::timeout(timeout, opening).await.map_err(late)??;
    let (out, outgoing) = mpsc::channel(DEPTH);
    let (incoming, frames) = mpsc::channel(DEPTH);
    let over = CancellationToken::new();
    tokio::spawn(write(target, outgoing, incoming.clone(), context.clone(), over.clone()));
    tokio::spawn(read(events, incoming, context.clone(), over));
    Ok(Frames::start(context.clone(), out, Source::Events(frames), None))
}

struct Events {
    answer: Answer,
    parser: Parser,
    /// In reverse.
    ready: Vec<Event>,
}

impl Events {
    async fn next(&mut self) -> Result<Event, Error> {
        loop {
            if let Some(event) = self.ready.pop() {
                return Ok(event);
            }
            let ended = || Error::new(ErrorKind::Transport, "the event stream of the server has ended");
            let chunk = self.answer.chunk().await.ok_or_else(ended)??;
            self.parser
                .push(&chunk, &mut self.ready)
                .map_err(|_| Error::new(ErrorKind::LimitExceeded, "an event is too large (limit body)"))?;
            self.ready.reverse();
        }
    }
}

/// Ends when the stream does, or nobody reads it any more; then the writer ends, too.
async fn read(mut events: Events, incoming: mpsc::Sender<Bytes>, context: Context, over: CancellationToken) {
    let work = async {
        loop {
            match events.next().await {
                Ok(event) if event.name.as_deref().is_none_or(|name| name == "message") => {
                    if incoming.send(event.data.into()).await.is_err() {
                        return;
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    context.log.line(LogLevel::Warning, &error.detail);
                    return;
                }
            }
        }
    };
    over.run_until_cancelled(work).await;
    over.cancel();
}

/// Sends frames in their order. A request that could not be sent is answered with the reason.
async fn write(
    target: Endpoint,
    mut outgoing: mpsc::Receiver<Bytes>,
    incoming: mpsc::Sender<Bytes>,
    context: Context,
    over: CancellationToken,
) {
    let work = async {
        while let Some(frame) = outgoing.recv().await {
            let Err(error) = post(&target, frame.clone()).await else { continue };
            let text = format!("a message could not be sent: {}", error.detail);
            context.log.line(LogLevel::Error, &text);
            let Ok(Message::Request(request)) = jsonrpc::parse(&frame, &context.limits) else { continue };
            let mut answer = Vec::new();
            let revision = Revision::V2024_11_05;
            write_error(&mut answer, Some(&request.id), revision.null_id(), &error.to_wire(revision));
            if incoming.send(answer.into()).await.is_err() {
                return;
            }
        }
    };
    over.run_until_cancelled(work).await;
    over.cancel();
}

async fn post(target: &Endpoint, frame: Bytes) -> Result<(), Error> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
    let mut answer = target.send(Method::POST, headers, frame).await?;
    // Read to its end, so that the connection can be used again.
    answer.error_body().await;
    if answer.status.is_success() {
        return Ok(());
    }
    let detail = format!("the server answered HTTP {}", answer.status);
    let status = answer.status.as_u16();
    Err(Error::new(ErrorKind::of_status(status), detail).with_http_status(status))
}
