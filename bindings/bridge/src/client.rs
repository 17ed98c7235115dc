//! Clients in foreign hands.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use dovetail::{
    Client, Command, ElicitAnswer, ElicitHandler, ElicitRequest, Error, ErrorKind, Progress, Revision, Target,
};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::watch;

use crate::backend::{Answer, Backend, CallContext, Work};
use crate::calls::Calls;
use crate::log::log_sink;
use crate::queue::Queue;
use crate::session::{CallTable, Scope, parse};
use crate::{BridgeError, Code, Kind, Runtime, Session};

/// Configuration of `client_open`; see `docs/boundary.md`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    target: Box<RawValue>,
    #[serde(default)]
    info: Option<Info>,
    #[serde(default)]
    inputs: Vec<Input>,
    #[serde(default)]
    revision: Option<String>,
    #[serde(default)]
    timeout_ms: Option<u64>,
    #[serde(default)]
    respawn: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Info {
    name: String,
    version: String,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Input {
    Form,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Place {
    Url {
        url: String,
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    Command {
        command: String,
        #[serde(default)]
        args: Vec<String>,
        #[serde(default)]
        env: BTreeMap<String, String>,
        #[serde(default)]
        cwd: Option<String>,
    },
    Server {
        server: bool,
    },
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    timeout_ms: Option<u64>,
    #[serde(default)]
    progress: bool,
    #[serde(default)]
    raw: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallTool {
    name: String,
    #[serde(default)]
    arguments: Option<Box<RawValue>>,
}

#[derive(Serialize)]
struct CallDone<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    result: &'a RawValue,
}

#[derive(Serialize)]
struct ToolList<'a> {
    tools: Vec<&'a RawValue>,
}

#[derive(Serialize)]
struct InputBody<'a> {
    kind: &'static str,
    message: &'a str,
    schema: &'a RawValue,
}

/// A client, or the wait for its connection.
type Connected = watch::Receiver<Option<Result<Client, BridgeError>>>;

struct ClientBackend {
    connected: Connected,
    open: Arc<Mutex<Option<Client>>>,
}

impl Session {
    /// Opens a client; the completion under `key` says whether it is connected and carries the server's info.
    /// Operations may be started before. `server` is the server of this process for the target `{"server": true}`.
    ///
    /// # Errors
    /// `invalid_argument` when the configuration is not usable; `wrong_process`, `closed`.
    pub fn client(
        runtime: &Runtime,
        key: u64,
        config: Bytes,
        server: Option<&Self>,
    ) -> Result<Self, BridgeError> {
        runtime.check()?;
        let config: Config = parse(&config, "the client configuration")?;
        let place: Place = parse(config.target.get().as_bytes(), "the target")?;
        let queue = Arc::new(Queue::new(dovetail::Limits::default().queue));
        let calls = Arc::new(Calls::new(queue.clone()));
        let builder = config.builder(place, server, &queue, &calls)?;
        let (sender, connected) = watch::channel(None);
        let open = Arc::new(Mutex::new(None));
        let backend = ClientBackend { connected, open: open.clone() };
        let session = Self::open(runtime, queue, calls, Arc::new(backend));
        let connecting: Work = Box::pin(async move {
            let outcome = builder.connect().await.map_err(BridgeError::from);
            if let Ok(client) = &outcome {
                *open.lock().unwrap_or_else(PoisonError::into_inner) = Some(client.clone());
            }
            let payload = outcome.as_ref().map(server_info).map_err(Clone::clone);
            // Operations that wait for the connection read it there; without any, nobody does.
            let _ = sender.send(Some(outcome));
            payload
        });
        session.start(key, connecting)?;
        Ok(session)
    }
}

impl Config {
    fn builder(
        self,
        place: Place,
        server: Option<&Session>,
        queue: &Arc<Queue>,
        calls: &Arc<CallTable>,
    ) -> Result<dovetail::ClientBuilder, BridgeError> {
        let mut request_headers = BTreeMap::new();
        let target = match place {
            Place::Url { url, headers } => {
                request_headers = headers;
                Target::Url(url)
            }
            Place::Command { command, args, env, cwd } => {
                let mut command = Command::new(command).args(args);
                for (name, value) in env {
                    command = command.env(name, value);
                }
                if let Some(cwd) = cwd {
                    command = command.current_dir(cwd);
                }
                Target::Command(command)
            }
            Place::Server { server: true } => {
                let session = server.ok_or_else(|| {
                    BridgeError::new(
                        Code::InvalidArgument,
                        "the target {\"server\": true} needs a server session",
                    )
                })?;
                Target::Server(session.server_behind()?)
            }
            Place::Server { server: false } => {
                return Err(BridgeError::new(Code::InvalidArgument, "the target names nothing"));
            }
        };
        let mut builder = Client::builder(target);
        for (name, value) in &request_headers {
            builder = builder.header(name, value);
        }
        if let Some(info) = &self.info {
            builder = builder.info(&info.name, &info.version);
        }
        match self.revision.as_deref() {
            None | Some("auto") => {}
            Some(pin) => {
                let revision = Revision::parse(pin).ok_or_else(|| {
                    BridgeError::new(
                        Code::InvalidArgument,
                        format!("there is no protocol revision {pin:?} here"),
                    )
                })?;
                builder = builder.revision(revision);
            }
        }
        if let Some(timeout) = self.timeout_ms {
            builder = builder.timeout(Duration::from_millis(timeout));
        }
        if let Some(respawn) = self.respawn {
            builder = builder.respawn(respawn);
        }
        if self.inputs.contains(&Input::Form) {
            builder = builder.on_elicit(HostInput { queue: queue.clone(), calls: calls.clone() });
        }
        Ok(builder.log(log_sink(queue)))
    }
}

impl Backend for ClientBackend {
    fn request(&self, scope: Scope, name: &str, params: Bytes, options: Bytes) -> Result<Work, BridgeError> {
        let connected = self.connected.clone();
        let options: Options = parse(&options, "options")?;
        match name {
            "call_tool" => {
                let params: CallTool = parse(&params, "params")?;
                Ok(Box::pin(async move { call_tool(&wait(connected).await?, params, options, scope).await }))
            }
            "list_tools" => Ok(Box::pin(async move {
                let tools = wait(connected).await?.list_tools().await?;
                let list = ToolList { tools: tools.iter().map(|tool| &*tool.raw).collect() };
                Ok(serde_json::to_vec(&list).map_err(internal)?.into())
            })),
            "server_info" => Ok(Box::pin(async move { Ok(server_info(&wait(connected).await?)) })),
            _ => Err(BridgeError::new(
                Code::InvalidArgument,
                format!("a client has no operation named {name}"),
            )),
        }
    }

    fn close(&self, deadline: Duration) -> BoxFuture<'static, ()> {
        let client = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        Box::pin(async move {
            if let Some(client) = client {
                // Whatever does not end in time is ended when the last handle is dropped.
                let _ = tokio::time::timeout(deadline, client.close()).await;
            }
        })
    }
}

