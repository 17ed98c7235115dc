//! Recording of HTTP: a reverse proxy on loopback that streams, and passes a disconnect on in both directions.
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::record::{Direction, Log, Record};

type Answer = Response<BoxBody<Bytes, hyper::Error>>;

/// A running proxy; it ends when this is dropped.
#[derive(Debug)]
pub struct Tap {
    /// Where clients reach the server through it.
    pub url: String,
    task: JoinHandle<()>,
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Tap {
    /// Listens on `listen` for the server at the URL `upstream`.
    ///
    /// # Errors
    /// When the URL is not one of plain HTTP on an address, or the listener cannot be bound.
    pub async fn open(log: Arc<Log>, listen: &str, upstream: &str) -> Result<Self, String> {
        let rest = upstream.strip_prefix("http://").ok_or("the server's URL must start with http://")?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let address: SocketAddr = authority
            .replace("localhost", "127.0.0.1")
            .parse()
            .map_err(|error| format!("{upstream}: {error}"))?;
        let socket = TcpListener::bind(listen).await.map_err(|error| format!("{listen}: {error}"))?;
        let own = socket.local_addr().map_err(|error| format!("{listen}: {error}"))?;
        let task = tokio::spawn(accept(socket, Arc::new(Proxy { log, address, next: AtomicU64::new(1) })));
        Ok(Self { url: format!("http://{own}{path}"), task })
    }

    /// Resolves never; for a program that is nothing but a proxy.
    pub async fn forever(mut self) {
        // Ends with the process; a panic of the task ends it as well.
        let _ = (&mut self.task).await;
    }
}

struct Proxy {
    log: Arc<Log>,
    address: SocketAddr,
    next: AtomicU64,
}

async fn accept(socket: TcpListener, proxy: Arc<Proxy>) {
    while let Ok((stream, _)) = socket.accept().await {
        let _ = stream.set_nodelay(true);
        let proxy = proxy.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let proxy = proxy.clone();
                async move { Ok::<_, Infallible>(proxy.pass(request).await) }
            });
            // A broken connection is what the log shows.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

impl Proxy {
    async fn pass(&self, request: Request<Incoming>) -> Answer {
        let exchange = self.next.fetch_add(1, Ordering::Relaxed);
        match self.exchange(exchange, request).await {
            Ok(answer) => answer,
            Err(error) => {
                let text = Full::new(Bytes::from(error)).map_err(|never| match never {}).boxed();
                let mut answer = Response::new(text);
                *answer.status_mut() = StatusCode::BAD_GATEWAY;
                answer
            }
        }
    }

    async fn exchange(&self, exchange: u64, request: Request<Incoming>) -> Result<Answer, String> {
        let (mut head, body) = request.into_parts();
        let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        self.log.add(&Record {
            exchange: Some(exchange),
            line: Some(format!("{} {}", head.method, head.uri.path())),
            headers: listed(&head.headers),
            ..Record::new(Direction::C2s, "http", &body)
        });
        let stream = TcpStream::connect(self.address).await.map_err(|error| error.to_string())?;
        let _ = stream.set_nodelay(true);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())?;
        // Dropped with the answer's body, so that the server sees the client go.
        let connection = AbortOnDrop(tokio::spawn(async move {
            let _ = connection.await;
        }));
        let host = HeaderValue::from_str(&self.address.to_string()).map_err(|error| error.to_string())?;
        head.headers.insert(HOST, host);
        let request = Request::from_parts(head, Full::new(body));
        let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let (head, body) = answer.into_parts();
        let events = head
            .headers
            .get(CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
        let recorder = Recorder {
            log: self.log.clone(),
            exchange,
            line: head.status.to_string(),
            headers: listed(&head.headers),
            events,
            buffer: Vec::new(),
            ended: false,
        };
        let body = Recorded { body, recorder, _connection: connection };
        Ok(Response::from_parts(head, body.boxed()))
    }
}

fn listed(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Recorder {
    log: Arc<Log>,
    exchange: u64,
    line: String,
    headers: Vec<(String, String)>,
    events: bool,
    buffer: Vec<u8>,
    ended: bool,
}

impl Recorder {
    fn take(&mut self, bytes: &[u8]) {
        if !self.events {
            self.buffer.extend_from_slice(bytes);
            return;
        }
        // Lines end with a line feed, with others' servers after a carriage return; a message holds neither.
        self.buffer.extend(bytes.iter().filter(|byte| **byte != b'\r'));
        while let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = self.buffer.drain(..end + 2).collect();
            let data: Vec<&[u8]> = event
                .split(|byte| *byte == b'\n')
                .filter_map(|line| line.strip_prefix(b"data:"))
                .map(|data| data.strip_prefix(b" ").unwrap_or(data))
                .collect();
            if !data.is_empty() {
                self.write(&data.join(&b'\n'));
            }
        }
    }

    fn write(&self, message: &[u8]) {
        self.log.add(&Record {
            exchange: Some(self.exchange),
            line: Some(self.line.clone()),
            headers: self.headers.clone(),
            ..Record::new(Direction::S2c, "http", message)
        });
    }
}

impl Recorder {
    /// Nothing more comes. A body that is no event stream is one message.
    fn end(&mut self) {
        if !std::mem::replace(&mut self.ended, true) && (!self.events || !self.buffer.is_empty()) {
            let rest = std::mem::take(&mut self.buffer);
            self.write(&rest);
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.end();
    }
}

struct Recorded {
    body: Incoming,
    recorder: Recorder,
    _connection: AbortOnDrop,
}

impl Body for Recorded {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            self.recorder.take(data);
        }
        // Written before the client sees the end, so that the log is complete when the client is.
        if matches!(polled, Poll::Ready(None)) || self.body.is_end_stream() {
            self.recorder.end();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}
