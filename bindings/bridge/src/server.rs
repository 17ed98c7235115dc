//! Servers in foreign hands: registered tools become call events, answers become outcomes.
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dovetail::{Context, Failure, Handler, Output, Server, Tool};
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::backend::{Answer, Backend, CallContext, Work};
use crate::calls::Calls;
use crate::log::log_sink;
use crate::queue::Queue;
use crate::session::{CallTable, Scope, parse};
use crate::{BridgeError, Code, Kind, Runtime, Session, exchange};

/// Configuration of `server_open`; see `docs/boundary.md`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    info: Box<RawValue>,
    #[serde(default)]
    instructions: Option<String>,
    #[serde(default)]
    tools: Vec<Box<RawValue>>,
    #[serde(default)]
    state_keys: Option<String>,
    #[serde(default)]
    call_timeout_ms: Option<u64>,
    #[serde(default)]
    limits: Limits,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Limits {
    in_flight: Option<usize>,
    body: Option<usize>,
    sessions: Option<usize>,
}

/// Configuration of `serve`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Serve {
    #[serde(default)]
    stdio: bool,
    #[serde(default)]
    http: Option<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    allowed_hosts: Vec<String>,
    #[serde(default)]
    allowed_origins: Vec<String>,
}

/// A server behind a session.
pub(crate) struct ServerBackend {
    pub(crate) server: Server,
}

impl Session {
    /// Opens a server.
    ///
    /// # Errors
    /// `invalid_argument` when the configuration or a tool is not usable; `wrong_process`, `closed`.
    pub fn server(runtime: &Runtime, config: Bytes) -> Result<Self, BridgeError> {
        runtime.check()?;
        let config: Config = parse(&config, "the server configuration")?;
        let mut server =
            Server::from_info_json(config.info.get().as_bytes())?.limits(config.limits.resolve());
        if let Some(text) = &config.instructions {
            server = server.instructions(text);
        }
        if let Some(keys) = &config.state_keys {
            server = server.state_keys(keys);
        }
        if let Some(timeout) = config.call_timeout_ms {
            server = server.deadline(Duration::from_millis(timeout));
        }
        let queue = Arc::new(Queue::new(dovetail::Limits::default().queue));
        server = server.log(log_sink(&queue));
        let calls = Arc::new(Calls::new(queue.clone()));
        for (index, spec) in config.tools.iter().enumerate() {
            let target =
                i32::try_from(index).map_err(|_| BridgeError::new(Code::LimitExceeded, "too many tools"))?;
            let handler = HostHandler { target, queue: queue.clone(), calls: calls.clone() };
            server = server.tool(Tool::from_json(spec.get().as_bytes(), handler)?);
        }
        server.check()?;
        Ok(Self::open(runtime, queue, calls, Arc::new(ServerBackend { server })))
    }

    /// Serves over stdio or HTTP until the transport ends or the session is closed. [`Kind::Ready`] comes under
    /// `key` when it listens, the completion when it ended.
    ///
    /// # Errors
    /// As [`Session::request`]; `invalid_state` when this is no server.
    pub fn serve(&self, key: u64, config: Bytes) -> Result<(), BridgeError> {
        let server = self.server_behind()?;
        let config: Serve = parse(&config, "the serve configuration")?;
        let queue = self.queue();
        let work: Work = match (config.stdio, config.http.clone()) {
            (true, None) => Box::pin(async move {
                queue.push(Kind::Ready, 0, key, Bytes::from_static(b"{}"));
                server.serve(dovetail::stdio()).await?;
                Ok(Bytes::new())
            }),
            (false, Some(address)) => Box::pin(async move {
                let listener = server.listen(config.http_options(&address)).await?;
                let ready = serde_json::json!({ "url": listener.url() }).to_string();
                queue.push(Kind::Ready, 0, key, ready.into());
                listener.run().await?;
                Ok(Bytes::new())
            }),
            _ => {
                return Err(BridgeError::new(
                    Code::InvalidArgument,
                    "serve needs either {\"stdio\": true} or {\"http\": \"host:port\"}",
                ));
            }
        };
        self.start(key, work)
    }

