//! What a client of the shared cases is connected to, and how.
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use dovetail::{
    Call, Client, Command, ElicitAnswer, ElicitRequest, Error, ErrorKind, Group, PromptResult, ReadResult,
    Revision, Target,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::fixture::{self, ServerOptions};
use crate::layers::{self, Journal};

/// The target of a connection.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Place {
    Url(String),
    Command(Vec<String>),
    Server(ServerOptions),
    /// Members in the order of the object.
    Group(Map<String, Value>),
}

/// The options of a connection.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct Options {
    revision: Option<String>,
    timeout_ms: Option<u64>,
    max_total_ms: Option<u64>,
    reset_on_progress: Option<bool>,
    cache: Option<bool>,
    respawn: Option<bool>,
    headers: HashMap<String, String>,
    layers: bool,
    answers: Option<HashMap<String, Value>>,
}

/// One client, or several as one.
#[derive(Clone)]
pub(crate) enum Open {
    One(Client, Journal),
    Many(Arc<Group>),
}

/// Connects to a target.
pub(crate) fn connect(place: Place, options: Options) -> BoxFuture<'static, Result<Open, Error>> {
    async move {
        let target: Target = match place {
            Place::Url(url) => url.into(),
            Place::Command(argv) => {
                let (program, arguments) = argv.split_first().ok_or_else(|| wrong("an empty command"))?;
                Command::new(program).args(arguments.iter().cloned()).into()
            }
            Place::Server(options) => fixture::server(&options)?.into(),
            Place::Group(members) => {
                let mut group = Group::new();
                for (name, place) in members {
                    let place = serde_json::from_value(place).map_err(|error| wrong(&error.to_string()))?;
                    let client = connect(place, options.clone()).await?;
                    group = group.add(name, client.one()?.clone())?;
                }
                return Ok(Open::Many(Arc::new(group)));
            }
        };
        let journal = Journal::default();
        let client = builder(target, options, &journal)?.connect().await?;
        Ok(Open::One(client, journal))
    }
    .boxed()
}

fn builder(target: Target, options: Options, journal: &Journal) -> Result<dovetail::ClientBuilder, Error> {
    let mut builder = Client::builder(target).info("cases", "1.0.0");
    if let Some(revision) = options.revision {
        let known = Revision::parse(&revision).ok_or_else(|| wrong("there is no such revision"))?;
        builder = builder.revision(known);
    }
    if let Some(timeout) = options.timeout_ms {
        builder = builder.timeout(Duration::from_millis(timeout));
    }
    if let Some(total) = options.max_total_ms {
        builder = builder.max_total(Duration::from_millis(total));
    }
    if let Some(reset) = options.reset_on_progress {
        builder = builder.reset_on_progress(reset);
    }
    if let Some(cache) = options.cache {
        builder = builder.cache(cache);
    }
    if let Some(respawn) = options.respawn {
        builder = builder.respawn(respawn);
    }
    for (name, value) in options.headers {
        builder = builder.header(name, value);
    }
    if options.layers {
        let [outer, inner] = layers::both(journal);
        builder = builder.layer(outer).layer(inner);
    }
    if let Some(answers) = options.answers {
        builder = builder.on_elicit(move |question: ElicitRequest| {
            println!("{}", json!({"event": "question", "message": question.message}));
            let answer = answers.get(&question.message).map_or_else(
                || Ok(ElicitAnswer::decline()),
                |answer| ElicitAnswer::from_json(answer.to_string().as_bytes()),
            );
            async move { answer }
        });
    }
    Ok(builder)
}

fn wrong(detail: &str) -> Error {
    Error::new(ErrorKind::InvalidConfig, detail)
}

fn names<T>(all: Result<Vec<T>, Error>, name: impl Fn(T) -> String) -> Result<Value, Error> {
    Ok(json!(all?.into_iter().map(name).collect::<Vec<_>>()))
}

impl Open {
    /// The only client.
    pub(crate) fn one(&self) -> Result<&Client, Error> {
        match self {
            Self::One(client, _) => Ok(client),
            Self::Many(_) => Err(wrong("a group cannot do that")),
        }
    }

    pub(crate) fn info(&self) -> Value {
        match self {
            Self::One(client, _) => {
                json!({"revision": client.revision().as_str(), "name": client.server_info().name})
            }
            Self::Many(_) => json!({"revision": null, "name": "group"}),
        }
    }

    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Result<Call, Error> {
        let arguments = if arguments.is_null() { json!({}) } else { arguments };
        match self {
            Self::One(client, _) => Ok(client.call(tool, arguments)),
            Self::Many(group) => group.call(tool, arguments).await,
        }
    }

    pub(crate) async fn list(&self, what: &str) -> Result<Value, Error> {
        match (self, what) {
            (Self::One(client, _), "tools") => names(client.list_tools().await, |one| one.name),
            (Self::One(client, _), "prompts") => names(client.list_prompts().await, |one| one.name),
            (Self::One(client, _), "resources") => names(client.list_resources().await, |one| one.uri),
            (Self::One(client, _), "resource_templates") => {
                names(client.list_resource_templates().await, |one| one.uri_template)
            }
            (Self::Many(group), "tools") => names(group.list_tools().await, |one| one.name),
            (Self::Many(group), "prompts") => names(group.list_prompts().await, |one| one.name),
            (Self::Many(group), "resources") => names(group.list_resources().await, |one| one.name),
            (Self::Many(group), "resource_templates") => {
                names(group.list_resource_templates().await, |one| one.name)
            }
            _ => Err(wrong(&format!("there is no list of {what}"))),
        }
    }

    pub(crate) async fn read(&self, uri: String) -> Result<ReadResult, Error> {
        match self {
            Self::One(client, _) => client.read_resource(uri).await,
            Self::Many(group) => group.read_resource(&uri).await?.await,
        }
    }

    pub(crate) async fn prompt(&self, name: &str, arguments: Value) -> Result<PromptResult, Error> {
        match self {
            Self::One(client, _) => client.get_prompt(name, arguments).await,
            Self::Many(group) => group.get_prompt(name, arguments).await?.await,
        }
    }

    pub(crate) fn journal(&self) -> Vec<String> {
        match self {
            Self::One(_, journal) => journal.take(),
            Self::Many(_) => Vec::new(),
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::One(client, _) => client.close().await,
            Self::Many(group) => group.close().await,
        }
    }
}
