//! What the clients share: how they are told where to connect and what to speak.
use rmcp::model::ProtocolVersion;
use rmcp::service::{RunningService, ServiceError};
use rmcp::transport::{StreamableHttpClientTransport, TokioChildProcess};
use rmcp::{ClientHandler, ClientLifecycleMode, ClientServiceExt, RoleClient};

/// An error as text.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Connects to `URL` or `-- command arguments…`, speaking one revision, or finding out with `auto`.
pub async fn connect<H: ClientHandler>(
    handler: H,
    revision: &str,
    target: &[String],
) -> Result<RunningService<RoleClient, H>, Fault> {
    let lifecycle = match revision {
        "2025-11-25" => ClientLifecycleMode::Initialize,
        "2026-07-28" => {
            ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] }
        }
        _ => ClientLifecycleMode::Auto {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
            legacy_version: None,
        },
    };
    Ok(match target {
        [dashes, program, arguments @ ..] if dashes == "--" => {
            let mut command = tokio::process::Command::new(program);
            command.args(arguments);
            handler.serve_with_lifecycle(TokioChildProcess::new(command)?, lifecycle).await?
        }
        [url] => {
            let transport = StreamableHttpClientTransport::from_uri(url.as_str());
            handler.serve_with_lifecycle(transport, lifecycle).await?
        }
        _ => return Err("a URL, or -- and a command".into()),
    })
}

/// The name that the shared tests have for an error.
pub fn error_name(error: &ServiceError) -> (&'static str, String) {
    match error {
        ServiceError::McpError(error) if error.code.0 == -32602 => ("invalid_params", error.message.to_string()),
        ServiceError::McpError(error) => ("rpc", error.message.to_string()),
        other => ("transport", other.to_string()),
    }
}
