//! A connection that is dropped: it takes the call back on revision 2026-07-28, and only the stream on 2025-11-25.
use serde_json::{Value, json};

use crate::process::HttpServer;
use crate::raw_http::{self, Endpoint, MODERN, Session, session_call};
use crate::surface::Surface;

/// Calls of `cancelled` until a cancellation must have arrived.
const PATIENCE: usize = 200;

/// Whole calls after which an effect that must not come would have come.
const SETTLED: usize = 10;

/// Runs the case against a server and gives everything that is wrong.
pub(super) async fn check(server: Surface, revision: &'static str) -> Result<Vec<String>, String> {
    let server = HttpServer::start(&server.programs()?.server).await?;
    let endpoint = Endpoint::new(&server.url)?;
    let fault = if revision == MODERN { modern(&endpoint).await? } else { legacy(&endpoint).await? };
    Ok(fault.into_iter().collect())
}

async fn modern(endpoint: &Endpoint) -> Result<Option<String>, String> {
    let (body, headers) = raw_http::modern_call(1, "wait", &json!({}), &json!({}));
    let waiting = endpoint.send(&headers, body.to_string().as_bytes()).await?;
    // Each later call is handled after the first one has begun.
    for id in 2..4 {
        let before = endpoint.call(id, "cancelled", &json!({})).await?.message();
        if number(&before) != Some(0) {
            return Ok(Some(format!("before the disconnect: {before}")));
        }
    }
    drop(waiting);
    for id in 10..10 + PATIENCE as i64 {
        let count = endpoint.call(id, "cancelled", &json!({})).await?.message();
        match number(&count) {
            Some(0) => {}
            Some(1) => return Ok(None),
            _ => return Ok(Some(format!("after the disconnect: {count}"))),
        }
    }
    Ok(Some(format!("not cancelled within {PATIENCE} calls after the disconnect")))
}

async fn legacy(endpoint: &Endpoint) -> Result<Option<String>, String> {
    const WAIT: i64 = 1;
    let session = endpoint.session(&json!({})).await?;
    let waiting = session.send(&session_call(WAIT, "wait", &json!({}))).await?;
    count(&session, 2).await?;
    drop(waiting);
    for id in 3..3 + SETTLED as i64 {
        let count = count(&session, id).await?;
        if count != 0 {
            return Ok(Some(format!("the disconnect cancelled the call: {count}")));
        }
    }
    let cancel =
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": WAIT}});
    let answer = session.post(&cancel).await?;
    if answer.status != 202 {
        return Ok(Some(format!("the cancellation was answered with {answer:?}")));
    }
    for id in 100..100 + PATIENCE as i64 {
        if count(&session, id).await? == 1 {
            return Ok(None);
        }
    }
    Ok(Some(format!("not cancelled within {PATIENCE} calls after the notification")))
}

async fn count(session: &Session, id: i64) -> Result<i64, String> {
    let answer = session.post(&session_call(id, "cancelled", &json!({}))).await?;
    number(&answer.message()).ok_or_else(|| format!("no number: {answer:?}"))
}

/// The number that a tool returned, structured or as text.
fn number(message: &Value) -> Option<i64> {
    let result = &message["result"];
    let text = result["content"][0]["text"].as_str().and_then(|text| text.parse().ok());
    result["structuredContent"].as_i64().or_else(|| result["structuredContent"]["result"].as_i64()).or(text)
}
