//! The operations of a client, by their contract names.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dovetail::client::Change;
use dovetail::{Client, Filter, Level, Progress, Reference};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::backend::Work;
use crate::client::{Connected, wait};
use crate::queue::Queue;
use crate::session::{Scope, parse};
use crate::{BridgeError, Code, Kind};

/// Options of every operation.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    timeout_ms: Option<u64>,
    max_total_ms: Option<u64>,
    reset_on_progress: Option<bool>,
    #[serde(default)]
    progress: bool,
    #[serde(default)]
    raw: bool,
    #[serde(default)]
    fresh: bool,
    #[serde(default)]
    meta: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    #[serde(default)]
    arguments: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct At {
    uri: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    method: String,
    #[serde(default)]
    params: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetLevel {
    level: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Complete {
    #[serde(rename = "ref")]
    reference: Of,
    argument: String,
    value: String,
    #[serde(default)]
    context: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Of {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    uri: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Listen {
    tools: bool,
    prompts: bool,
    resources: bool,
    uris: Vec<String>,
}

#[derive(Serialize)]
struct CallDone<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    result: &'a RawValue,
}

#[derive(Serialize)]
struct CompletionBody<'a> {
    values: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    #[serde(rename = "hasMore", skip_serializing_if = "Option::is_none")]
    has_more: Option<bool>,
}

#[derive(Serialize)]
struct ProgressBody<'a> {
    progress: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

#[derive(Serialize)]
struct GrantedBody<'a> {
    tools: bool,
    prompts: bool,
    resources: bool,
    uris: &'a [String],
}

#[derive(Serialize)]
struct ChangeBody<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<&'a str>,
}

/// Sets the options that every kind of request has.
macro_rules! with_options {
    ($request:expr, $options:expr, $scope:expr) => {{
        let mut request = $request;
        if let Some(timeout) = $options.timeout_ms {
            request = request.timeout(Duration::from_millis(timeout));
        }
        if let Some(total) = $options.max_total_ms {
            request = request.max_total(Duration::from_millis(total));
        }
        if let Some(reset) = $options.reset_on_progress {
            request = request.reset_on_progress(reset);
        }
        if let Some(meta) = &$options.meta {
            request = request.meta(meta);
        }
        if $options.progress {
            let (key, queue) = ($scope.key, $scope.queue.clone());
            request = request.on_progress(move |progress: Progress| {
                queue.push(Kind::Progress, 0, key, progress_body(&progress));
            });
        }
        request
    }};
}

pub(crate) fn prepare(
    connected: Connected,
    scope: Scope,
    name: &str,
    params: &Bytes,
    options: &Bytes,
) -> Result<Work, BridgeError> {
    let options: Options = parse(options, "options")?;
    Ok(match name {
        "call_tool" => {
            let params: Named = parse(params, "params")?;
            Box::pin(async move { call_tool(&wait(connected).await?, &params, &options, &scope).await })
        }
        "server_info" => Box::pin(async move { Ok(crate::client::server_info(&wait(connected).await?)) }),
        "list_tools" => Box::pin(async move {
            let tools = wait(connected).await?.list_tools().await?;
            list("tools", tools.iter().map(|tool| &*tool.raw).collect::<Vec<_>>())
        }),
        "list_resources" => {
            Box::pin(async move { list("resources", wait(connected).await?.list_resources().await?) })
        }
        "list_resource_templates" => Box::pin(async move {
            list("resourceTemplates", wait(connected).await?.list_resource_templates().await?)
        }),
        "list_prompts" => {
            Box::pin(async move { list("prompts", wait(connected).await?.list_prompts().await?) })
        }
        "read_resource" => {
            let At { uri } = parse(params, "params")?;
            Box::pin(async move {
                let mut request = with_options!(wait(connected).await?.read_resource(uri), options, scope);
                if options.fresh {
                    request = request.fresh();
                }
                Ok(bytes(request.await?.raw()))
            })
        }
        "get_prompt" => {
            let params: Named = parse(params, "params")?;
            Box::pin(async move {
                let arguments = params.arguments.as_deref().unwrap_or_else(|| empty());
                let request = wait(connected).await?.get_prompt(params.name, arguments);
                Ok(bytes(with_options!(request, options, scope).await?.raw()))
            })
        }
        "complete" => {
            let params: Complete = parse(params, "params")?;
            let reference = params.reference.resolve()?;
            Box::pin(async move {
                let mut request = wait(connected).await?.complete(reference, params.argument, params.value);
                for (name, value) in params.context {
                    request = request.context(name, value);
                }
                let done = with_options!(request, options, scope).await?;
                json(&CompletionBody { values: &done.values, total: done.total, has_more: done.has_more })
            })
        }
        "raw" => {
            let Raw { method, params } = parse(params, "params")?;
            Box::pin(async move {
                let params = params.as_deref().unwrap_or_else(|| empty());
                let request = wait(connected).await?.request(method, params);
                let result = with_options!(request, options, scope).await?;
                Ok(bytes(&result))
            })
        }
        "subscribe" => {
            let At { uri } = parse(params, "params")?;
            Box::pin(async move { done(wait(connected).await?.subscribe(uri).await) })
        }
        "unsubscribe" => {
            let At { uri } = parse(params, "params")?;
            Box::pin(async move { done(wait(connected).await?.unsubscribe(&uri).await) })
        }
        "set_log_level" => {
            let SetLevel { level } = parse(params, "params")?;
            let level = level_of(&level)?;
            Box::pin(async move { done(wait(connected).await?.set_log_level(level).await) })
        }
        "ping" => Box::pin(async move { done(wait(connected).await?.ping().await) }),
        "listen" => {
            let filter: Listen = parse(params, "params")?;
            Box::pin(async move { listen(&wait(connected).await?, filter, &scope.queue, scope.key).await })
        }
        _ => {
            return Err(BridgeError::new(
                Code::InvalidArgument,
                format!("a client has no operation named {name}"),
            ));
        }
    })
}

