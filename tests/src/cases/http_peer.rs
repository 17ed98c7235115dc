//! The HTTP server that is played for a client under test. It answers by itself what says nothing: a notification or an
//! answer of the client, and, unless the case does that by hand, requests for a stream and for the end of a session.
use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The path of the endpoint.
const PATH: &str = "/mcp";

/// Where messages go with two endpoints.
const MESSAGES: &str = "/messages";

/// What the server does by itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habits {
    /// Has a stream between requests.
    pub(super) stream: bool,
    /// Leaves GET and DELETE to the case.
    pub(super) manual: bool,
    /// Speaks the older transport with two endpoints, and nothing else.
    pub(super) two_endpoints: bool,
}

type Answer = Response<PlayedBody>;

/// What an exchange that waits for its answer is answered with.
struct Open {
    answer: Option<oneshot::Sender<Answer>>,
    stream: Option<UnboundedSender<Bytes>>,
}

struct Shared {
    habits: Habits,
    inbox: UnboundedSender<Value>,
    open: Mutex<HashMap<u64, Open>>,
    given: Mutex<u64>,
    general: Mutex<Option<UnboundedSender<Bytes>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running server; it ends when this is dropped.
pub(super) struct HttpPeer {
    pub(super) url: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Drop for HttpPeer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A body that is whole, or comes in pieces until its sender is dropped. Says so when the client goes before that.
struct PlayedBody {
    pieces: UnboundedReceiver<Bytes>,
    gone: Option<(UnboundedSender<Value>, u64)>,
}

impl PlayedBody {
    fn whole(bytes: Bytes) -> Self {
        let (sender, pieces) = unbounded_channel();
        // The receiver is right here.
        let _ = sender.send(bytes);
        Self { pieces, gone: None }
    }
}

impl Body for PlayedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let polled = self.pieces.poll_recv(cx);
        if matches!(polled, Poll::Ready(None)) {
            self.gone = None;
        }
        polled.map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }
}

impl Drop for PlayedBody {
    fn drop(&mut self) {
        if let Some((inbox, exchange)) = self.gone.take() {
            // The runner may be gone.
            let _ = inbox.send(json!({"gone": exchange}));
        }
    }
}

/// Says that the client has gone while its request waited for an answer.
struct Waiting {
    shared: Arc<Shared>,
    exchange: u64,
    answered: bool,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.answered {
            lock(&self.shared.open).remove(&self.exchange);
            let _ = self.shared.inbox.send(json!({"gone": self.exchange}));
        }
    }
}

impl HttpPeer {
    pub(super) async fn start(habits: Habits, inbox: UnboundedSender<Value>) -> Result<Self, String> {
        let socket = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
        let address = socket.local_addr().map_err(|error| error.to_string())?;
        let shared = Arc::new(Shared {
            habits,
            inbox,
            open: Mutex::default(),
            given: Mutex::default(),
            general: Mutex::default(),
        });
        let task = tokio::spawn(accept(socket, shared.clone()));
        Ok(Self { url: format!("http://{address}{PATH}"), shared, task })
    }

    /// Answers an exchange as a whole.
    pub(super) fn answer(
        &self,
        exchange: u64,
        status: u16,
        headers: &Map<String, Value>,
        body: String,
    ) -> Result<(), String> {
        let body = PlayedBody::whole(body.into());
        self.respond(exchange, status, headers, body, None)
    }

    /// Answers an exchange with a stream that stays open.
    pub(super) fn stream(
        &self,
        exchange: u64,
        status: u16,
        headers: &Map<String, Value>,
    ) -> Result<(), String> {
        let (sender, pieces) = unbounded_channel();
        let body = PlayedBody { pieces, gone: Some((self.shared.inbox.clone(), exchange)) };
        self.respond(exchange, status, headers, body, Some(sender))
    }

