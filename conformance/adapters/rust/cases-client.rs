//! The client under test of the shared cases, over the public Rust API: obeys JSON lines on standard input and answers
//! on standard output; see `conformance/cases/README.md`.
#![allow(clippy::print_stdout, reason = "its standard output is what it says to the runner")]
#[path = "cases/fixture.rs"]
mod fixture;
#[path = "cases/layers.rs"]
mod layers;
#[path = "cases/open.rs"]
mod open;
#[path = "cases/stubborn.rs"]
mod stubborn;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dovetail::client::Change;
use dovetail::{Error, ErrorKind, Filter, Listening, Progress};
use open::{Open, Options, Place};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::task::AbortHandle;

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Act {
    Connect {
        target: Place,
        #[serde(default)]
        options: Options,
    },
    #[serde(rename_all = "camelCase")]
    Call {
        tool: String,
        #[serde(default)]
        arguments: Value,
        timeout_ms: Option<u64>,
        #[serde(default)]
        progress: bool,
        #[serde(default)]
        raw: bool,
    },
    List {
        what: String,
    },
    Read {
        uri: String,
    },
    Prompt {
        name: String,
        #[serde(default)]
        arguments: Value,
    },
    Listen {
        #[serde(default)]
        tools: bool,
        #[serde(default)]
        prompts: bool,
        #[serde(default)]
        resources: bool,
        #[serde(default)]
        uris: Vec<String>,
    },
    Next {
        of: u64,
    },
    Stop {
        of: u64,
    },
    Cancel {
        of: u64,
    },
    Journal,
    Ping,
    Close,
}

#[derive(Default)]
struct Program {
    clients: Mutex<HashMap<String, Open>>,
    streams: Mutex<HashMap<u64, Arc<tokio::sync::Mutex<Option<Listening>>>>>,
    running: Mutex<HashMap<u64, AbortHandle>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wrong(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidConfig, detail)
}

/// The error as the contract names it: the Rust kinds are finer in some places.
fn body(error: &Error) -> Value {
    let code = match error.kind {
        ErrorKind::InvalidConfig => "invalid_argument",
        ErrorKind::NotFoundSession => "closed",
        ErrorKind::ParseError => "malformed",
        ErrorKind::Remote => "rpc",
        kind => kind.name(),
    };
    json!({"name": code, "detail": error.detail})
}

impl Program {
    fn client(&self, name: &str) -> Result<Open, Error> {
        lock(&self.clients).get(name).cloned().ok_or_else(|| wrong(format!("no client {name:?}")))
    }

    fn stream(&self, of: u64) -> Result<Arc<tokio::sync::Mutex<Option<Listening>>>, Error> {
        lock(&self.streams).get(&of).cloned().ok_or_else(|| wrong(format!("no stream {of}")))
    }

    async fn act(&self, id: u64, name: String, act: Act) -> Result<Value, Error> {
        match act {
            Act::Connect { target, options } => {
                let open = open::connect(target, options).await?;
                let info = open.info();
                lock(&self.clients).insert(name, open);
                Ok(info)
            }
            Act::Call { tool, arguments, timeout_ms, progress, raw } => {
                let mut call = self.client(&name)?.call(&tool, arguments).await?;
                if let Some(timeout) = timeout_ms {
                    call = call.timeout(Duration::from_millis(timeout));
                }
                if progress {
                    call = call.on_progress(move |report: Progress| {
                        println!("{}", json!({"event": "progress", "of": id, "progress": report.progress}));
                    });
                }
                let result = if raw { call.raw().await? } else { call.await? };
                Ok(json!({"text": result.text(), "isError": result.is_error()}))
            }
            Act::List { what } => self.client(&name)?.list(&what).await,
            Act::Read { uri } => {
                let result = self.client(&name)?.read(uri).await?;
                Ok(json!(result.contents().first().and_then(|first| first.text.clone())))
            }
            Act::Prompt { name: prompt, arguments } => {
                let result = self.client(&name)?.prompt(&prompt, arguments).await?;
                Ok(json!(result.messages().first().and_then(|first| first.content.as_text())))
            }
            Act::Listen { tools, prompts, resources, uris } => {
                let filter = Filter {
                    tools_list_changed: tools,
                    prompts_list_changed: prompts,
                    resources_list_changed: resources,
                    resource_subscriptions: uris,
                };
                let listening = self.client(&name)?.one()?.listen(filter).await?;
                let granted = listening.granted();
                let granted = json!({
                    "tools": granted.tools_list_changed,
                    "prompts": granted.prompts_list_changed,
                    "resources": granted.resources_list_changed,
                    "uris": granted.resource_subscriptions,
                });
                lock(&self.streams).insert(id, Arc::new(tokio::sync::Mutex::new(Some(listening))));
                Ok(granted)
            }
            Act::Next { of } => {
                let stream = self.stream(of)?;
                let mut stream = stream.lock().await;
                let listening = stream.as_mut().ok_or_else(|| wrong("the stream is closed"))?;
                listening.next().await.transpose().map(|change| change.map_or(Value::Null, spoken))
            }
            Act::Stop { of } => {
                let listening = self.stream(of)?.lock().await.take();
                match listening {
                    Some(listening) => listening.close().await.map(|()| Value::Null),
                    None => Ok(Value::Null),
                }
            }
            Act::Cancel { of } => {
                if let Some(running) = lock(&self.running).get(&of) {
                    running.abort();
                }
                Ok(Value::Null)
            }
            Act::Journal => Ok(json!(self.client(&name)?.journal())),
            Act::Ping => self.client(&name)?.one()?.ping().await.map(|()| Value::Null),
            Act::Close => {
                self.client(&name)?.close().await;
                Ok(Value::Null)
            }
        }
    }

    /// Runs a command in a task of its own, so that it can be taken back.
    fn obey(self: &Arc<Self>, line: &str) {
        let command: Value = serde_json::from_str(line).unwrap_or_default();
        let id = command["id"].as_u64().unwrap_or_default();
        let name = command["client"].as_str().unwrap_or("main").to_owned();
        let mut act = command;
        if let Some(members) = act.as_object_mut() {
            members.remove("id");
            members.remove("client");
        }
        let program = self.clone();
        let running = tokio::spawn(async move {
            let act = serde_json::from_value(act).map_err(|error| wrong(error.to_string()))?;
            program.act(id, name, act).await
        });
        lock(&self.running).insert(id, running.abort_handle());
        let program = self.clone();
        tokio::spawn(async move {
            let ended = running.await;
            lock(&program.running).remove(&id);
            let answer = match ended {
                Ok(Ok(value)) => json!({"id": id, "ok": value}),
                Ok(Err(error)) => json!({"id": id, "error": body(&error)}),
                Err(ended) if ended.is_cancelled() => {
                    json!({"id": id, "error": {"name": "cancelled", "detail": "taken back"}})
                }
                Err(ended) => json!({"id": id, "error": {"name": "panic", "detail": ended.to_string()}}),
            };
            println!("{answer}");
        });
    }
}

fn spoken(change: Change) -> Value {
    match change {
        Change::ToolsListChanged => json!({"kind": "tools"}),
        Change::PromptsListChanged => json!({"kind": "prompts"}),
        Change::ResourcesListChanged => json!({"kind": "resources"}),
        Change::ResourceUpdated { uri } => json!({"kind": "resource", "uri": uri}),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let program = Arc::new(Program::default());
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        program.obey(&line);
    }
    let clients: Vec<Open> = lock(&program.clients).drain().map(|(_, client)| client).collect();
    for client in clients {
        client.close().await;
    }
    Ok(())
}
