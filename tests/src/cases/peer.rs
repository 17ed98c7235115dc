//! The server that is played for a client under test, over any transport by the same few verbs.
use std::collections::HashMap;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use super::http_peer::{Habits, HttpPeer};
use super::message::{Era, Requests};
use super::relay::CONTROL;
use super::report::Inbox;
use super::{ClientCase, PATIENCE, Place, Transport};

enum Kind {
    Stdio(StdioPeer),
    Http(HttpPeer),
    None,
}

pub(super) struct Peer {
    kind: Kind,
    era: Era,
    sessions: Option<u64>,
    two_endpoints: bool,
    /// The exchange of each request that waits for its answer, by its id.
    exchanges: HashMap<String, u64>,
    last: Option<u64>,
    requests: Requests,
    inbox: Inbox,
}

/// Server processes that the client starts: each is a relay that comes back to us.
struct StdioPeer {
    target: Value,
    started: UnboundedReceiver<OwnedWriteHalf>,
    child: Option<OwnedWriteHalf>,
    task: JoinHandle<()>,
}

impl Drop for StdioPeer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl StdioPeer {
    async fn listen(inbox: UnboundedSender<Value>) -> Result<Self, String> {
        let socket = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
        let address = socket.local_addr().map_err(|error| error.to_string())?;
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        let target = json!({"command": [own.display().to_string(), "--relay", address.to_string()]});
        let (sender, started) = unbounded_channel();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let (lines, output) = stream.into_split();
                if sender.send(output).is_err() {
                    return;
                }
                let inbox = inbox.clone();
                tokio::spawn(async move {
                    let mut lines = BufReader::new(lines).lines();
                    while let Ok(Some(line)) = lines.next_line().await {
                        let message = serde_json::from_str(&line).unwrap_or(Value::String(line));
                        let _ = inbox.send(json!({"message": message}));
                    }
                    let _ = inbox.send(json!({"ended": true}));
                });
            }
        });
        Ok(Self { target, started, child: None, task })
    }

    async fn starts(&mut self) -> Result<(), String> {
        let started = tokio::time::timeout(PATIENCE, self.started.recv()).await;
        self.child = started.map_err(|_| "expected that the client starts a process, which it did not")?;
        Ok(())
    }

    async fn line(&mut self, line: String) -> Result<(), String> {
        if self.child.is_none() {
            self.starts().await?;
        }
        let child = self.child.as_mut().ok_or("no process was started")?;
        child.write_all(line.as_bytes()).await.map_err(|error| format!("to the client: {error}"))
    }
}

impl Peer {
    pub(super) async fn start(case: &ClientCase, place: Place, era: Era) -> Result<Self, String> {
        let (sender, inbox) = Inbox::new();
        let two_endpoints = place.transport == Transport::Sse;
        let habits = Habits { stream: case.stream, manual: case.manual, two_endpoints };
        let kind = match place.transport {
            Transport::Stdio => Kind::Stdio(StdioPeer::listen(sender).await?),
            Transport::Http | Transport::Sse => Kind::Http(HttpPeer::start(habits, sender).await?),
            Transport::Memory => Kind::None,
        };
        let sessions = case.sessions.then_some(0);
        let (exchanges, requests) = (HashMap::new(), Requests::default());
        Ok(Self { kind, era, sessions, two_endpoints, exchanges, last: None, requests, inbox })
    }

    /// What a client connects to.
    pub(super) fn target(&self) -> Result<Value, String> {
        match &self.kind {
            Kind::Stdio(peer) => Ok(peer.target.clone()),
            Kind::Http(peer) => Ok(json!({"url": peer.url})),
            Kind::None => Err("a client in memory needs a target of its own".to_owned()),
        }
    }

    pub(super) async fn starts(&mut self) -> Result<(), String> {
        match &mut self.kind {
            Kind::Stdio(peer) => peer.starts().await,
            Kind::Http(_) | Kind::None => Err("no process is started here".to_owned()),
        }
    }