    fn respond(
        &self,
        exchange: u64,
        status: u16,
        headers: &Map<String, Value>,
        body: PlayedBody,
        stream: Option<UnboundedSender<Bytes>>,
    ) -> Result<(), String> {
        let mut open = lock(&self.shared.open);
        let waiting = open.get_mut(&exchange).and_then(|open| open.answer.take());
        let waiting = waiting.ok_or("the request waits for no answer")?;
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value.as_str().unwrap_or_default());
        }
        let response = response.body(body).map_err(|error| error.to_string())?;
        match stream {
            Some(stream) => {
                if let Some(open) = open.get_mut(&exchange) {
                    open.stream = Some(stream);
                }
            }
            None => drop(open.remove(&exchange)),
        }
        waiting.send(response).map_err(|_| "the client has gone".to_owned())
    }

    /// Whether the answer to an exchange has begun as a stream.
    pub(super) fn streams(&self, exchange: u64) -> bool {
        lock(&self.shared.open).get(&exchange).is_some_and(|open| open.stream.is_some())
    }

    /// Sends an event on the stream of an exchange, or, without one, on the stream between requests.
    pub(super) fn event(&self, exchange: Option<u64>, event: String) -> Result<(), String> {
        let stream = match exchange {
            Some(exchange) => lock(&self.shared.open).get(&exchange).and_then(|open| open.stream.clone()),
            None => lock(&self.shared.general).clone(),
        };
        let stream = stream.ok_or("there is no stream to send on")?;
        stream.send(event.into()).map_err(|_| "the client has closed the stream".to_owned())
    }

    /// Ends the stream of an exchange, or cuts its connection when nothing was answered.
    pub(super) fn end(&self, exchange: u64) {
        lock(&self.shared.open).remove(&exchange);
    }
}

async fn accept(socket: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = socket.accept().await {
        let shared = shared.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| play(shared.clone(), request));
            // A connection that breaks does so on purpose.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// Why an exchange has no answer.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cut on purpose")
    }
}

impl std::error::Error for Cut {}

fn bare(status: u16) -> Answer {
    let mut answer = Response::new(PlayedBody::whole(Bytes::new()));
    *answer.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    answer
}

fn events(pieces: UnboundedReceiver<Bytes>) -> Answer {
    let mut answer = Response::new(PlayedBody { pieces, gone: None });
    answer
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("text/event-stream"));
    answer
}

async fn play(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Answer, Cut> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (method, path) = (head.method.as_str(), head.uri.path());
    let habits = shared.habits;
    match (method, habits.two_endpoints) {
        ("GET", false) if !habits.manual => {
            return Ok(if habits.stream { between(&shared, None) } else { bare(405) });
        }
        ("DELETE", _) if !habits.manual => return Ok(bare(200)),
        ("GET", true) => {
            let endpoint = format!("event: endpoint\ndata: {MESSAGES}\n\n");
            return Ok(between(&shared, Some(endpoint)));
        }
        ("POST", true) if path == PATH => return Ok(bare(405)),
        _ => {}
    }
    let headers: Map<String, Value> = head
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))))
        .collect();
    let exchange = {
        let mut given = lock(&shared.given);
        *given += 1;
        *given
    };
    let asks = message.get("method").is_some() && message.get("id").is_some();
    let waits = !habits.two_endpoints && (asks || method != "POST");
    let (sender, answer) = oneshot::channel();
    if waits {
        lock(&shared.open).insert(exchange, Open { answer: Some(sender), stream: None });
    }
    let seen = json!({"exchange": exchange, "method": method, "path": path, "headers": headers,
        "message": message});
    shared.inbox.send(seen).map_err(|_| Cut)?;
    if !waits {
        return Ok(bare(202));
    }
    let mut waiting = Waiting { shared, exchange, answered: false };
    let answer = answer.await;
    waiting.answered = true;
    answer.map_err(|_| Cut)
}

/// Opens the stream between requests.
fn between(shared: &Shared, first: Option<String>) -> Answer {
    let (sender, pieces) = unbounded_channel();
    if let Some(first) = first {
        // The receiver is right here.
        let _ = sender.send(first.into());
    }
    *lock(&shared.general) = Some(sender);
    let _ = shared.inbox.send(json!({"opened": "stream"}));
    events(pieces)
}
