//! The echo tool on the official Rust SDK, set up for stateless JSON answers, its fastest documented way.
use std::sync::Arc;

use rmcp::handler::server::wrapper::Parameters;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ServerHandler, tool, tool_handler, tool_router};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Echo {
    text: String,
}

#[derive(Clone, Default)]
struct Peer;

#[tool_router]
impl Peer {
    #[tool(description = "Echo")]
    async fn echo(&self, Parameters(Echo { text }): Parameters<Echo>) -> String {
        text
    }
}

#[tool_handler]
impl ServerHandler for Peer {}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut config = StreamableHttpServerConfig::default();
    config.legacy_session_mode = false;
    config.json_response = true;
    let service = StreamableHttpService::new(|| Ok(Peer), Arc::new(NeverSessionManager::default()), config);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    eprintln!("listening on http://{}/mcp", listener.local_addr().expect("bound"));
    axum::serve(listener, axum::Router::new().nest_service("/mcp", service)).await.expect("serves");
}
