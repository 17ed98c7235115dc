//! One HTTP request of the runner, whose answer is read while it comes.
use std::collections::BTreeMap;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::raw_http::Headers;

/// An answer whose body is still to be read; dropping it closes the connection.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: BTreeMap<String, String>,
    body: Incoming,
    unread: Vec<u8>,
    _connection: AbortOnDrop,
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// An event of a stream.
#[derive(Debug, Default)]
pub(super) struct Event {
    pub(super) name: Option<String>,
    pub(super) id: Option<String>,
    pub(super) data: String,
}

/// Sends a request on a connection of its own.
pub(super) async fn send(
    authority: &str,
    method: &str,
    path: &str,
    headers: &Headers,
    body: Bytes,
) -> Result<Answer, String> {
    let stream = TcpStream::connect(authority).await.map_err(|error| format!("{authority}: {error}"))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    let connection = AbortOnDrop(tokio::spawn(async move {
        // A broken connection shows in the body.
        let _ = connection.await;
    }));
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        request = request.header("host", authority);
    }
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(body)).map_err(|error| error.to_string())?;
    let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
    let (head, body) = answer.into_parts();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    Ok(Answer { status: head.status.as_u16(), headers, body, unread: Vec::new(), _connection: connection })
}

impl Answer {
    /// Whether it is a stream of events.
    pub(super) fn streams(&self) -> bool {
        self.headers.get("content-type").is_some_and(|value| value.starts_with("text/event-stream"))
    }

    /// The whole body.
    pub(super) async fn whole(mut self) -> Result<String, String> {
        while self.more().await? {}
        Ok(String::from_utf8_lossy(&self.unread).into_owned())
    }

    async fn more(&mut self) -> Result<bool, String> {
        let Some(frame) = self.body.frame().await else { return Ok(false) };
        let frame = frame.map_err(|error| error.to_string())?;
        if let Some(data) = frame.data_ref() {
            self.unread.extend_from_slice(data);
        }
        Ok(true)
    }

    /// The next event; none when the stream has ended.
    pub(super) async fn event(&mut self) -> Result<Option<Event>, String> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.unread.drain(..end + 2).collect();
                let event = parse(&String::from_utf8_lossy(&block));
                if event.data.is_empty() && event.id.is_none() {
                    continue;
                }
                return Ok(Some(event));
            }
            if !self.more().await? {
                return Ok(None);
            }
        }
    }
}

fn parse(block: &str) -> Event {
    let mut event = Event::default();
    for line in block.lines() {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => event.name = Some(value.to_owned()),
            "id" => event.id = Some(value.to_owned()),
            "data" => event.data.push_str(value),
            _ => {}
        }
    }
    event
}

/// The messages of a body: one, or those of a batch.
pub(super) fn messages(text: &str) -> Vec<Value> {
    match serde_json::from_str(text) {
        Ok(Value::Array(batch)) => batch,
        Ok(message) => vec![message],
        Err(_) => Vec::new(),
    }
}