    /// Ends the server process, which says something before.
    pub(super) async fn exits(&mut self, status: i32, stderr: &str) -> Result<(), String> {
        let Kind::Stdio(peer) = &mut self.kind else { return Err("there is no process".to_owned()) };
        if !stderr.is_empty() {
            peer.line(format!("{CONTROL}say {stderr}\n")).await?;
        }
        peer.line(format!("{CONTROL}exit {status}\n")).await?;
        peer.child = None;
        Ok(())
    }

    /// Takes what came from the client; a request waits for its answer from now on.
    pub(super) async fn take(
        &mut self,
        wanted: &dyn std::fmt::Display,
        fits: impl FnMut(&Value) -> bool,
    ) -> Result<Value, String> {
        let seen = self.inbox.take(wanted, fits).await?;
        let message = &seen["message"];
        if message.is_object() {
            self.era.check(message, self.requests.answered(message))?;
        }
        if let Some(exchange) = seen["exchange"].as_u64() {
            let id = &seen["message"]["id"];
            if seen["message"].get("method").is_some() && !id.is_null() {
                self.exchanges.insert(id.to_string(), exchange);
                self.last = Some(exchange);
            }
        }
        Ok(seen)
    }

    /// The exchange of a request that was taken.
    pub(super) fn exchange(&self, id: &Value) -> Result<u64, String> {
        self.exchanges.get(&id.to_string()).copied().ok_or_else(|| format!("no request {id} was received"))
    }

    /// Sends a message: an answer to its request, anything else on the stream of `on`, or where it can go.
    pub(super) async fn send(&mut self, message: &Value, on: Option<&Value>) -> Result<(), String> {
        let message = self.era.of_server(message);
        self.requests.send(&message, self.era.revision);
        let text = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
        let answers = message.get("result").is_some() || message.get("error").is_some();
        if let Kind::Stdio(peer) = &mut self.kind {
            return peer.line(format!("{text}\n")).await;
        }
        let exchange = match on {
            Some(on) => Some(self.exchange(on)?),
            None if answers && !self.two_endpoints => Some(self.exchange(&message["id"])?),
            None => self.last,
        };
        let http = match &mut self.kind {
            Kind::Http(peer) => peer,
            Kind::Stdio(_) | Kind::None => return Err("there is nobody to send to".to_owned()),
        };
        let event = format!("data: {text}\n\n");
        let Some(exchange) = exchange.filter(|_| !self.two_endpoints) else {
            return http.event(None, event);
        };
        if answers && !http.streams(exchange) {
            let mut headers = json_headers();
            if let (Some(sessions), Some(_)) = (&mut self.sessions, message["result"].get("protocolVersion"))
            {
                *sessions += 1;
                headers.insert("mcp-session-id".to_owned(), json!(format!("session-{sessions}")));
            }
            self.last = self.last.filter(|last| *last != exchange);
            return http.answer(exchange, 200, &headers, text);
        }
        if !http.streams(exchange) {
            http.stream(exchange, 200, &event_headers())?;
        }
        http.event(Some(exchange), event)?;
        if answers {
            self.last = self.last.filter(|last| *last != exchange);
            http.end(exchange);
        }
        Ok(())
    }

    /// The HTTP server that is played.
    pub(super) fn http(&self) -> Result<&HttpPeer, String> {
        match &self.kind {
            Kind::Http(peer) => Ok(peer),
            Kind::Stdio(_) | Kind::None => Err("this place has no HTTP".to_owned()),
        }
    }

    /// The request is no longer the last one.
    pub(super) fn forget(&mut self, exchange: u64) {
        self.last = self.last.filter(|last| *last != exchange);
    }

    /// Messages that nobody wanted.
    pub(super) fn rest(&mut self) -> Vec<Value> {
        let mut rest = self.inbox.rest();
        rest.retain(|seen| seen.get("message").is_some() && seen["method"] != "DELETE");
        rest
    }
}

pub(super) fn event_headers() -> Map<String, Value> {
    Map::from_iter([("content-type".to_owned(), json!("text/event-stream"))])
}

pub(super) fn json_headers() -> Map<String, Value> {
    Map::from_iter([("content-type".to_owned(), json!("application/json"))])
}
