//! A client made of bytes: requests go into an exchange or a link as they would travel, answers come out the same.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dovetail::{Exchange, ExchangeBody, Principal, Server};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// Longer than any of these tests takes; reached only when something hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// Fails instead of hanging.
pub(crate) async fn bounded<T>(test: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, test).await.expect("the test hangs")
}

pub(crate) const MODERN: &str = "2026-07-28";

/// The metadata of a request that describes itself.
pub(crate) fn meta(capabilities: &Value) -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": capabilities,
    })
}

/// A client over HTTP without a socket.
#[derive(Clone)]
pub(crate) struct Http {
    pub(crate) exchange: Exchange,
    principal: Option<Arc<str>>,
    session: Option<String>,
    revision: Option<&'static str>,
}

/// One response.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: http::HeaderMap,
    body: ExchangeBody,
    read: String,
}

impl Http {
    pub(crate) fn new(server: &Server) -> Self {
        let exchange = server.exchange(&[], &[]).expect("a server without mistakes");
        Self { exchange, principal: None, session: None, revision: None }
    }

    pub(crate) fn named(mut self, principal: &str) -> Self {
        self.principal = Some(principal.into());
        self
    }

    /// The same client at another instance.
    pub(crate) fn at(mut self, server: &Server) -> Self {
        self.exchange = server.exchange(&[], &[]).expect("a server without mistakes");
        self
    }

    /// Opens a session.
    pub(crate) async fn open(mut self, revision: &'static str, capabilities: Value) -> Self {
        let hello = json!({"protocolVersion": revision, "capabilities": capabilities,
            "clientInfo": {"name": "test", "version": "1"}});
        let answer = self.post(&[], &request(0, "initialize", hello)).await;
        assert_eq!(answer.status, 200);
        self.session = Some(answer.head["mcp-session-id"].to_str().expect("visible ASCII").to_owned());
        self.revision = Some(revision);
        self
    }

    pub(crate) async fn send(&self, method: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = http::Request::builder()
            .method(method)
            .uri("/mcp")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        if let Some(session) = &self.session {
            request = request.header("mcp-session-id", session);
        }
        if let Some(revision) = self.revision {
            request = request.header("mcp-protocol-version", revision);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(principal) = &self.principal {
            request = request.extension(Principal(principal.clone()));
        }
        let request = request.body(Full::new(Bytes::from(body.to_owned()))).expect("a request");
        let (head, body) = self.exchange.handle(request).await.into_parts();
        Answer { status: head.status.as_u16(), head: head.headers, body, read: String::new() }
    }

    pub(crate) async fn post(&self, headers: &[(&str, &str)], body: &Value) -> Answer {
        self.send("POST", headers, &body.to_string()).await
    }

    /// A request within the session, answered.
    pub(crate) async fn ask(&self, method: &str, params: Value) -> Value {
        self.post(&[], &request(1, method, params)).await.message().await
    }

    /// A request that describes itself, with its headers.
    pub(crate) async fn modern_with(&self, method: &str, mut params: Value, capabilities: &Value) -> Answer {
        params["_meta"] = meta(capabilities);
        let name =
            params.get("name").or_else(|| params.get("uri")).and_then(Value::as_str).map(str::to_owned);
        let mut headers = vec![("mcp-protocol-version", MODERN), ("mcp-method", method)];
        if let Some(name) =
            name.as_deref().filter(|_| !method.ends_with("/list") && !method.starts_with("completion"))
        {
            headers.push(("mcp-name", name));
        }
        self.post(&headers, &request(7, method, params)).await
    }

    /// A request that describes itself, answered.
    pub(crate) async fn modern(&self, method: &str, params: Value) -> Value {
        self.modern_with(method, params, &json!({})).await.message().await
    }
}

impl Answer {
    /// The next event of a stream, as its lines; `None` at the end.
    pub(crate) async fn event(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.read = rest;
                if !event.starts_with(':') {
                    return Some(event);
                }
                continue;
            }
            let frame = self.body.frame().await?.expect("bodies do not fail");
            let data = frame.into_data().expect("there are no trailers");
            self.read.push_str(std::str::from_utf8(&data).expect("UTF-8"));
        }
    }

    /// The next message of a stream.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            let event = self.event().await?;
            let data = event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or_default();
            if !data.is_empty() {
                return Some(serde_json::from_str(data).expect("JSON"));
            }
        }
    }

    /// The last message: the answer to a request, whatever came before it.
    pub(crate) async fn message(mut self) -> Value {
        let stream = self.head.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        if stream {
            let mut last = Value::Null;
            while let Some(message) = self.next().await {
                last = message;
            }
            return last;
        }
        let body = self.body.collect().await.expect("bodies do not fail").to_bytes();
        if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).expect("JSON") }
    }
}

pub(crate) fn request(id: i64, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

pub(crate) fn notification(method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "method": method, "params": params})
}

/// A client on one duplex stream.
pub(crate) struct Link {
    to: mpsc::Sender<Bytes>,
    from: mpsc::Receiver<Bytes>,
}

impl Link {
    pub(crate) fn new(server: &Server) -> Self {
        let (to, from) = server.link().expect("a server without mistakes");
        Self { to, from }
    }

    /// Shakes hands on an older revision.
    pub(crate) async fn open(server: &Server, revision: &str, capabilities: Value) -> Self {
        let mut link = Self::new(server);
        let hello = json!({"protocolVersion": revision, "capabilities": capabilities,
            "clientInfo": {"name": "test", "version": "1"}});
        link.send(&request(0, "initialize", hello)).await;
        assert_eq!(link.next().await["result"]["protocolVersion"], revision);
        link.send(&notification("notifications/initialized", json!({}))).await;
        link
    }

    pub(crate) async fn send(&self, message: &Value) {
        self.to.send(message.to_string().into()).await.expect("the server reads");
    }

    pub(crate) async fn next(&mut self) -> Value {
        serde_json::from_slice(&self.from.recv().await.expect("the server is there")).expect("JSON")
    }

    /// A request, answered; nothing else may come before the answer.
    pub(crate) async fn ask(&mut self, id: i64, method: &str, params: Value) -> Value {
        self.send(&request(id, method, params)).await;
        let answer = self.next().await;
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }
}
