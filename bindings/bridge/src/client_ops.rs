//! The operations of a client, by their contract names.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dovetail::client::Change;
use dovetail::{Filter, Level, Listening, Progress, Reference};
use futures_util::StreamExt;
use futures_util::future::try_join_all;
use futures_util::stream::{select_all, unfold};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::backend::Work;
use crate::peer::{Connected, Peer, wait};
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
    /// A member of a group.
    #[serde(default)]
    server: Option<String>,
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
    uris: Vec<&'a String>,
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
    let server = options.server.clone();
    let peer = async move { wait(connected, server.as_deref()).await };
    Ok(match name {
        "call_tool" => {
            let params: Named = parse(params, "params")?;
            Box::pin(async move { call_tool(&peer.await?, params, &options, &scope).await })
        }
        "server_info" => Box::pin(async move { peer.await?.info() }),
        "list_tools" => Box::pin(async move { peer.await?.list_tools().await }),
        "list_resources" => Box::pin(async move { peer.await?.list_resources().await }),
        "list_resource_templates" => Box::pin(async move { peer.await?.list_resource_templates().await }),
        "list_prompts" => Box::pin(async move { peer.await?.list_prompts().await }),
        "read_resource" => {
            let At { uri } = parse(params, "params")?;
            Box::pin(async move {
                let client = peer.await?.resource(&uri).await?;
                let mut request = with_options!(client.read_resource(uri), options, scope);
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
                let (client, name) = peer.await?.prompt(params.name).await?;
                let request = client.get_prompt(name, arguments);
                Ok(bytes(with_options!(request, options, scope).await?.raw()))
            })
        }
        "complete" => {
            let params: Complete = parse(params, "params")?;
            let reference = params.reference.resolve()?;
            Box::pin(async move {
                let (client, reference) = peer.await?.reference(reference).await?;
                let mut request = client.complete(reference, params.argument, params.value);
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
                let request = peer.await?.only()?.request(method, params);
                let result = with_options!(request, options, scope).await?;
                Ok(bytes(&result))
            })
        }
        "subscribe" => {
            let At { uri } = parse(params, "params")?;
            Box::pin(async move {
                peer.await?.resource(&uri).await?.subscribe(uri).await?;
                Ok(nothing())
            })
        }
        "unsubscribe" => {
            let At { uri } = parse(params, "params")?;
            Box::pin(async move {
                peer.await?.resource(&uri).await?.unsubscribe(&uri).await?;
                Ok(nothing())
            })
        }
        "set_log_level" => {
            let SetLevel { level } = parse(params, "params")?;
            let level = level_of(&level)?;
            Box::pin(async move { peer.await?.set_log_level(level).await.map(|()| nothing()) })
        }
        "ping" => Box::pin(async move { peer.await?.ping().await.map(|()| nothing()) }),
        "listen" => {
            let filter: Listen = parse(params, "params")?;
            Box::pin(async move { listen(&peer.await?, filter, &scope.queue, scope.key).await })
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
    peer: &Peer,
    params: Named,
    options: &Options,
    scope: &Scope,
) -> Result<Bytes, BridgeError> {
    let (client, name) = peer.tool(params.name).await?;
    let call = client.call(name, params.arguments.as_deref().unwrap_or_else(|| empty()));
    let mut call = with_options!(call, options, scope);
    if options.raw {
        call = call.raw();
    }
    let result = call.await?;
    let data = result.data_json();
    json(&CallDone { data: data.as_deref(), result: result.raw() })
}

/// Listens to every server of the peer, and to each resource where it belongs.
async fn listen(peer: &Peer, filter: Listen, queue: &Arc<Queue>, key: u64) -> Result<Bytes, BridgeError> {
    let clients = peer.all();
    let mut uris = vec![Vec::new(); clients.len()];
    match peer {
        Peer::One(_) => uris[0] = filter.uris,
        Peer::Many(group) => {
            for uri in filter.uris {
                uris[group.place_of(&uri).await?].push(uri);
            }
        }
    }
    let filters = uris.into_iter().map(|uris| Filter {
        tools_list_changed: filter.tools,
        prompts_list_changed: filter.prompts,
        resources_list_changed: filter.resources,
        resource_subscriptions: uris,
    });
    // In a group, servers with nothing to listen to are left alone.
    let asked = clients.iter().zip(filters).filter(|(_, filter)| clients.len() == 1 || !filter.is_empty());
    let opening = asked.map(|(client, filter)| client.listen(filter));
    let listening = try_join_all(opening).await?;
    let granted = |what: fn(&Filter) -> bool| listening.iter().any(|one| what(one.granted()));
    let granted = GrantedBody {
        tools: granted(|filter| filter.tools_list_changed),
        prompts: granted(|filter| filter.prompts_list_changed),
        resources: granted(|filter| filter.resources_list_changed),
        uris: listening.iter().flat_map(|one| &one.granted().resource_subscriptions).collect(),
    };
    queue.push(Kind::Ready, 0, key, json(&granted)?);
    let mut changes = select_all(listening.into_iter().map(|listening| {
        let next = |mut listening: Listening| async move { Some((listening.next().await?, listening)) };
        Box::pin(unfold(listening, next))
    }));
    while let Some(change) = changes.next().await {
        let change = change?;
        let (kind, uri) = match &change {
            Change::ToolsListChanged => ("tools", None),
            Change::PromptsListChanged => ("prompts", None),
            Change::ResourcesListChanged => ("resources", None),
            Change::ResourceUpdated { uri } => ("resource", Some(&**uri)),
        };
        queue.push(Kind::Change, 0, key, json(&ChangeBody { kind, uri })?);
    }
    Ok(nothing())
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

/// `{}`, for operations that give nothing back.
fn nothing() -> Bytes {
    Bytes::from_static(b"{}")
}

fn bytes(raw: &RawValue) -> Bytes {
    Bytes::copy_from_slice(raw.get().as_bytes())
}

/// `{}`, for parameters that a host left out.
fn empty() -> &'static RawValue {
    serde_json::from_str("{}").expect("a constant")
}

/// What a host is given, as JSON.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<Bytes, BridgeError> {
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
