//! HTTP requests through a server without a socket, and what they are checked against.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use dovetail::{Exchange, ExchangeBody, Principal, Server};
use futures_util::StreamExt;
use http_body_util::{BodyExt, BodyStream};
use serde::Deserialize;

use crate::backend::Work;
use crate::queue::Queue;
use crate::session::parse;
use crate::{BridgeError, Code, Kind};

/// The hosts and origins that the exchanges of a server answer to: those of loopback, until others are set.
#[derive(Clone)]
pub(crate) struct Rules(Arc<Shared>);

struct Shared {
    loopback: Exchange,
    set: Mutex<Option<Exchange>>,
}

impl Rules {
    pub(crate) fn new(server: &Server) -> Result<Self, BridgeError> {
        let loopback = server.exchange(&[], &[])?;
        Ok(Self(Arc::new(Shared { loopback, set: Mutex::default() })))
    }

    fn current(&self) -> MutexGuard<'_, Option<Exchange>> {
        self.0.set.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The exchange under the rules of now.
    pub(crate) fn exchange(&self) -> Exchange {
        self.current().as_ref().unwrap_or(&self.0.loopback).clone()
    }

    /// Sets other rules, for as long as what comes back lives.
    pub(crate) fn set(
        &self,
        server: &Server,
        hosts: &[String],
        origins: &[String],
    ) -> Result<Unset, BridgeError> {
        let exchange = server.exchange(hosts, origins)?;
        let mut current = self.current();
        if current.is_some() {
            return Err(BridgeError::new(
                Code::InvalidState,
                "exchanges of this server have their rules; cancel the serve operation that set them first",
            ));
        }
        *current = Some(exchange);
        drop(current);
        Ok(Unset(self.clone()))
    }
}

/// Brings the rules of loopback back.
pub(crate) struct Unset(Rules);

impl Drop for Unset {
    fn drop(&mut self) {
        *self.0.current() = None;
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    /// Who sends the request, as the host's HTTP stack found out.
    #[serde(default)]
    principal: Option<String>,
}

pub(crate) fn run(
    exchange: Exchange,
    head: &[u8],
    body: Bytes,
    queue: Arc<Queue>,
    key: u64,
) -> Result<Work, BridgeError> {
    let head: Head = parse(head, "the request head")?;
    let invalid =
        |error: http::Error| BridgeError::new(Code::InvalidArgument, format!("the request head: {error}"));
    let mut request = http::Request::builder().method(head.method.as_str()).uri(&head.path);
    for (name, value) in &head.headers {
        request = request.header(name, value);
    }
    let (mut parts, ()) = request.body(()).map_err(invalid)?.into_parts();
    if let Some(principal) = head.principal {
        parts.extensions.insert(Principal(principal.into()));
    }
    Ok(Box::pin(async move {
        let response = exchange.handle_whole(&parts, body).await;
        let (head, body) = response.into_parts();
        let headers: Vec<(&str, &str)> = head
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
            .collect();
        let json = serde_json::json!({ "headers": headers }).to_string();
        queue.push(Kind::Head, i32::from(head.status.as_u16()), key, json.into());
        send(body, &queue, key).await;
        Ok(Bytes::new())
    }))
}

async fn send(body: ExchangeBody, queue: &Queue, key: u64) {
    let mut chunks = BodyStream::new(body.boxed_unsync());
    while let Some(Ok(frame)) = chunks.next().await {
        if let Ok(data) = frame.into_data() {
            queue.push(Kind::Chunk, 0, key, data);
        }
    }
}