/// Waits for the connection.
async fn wait(mut connected: Connected) -> Result<Client, BridgeError> {
    let closed = || BridgeError::new(Code::Closed, "the connection was given up");
    let outcome = connected.wait_for(Option::is_some).await.map_err(|_| closed())?;
    outcome.clone().ok_or_else(closed)?
}

async fn call_tool(
    client: &Client,
    params: CallTool,
    options: Options,
    scope: Scope,
) -> Result<Bytes, BridgeError> {
    let mut call = client.call(&params.name, &params.arguments);
    if let Some(timeout) = options.timeout_ms {
        call = call.timeout(Duration::from_millis(timeout));
    }
    if options.progress {
        let Scope { key, queue, .. } = scope;
        call = call.on_progress(move |progress: Progress| {
            queue.push(Kind::Progress, 0, key, progress_body(&progress));
        });
    }
    if options.raw {
        call = call.raw();
    }
    let result = call.await?;
    let data = result.data_json();
    let done = CallDone { data: data.as_deref(), result: result.raw() };
    Ok(serde_json::to_vec(&done).map_err(internal)?.into())
}

#[derive(Serialize)]
struct ProgressBody<'a> {
    progress: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

fn progress_body(progress: &Progress) -> Bytes {
    let body = ProgressBody {
        progress: progress.progress,
        total: progress.total,
        message: progress.message.as_deref(),
    };
    serde_json::to_vec(&body).expect("finite numbers and strings always serialize").into()
}

#[derive(Serialize)]
struct InfoBody<'a> {
    revision: &'a str,
    info: Option<&'a RawValue>,
    capabilities: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<&'a str>,
}

fn server_info(client: &Client) -> Bytes {
    let info = client.server_info();
    let body = InfoBody {
        revision: info.revision.as_str(),
        info: info.info.as_deref(),
        capabilities: &info.capabilities,
        instructions: info.instructions.as_deref(),
    };
    serde_json::to_vec(&body).expect("strings and JSON always serialize").into()
}

fn internal(error: serde_json::Error) -> BridgeError {
    BridgeError::new(Code::Internal, format!("a result could not be written: {error}"))
}

/// A host that answers questions for its user.
struct HostInput {
    queue: Arc<Queue>,
    calls: Arc<CallTable>,
}

/// A question is not a call: it has no progress and asks nothing.
struct InputContext;

impl CallContext for InputContext {
    fn info(&self) -> Bytes {
        Bytes::from_static(b"{}")
    }

    fn progress(&self, _progress: f64, _total: Option<f64>, _message: Option<String>) {}

    fn ask(&self, _question: Bytes) -> Result<Work, BridgeError> {
        Err(BridgeError::new(Code::InvalidState, "a question cannot ask"))
    }
}

impl ElicitHandler for HostInput {
    fn elicit(&self, request: ElicitRequest) -> BoxFuture<'static, Result<ElicitAnswer, Error>> {
        let (pending, answered) = self.calls.begin(Arc::new(InputContext));
        let body = InputBody { kind: "form", message: &request.message, schema: &request.schema };
        let body = serde_json::to_vec(&body).expect("strings and JSON always serialize");
        self.queue.push(Kind::Input, 0, pending.id, body.into());
        Box::pin(async move {
            let answer = answered.await;
            drop(pending);
            match answer {
                Ok(Answer::Value(json) | Answer::Whole(json)) => ElicitAnswer::from_json(&json),
                Ok(Answer::ToolError(detail) | Answer::Refused { detail, .. }) => Err(Error::new(
                    ErrorKind::Internal,
                    format!("the handler for questions failed: {detail}"),
                )),
                Err(_) => Err(Error::new(ErrorKind::Closed, "the client is going away")),
            }
        })
    }
}
