//! The client of the shared tests on the official Rust SDK:
//! `client [--revision auto|REVISION] cell (URL | -- command arguments…)`; prints one JSON line with what it observed.
use std::sync::{Arc, Mutex};

use dovetail_peer_rust::{Fault, connect, error_name};
use rmcp::model::*;
use rmcp::service::{NotificationContext, PeerRequestOptions, RequestContext, RunningService};
use rmcp::{ClientHandler, ErrorData, RoleClient};
use serde_json::{Value, json};
use tokio::sync::Notify;

const POLLS: usize = 50;

#[derive(Clone, Default)]
struct Handler {
    progress: Arc<Mutex<Vec<f64>>>,
    reported: Arc<Notify>,
}

impl ClientHandler for Handler {
    fn get_info(&self) -> ClientConfig {
        ClientConfig::new(
            ClientCapabilities::builder().enable_elicitation().build(),
            Implementation::new("peer", "1.0.0"),
        )
    }

    async fn on_progress(&self, params: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.progress.lock().expect("whole").push(params.progress);
        self.reported.notify_one();
    }

    async fn create_elicitation(
        &self,
        _: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        Ok(ElicitResult::new(ElicitationAction::Accept).with_content(json!({"answer": "yes"})))
    }
}

type Service = RunningService<RoleClient, Handler>;

fn call(tool: &'static str, arguments: Value) -> CallToolRequestParams {
    let Value::Object(arguments) = arguments else { unreachable!("arguments are an object") };
    CallToolRequestParams::new(tool).with_arguments(arguments)
}

/// The value of a result: structured, or its text, which may be JSON.
fn data(result: &CallToolResult) -> Value {
    let value = serde_json::to_value(result).expect("JSON");
    let structured = &value["structuredContent"];
    if !structured.is_null() {
        return structured.get("result").unwrap_or(structured).clone();
    }
    let text = value["content"][0]["text"].as_str().unwrap_or_default();
    serde_json::from_str(text).ok().filter(Value::is_number).unwrap_or_else(|| json!(text))
}

async fn value(client: &Service, tool: &'static str, arguments: Value) -> Result<Value, Fault> {
    Ok(data(&client.call_tool(call(tool, arguments)).await?))
}

async fn failing(client: &Service, tool: &'static str, arguments: Value) -> Value {
    match client.call_tool(call(tool, arguments)).await {
        Ok(result) if result.is_error == Some(true) => json!({"name": "tool_error", "detail": data(&result)}),
        Ok(result) => json!({"name": "none", "detail": data(&result)}),
        Err(error) => {
            let (name, detail) = error_name(&error);
            json!({"name": name, "detail": detail})
        }
    }
}

async fn cancel(client: &Service, handler: &Handler) -> Result<Value, Fault> {
    let request = ClientRequest::CallToolRequest(Request::new(call("wait", json!({}))));
    let waiting = client.send_cancellable_request(request, PeerRequestOptions::no_options()).await?;
    // The handler reports progress as its first act: from then on cancelling must reach it.
    handler.reported.notified().await;
    waiting.cancel(None).await?;
    for _ in 0..POLLS {
        if value(client, "cancelled", json!({})).await?.as_f64() >= Some(1.0) {
            return Ok(json!({"code": "cancelled", "observed": true}));
        }
    }
    Ok(json!({"code": "cancelled", "observed": false}))
}

async fn cell(revision: &str, target: &[String]) -> Result<Value, Fault> {
    let handler = Handler::default();
    let client = connect(handler.clone(), revision, target).await?;
    let spoken = client.peer_info().map(|info| info.protocol_version.to_string());
    let count = value(&client, "count", json!({"to": 3})).await?;
    // The last report may come after the result.
    while handler.progress.lock().expect("whole").last() != Some(&3.0) {
        handler.reported.notified().await;
    }
    let progress = handler.progress.lock().expect("whole").clone();
    let seen = Arc::new(handler.clone());
    // What was reported so far is no news.
    let _ = tokio::time::timeout(std::time::Duration::ZERO, seen.reported.notified()).await;
    let observed = json!({
        "revision": spoken,
        "count": count,
        "progress": progress,
        "add": value(&client, "add", json!({"a": 2, "b": 3})).await?,
        "echo": value(&client, "echo", json!({"text": "ä\"\\n€"})).await?,
        "cancel": cancel(&client, &handler).await?,
        "elicit": value(&client, "ask", json!({"what": "continue?"})).await?,
        "error": failing(&client, "fail", json!({})).await,
        "unknown": failing(&client, "nosuch", json!({})).await,
        "invalid": failing(&client, "add", json!({"a": "x", "b": 1})).await,
    });
    client.cancel().await?;
    Ok(observed)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fault> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut revision = "auto".to_owned();
    if arguments.first().is_some_and(|first| first == "--revision") {
        revision = arguments.get(1).cloned().unwrap_or_default();
        arguments.drain(..2);
    }
    match arguments.split_first() {
        Some((scenario, target)) if scenario == "cell" => {
            println!("{}", cell(&revision, target).await?);
            Ok(())
        }
        _ => Err("usage: client [--revision auto|REVISION] cell (URL | -- command…)".into()),
    }
}