async fn call_tool(
    client: &Client,
    params: &Named,
    options: &Options,
    scope: &Scope,
) -> Result<Bytes, BridgeError> {
    let call = client.call(&params.name, params.arguments.as_deref().unwrap_or_else(|| empty()));
    let mut call = with_options!(call, options, scope);
    if options.raw {
        call = call.raw();
    }
    let result = call.await?;
    let data = result.data_json();
    json(&CallDone { data: data.as_deref(), result: result.raw() })
}

async fn listen(client: &Client, filter: Listen, queue: &Arc<Queue>, key: u64) -> Result<Bytes, BridgeError> {
    let filter = Filter {
        tools_list_changed: filter.tools,
        prompts_list_changed: filter.prompts,
        resources_list_changed: filter.resources,
        resource_subscriptions: filter.uris,
    };
    let mut listening = client.listen(filter).await?;
    let granted = listening.granted();
    let granted = GrantedBody {
        tools: granted.tools_list_changed,
        prompts: granted.prompts_list_changed,
        resources: granted.resources_list_changed,
        uris: &granted.resource_subscriptions,
    };
    queue.push(Kind::Ready, 0, key, json(&granted)?);
    while let Some(change) = listening.next().await {
        let change = change?;
        let (kind, uri) = match &change {
            Change::ToolsListChanged => ("tools", None),
            Change::PromptsListChanged => ("prompts", None),
            Change::ResourcesListChanged => ("resources", None),
            Change::ResourceUpdated { uri } => ("resource", Some(&**uri)),
        };
        queue.push(Kind::Change, 0, key, json(&ChangeBody { kind, uri })?);
    }
    Ok(Bytes::from_static(b"{}"))
}

impl Of {
    fn resolve(self) -> Result<Reference, BridgeError> {
        match (self.kind.as_str(), self.name, self.uri) {
            ("ref/prompt", Some(name), _) => Ok(Reference::Prompt { name }),
            ("ref/resource", _, Some(uri)) => Ok(Reference::Resource { uri }),
            _ => Err(BridgeError::new(
                Code::InvalidArgument,
                "params.ref is {type: \"ref/prompt\", name} or {type: \"ref/resource\", uri}",
            )),
        }
    }
}

/// A log level by its name.
pub(crate) fn level_of(name: &str) -> Result<Level, BridgeError> {
    Level::parse(name)
        .ok_or_else(|| BridgeError::new(Code::InvalidArgument, format!("no log level {name:?}")))
}

fn list<T: Serialize>(member: &str, items: Vec<T>) -> Result<Bytes, BridgeError> {
    json(&BTreeMap::from([(member, items)]))
}

fn done(outcome: Result<(), dovetail::Error>) -> Result<Bytes, BridgeError> {
    outcome?;
    Ok(Bytes::from_static(b"{}"))
}

fn bytes(raw: &RawValue) -> Bytes {
    Bytes::copy_from_slice(raw.get().as_bytes())
}

/// `{}`, for parameters that a host left out.
fn empty() -> &'static RawValue {
    serde_json::from_str("{}").expect("a constant")
}

fn json<T: Serialize>(value: &T) -> Result<Bytes, BridgeError> {
    let written = serde_json::to_vec(value).map_err(|error| {
        BridgeError::new(Code::Internal, format!("a result could not be written: {error}"))
    })?;
    Ok(written.into())
}

fn progress_body(progress: &Progress) -> Bytes {
    let body = ProgressBody {
        progress: progress.progress,
        total: progress.total,
        message: progress.message.as_deref(),
    };
    serde_json::to_vec(&body).expect("finite numbers and strings always serialize").into()
}
