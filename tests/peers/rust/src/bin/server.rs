//! The server of the shared tests on the official Rust SDK: `server --stdio | --http HOST:PORT [--json]`.
//!
//! With `--json` it serves as its documentation recommends for speed: no sessions, plain JSON answers.
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rmcp::handler::server::tool::InputResponses as Answers;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::*;
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{RoleServer, ServerHandler, ServiceExt, tool, tool_handler, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

static CANCELLED: AtomicU32 = AtomicU32::new(0);

#[derive(Deserialize, JsonSchema)]
struct Echo {
    text: String,
}

#[derive(Deserialize, JsonSchema)]
struct Add {
    a: i64,
    b: i64,
}

#[derive(Deserialize, JsonSchema)]
struct Count {
    to: u32,
}

#[derive(Deserialize, JsonSchema)]
struct What {
    what: String,
}

#[derive(Clone, Default)]
struct Peer;

fn question(message: &str) -> ElicitRequestParams {
    let schema = json!({"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]});
    ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: message.into(),
        requested_schema: serde_json::from_value(schema).expect("a schema"),
    }
}

fn spoken(answer: &Value) -> CallToolResult {
    let text = match answer["action"].as_str() {
        Some("accept") => format!("accepted: {}", answer["content"]["answer"].as_str().unwrap_or_default()),
        Some("decline") => "declined".to_owned(),
        _ => "cancelled".to_owned(),
    };
    CallToolResult::success(vec![ContentBlock::text(text)])
}

/// A number as structured content, which must be an object in some revisions.
fn number(value: i64) -> CallToolResult {
    let mut result = CallToolResult::success(vec![ContentBlock::text(value.to_string())]);
    result.structured_content = Some(json!({"result": value}));
    result
}

async fn progress(context: &RequestContext<RoleServer>, at: f64, total: Option<f64>) {
    let Some(token) = context.meta.get_progress_token() else { return };
    let mut report = ProgressNotificationParam::new(token, at);
    report.total = total;
    // A caller that has gone needs no progress.
    let _ = context.peer.notify_progress(report).await;
}

struct CountsCancellation;

impl Drop for CountsCancellation {
    fn drop(&mut self) {
        CANCELLED.fetch_add(1, Ordering::SeqCst);
    }
}

#[tool_router]
impl Peer {
    #[tool(description = "Returns its text.")]
    async fn echo(&self, Parameters(Echo { text }): Parameters<Echo>) -> String {
        text
    }

    #[tool(description = "Adds two integers.")]
    async fn add(&self, Parameters(Add { a, b }): Parameters<Add>) -> CallToolResult {
        number(a + b)
    }

    #[tool(description = "Counts with progress.")]
    async fn count(
        &self,
        Parameters(Count { to }): Parameters<Count>,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        for step in 1..=to {
            progress(&context, f64::from(step), Some(f64::from(to))).await;
        }
        number(to.into())
    }

    #[tool(description = "Waits until it is cancelled.")]
    async fn wait(&self, context: RequestContext<RoleServer>) -> String {
        let _counts = CountsCancellation;
        progress(&context, 1.0, None).await;
        context.ct.cancelled().await;
        String::new()
    }

    #[tool(description = "How many waiting calls were cancelled.")]
    async fn cancelled(&self) -> CallToolResult {
        number(CANCELLED.load(Ordering::SeqCst).into())
    }

    #[tool(description = "Asks its user.")]
    async fn ask(
        &self,
        Parameters(What { what }): Parameters<What>,
        Answers(answers): Answers,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let rounds = context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28);
        if !rounds {
            let answer = context.peer.create_elicitation(question(&what)).await;
            let answer = answer.map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
            return Ok(spoken(&serde_json::to_value(answer).expect("JSON")).into());
        }
        if let Some(answer) = answers.as_ref().and_then(|answers| answers.get("answer")) {
            return Ok(spoken(&serde_json::to_value(answer).expect("JSON")).into());
        }
        let mut requests = InputRequests::new();
        requests.insert("answer".to_owned(), InputRequest::Elicitation(ElicitRequest::new(question(&what))));
        Ok(InputRequiredResult::new(Some(requests), Some("asked".into())).into())
    }

    #[tool(description = "Fails.")]
    async fn fail(&self) -> CallToolResult {
        CallToolResult::error(vec![ContentBlock::text("it broke")])
    }
}

#[tool_handler]
impl ServerHandler for Peer {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }
}

async fn serve_http(address: &str, json: bool) -> std::io::Result<()> {
    let mut config = StreamableHttpServerConfig::default();
    config.legacy_session_mode = !json;
    config.json_response = json;
    let service = StreamableHttpService::new(|| Ok(Peer), Arc::new(LocalSessionManager::default()), config);
    let listener = tokio::net::TcpListener::bind(address).await?;
    eprintln!("listening on http://{}/mcp", listener.local_addr()?);
    axum::serve(listener, axum::Router::new().nest_service("/mcp", service)).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--stdio"] => {
            Peer.serve(rmcp::transport::stdio()).await?.waiting().await?;
        }
        ["--stdio-pipes"] => {
            Peer.serve(rmcp::transport::stdio_pipes()).await?.waiting().await?;
        }
        ["--http", address] => serve_http(address, false).await?,
        ["--http", address, "--json"] => serve_http(address, true).await?,
        _ => return Err("usage: server --stdio | --stdio-pipes | --http HOST:PORT [--json]".into()),
    }
    Ok(())
}