    /// Runs one HTTP request through the server without a socket: [`Kind::Head`], [`Kind::Chunk`]s and the
    /// completion come under `key`. `head` is `{method, path, headers: [[name, value]…]}`. Cancelling `key` says
    /// that the peer has gone.
    ///
    /// # Errors
    /// As [`Session::request`]; `invalid_state` when this is no server.
    pub fn exchange(&self, key: u64, head: Bytes, body: Bytes) -> Result<(), BridgeError> {
        let server = self.server_behind()?;
        let work = exchange::run(&server, &head, body, self.queue(), key)?;
        self.start(key, work)
    }
}

impl Limits {
    fn resolve(&self) -> dovetail::Limits {
        let mut limits = dovetail::Limits::default();
        limits.in_flight = self.in_flight.unwrap_or(limits.in_flight);
        limits.body = self.body.unwrap_or(limits.body);
        limits.sessions = self.sessions.unwrap_or(limits.sessions);
        limits
    }
}

impl Serve {
    fn http_options(&self, address: &str) -> dovetail::Http {
        let mut http = dovetail::http(address);
        if let Some(path) = &self.path {
            http = http.path(path);
        }
        for host in &self.allowed_hosts {
            http = http.allowed_host(host);
        }
        for origin in &self.allowed_origins {
            http = http.allowed_origin(origin);
        }
        http
    }
}

impl Backend for ServerBackend {
    fn request(
        &self,
        _scope: Scope,
        name: &str,
        _params: Bytes,
        _options: Bytes,
    ) -> Result<Work, BridgeError> {
        Err(BridgeError::new(Code::InvalidArgument, format!("a server has no operation named {name}")))
    }

    fn close(&self, deadline: Duration) -> BoxFuture<'static, ()> {
        let server = self.server.clone();
        Box::pin(async move { server.close(deadline).await })
    }

    fn server(&self) -> Option<Server> {
        Some(self.server.clone())
    }

    fn status(&self) -> String {
        format!(r#""inFlight":{}"#, self.server.in_flight())
    }
}

/// A tool whose handler lives in the host.
struct HostHandler {
    target: i32,
    queue: Arc<Queue>,
    calls: Arc<CallTable>,
}

impl Handler for HostHandler {
    fn call(&self, context: Context, arguments: Bytes) -> BoxFuture<'static, Result<Output, Failure>> {
        let (pending, answered) = self.calls.begin(Arc::new(HostCall(context)));
        self.queue.push(Kind::Call, self.target, pending.id, arguments);
        Box::pin(async move {
            let answer = answered.await;
            drop(pending);
            match answer {
                Ok(Answer::Value(json)) => Ok(Output::Value(json)),
                Ok(Answer::Whole(json)) => Ok(Output::Whole(json)),
                Ok(Answer::ToolError(text)) => Err(Failure::Tool(text)),
                Ok(Answer::Refused { code, detail, data }) => {
                    Err(Failure::refused(code, &detail, data.as_deref()))
                }
                Err(_) => Err(Failure::Tool("the server is going away".to_owned())),
            }
        })
    }

    fn unwinds(&self) -> bool {
        true
    }
}

struct HostCall(Context);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    kind: QuestionKind,
    message: String,
    #[serde(default)]
    schema: Option<Box<RawValue>>,
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum QuestionKind {
    Form,
    Confirm,
}

impl CallContext for HostCall {
    fn info(&self) -> Bytes {
        serde_json::to_vec(&self.0.info()).expect("strings, numbers and JSON always serialize").into()
    }

    fn progress(&self, progress: f64, total: Option<f64>, message: Option<String>) {
        self.0.progress(progress, total, message.as_deref());
    }

    fn ask(&self, question: Bytes) -> Result<Work, BridgeError> {
        let Question { kind, message, schema, name } = parse(&question, "the question")?;
        let context = self.0.clone();
        Ok(match kind {
            QuestionKind::Form => {
                let schema = schema.ok_or_else(|| {
                    BridgeError::new(Code::InvalidArgument, "the question: a form needs a schema")
                })?;
                Box::pin(async move {
                    Ok(context.try_elicit(&message, &schema, name.as_deref()).await?.to_json().into())
                })
            }
            QuestionKind::Confirm => Box::pin(async move {
                let yes = context.try_confirm(&message, name.as_deref()).await?;
                Ok(Bytes::from_static(if yes { b"true" } else { b"false" }))
            }),
        })
    }
}
