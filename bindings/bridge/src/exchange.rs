//! One HTTP request through a server without a socket.
use std::sync::Arc;

use bytes::Bytes;
use dovetail::{ExchangeBody, Server};
use futures_util::StreamExt;
use http_body_util::{BodyExt, BodyStream};
use serde::Deserialize;

use crate::backend::Work;
use crate::queue::Queue;
use crate::session::parse;
use crate::{BridgeError, Code, Kind};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
}

pub(crate) fn run(
    server: &Server,
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
    let (parts, ()) = request.body(()).map_err(invalid)?.into_parts();
    let exchange = server.exchange(&[], &[])?;
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
