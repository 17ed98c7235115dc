//! The three requests that run a handler which may ask: calling a tool, getting a prompt, reading a resource.
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use dovetail_protocol::revision::{adapt_result, encode_result};
use dovetail_protocol::rounds::QuestionKind;
use dovetail_protocol::types::{Contents, PromptMessage, prompt_body, read_body};
use dovetail_protocol::{Cache, Error, ErrorKind, RawValue, Revision, error, methods, tools};
use serde::Serialize;

use super::Output;
use super::core::Core;
use super::incoming::{Incoming, shorten};
use super::resource::Resource;
use super::run::{Habits, Shaped, Target, run};
use super::snapshot::{Cacheable, RegisteredTool, Snapshot};

/// Arguments above this size are validated off the runtime's thread.
const LARGE: usize = 64 * 1024;

/// Calls a tool.
pub(crate) async fn tool(
    core: &Arc<Core>,
    snapshot: &Arc<Snapshot>,
    incoming: Box<Incoming>,
) -> Result<Vec<u8>, Error> {
    let name = incoming.name.as_deref().unwrap_or_default();
    let Some(registered) = snapshot.tools.find(name) else {
        return Err(error::unknown_tool(&shorten(name)));
    };
    let spec = &registered.tool.spec;
    let arguments = incoming.arguments.clone().unwrap_or_else(|| Bytes::from_static(b"{}"));
    let lacks = spec.asks.iter().any(|kind| !incoming.capabilities.can(*kind));
    if !lacks && let Some(fault) = fault(registered, &arguments).await {
        let result = tools::error_result(&format!("Invalid arguments: {fault}"));
        return Ok(encode_result(incoming.revision, &result, core.server_info(), None));
    }
    let target = Target {
        what: "tool",
        name: &spec.name,
        handler: &*registered.tool.handler,
        asks: &spec.asks,
        habits: registered.habits,
        swallowed: &registered.swallowed,
    };
    run(core, snapshot, incoming, &target, arguments, |revision, ended| {
        Ok(match ended {
            Ok(Output::Value(value)) => Shaped::Value(tools::value_result(revision, &value, spec)),
            Ok(Output::Whole(result)) => Shaped::Other(tools::shape_result(revision, &result, spec), None),
            Ok(Output::Blob(_)) => return Err(wrong("a tool returns a value or a whole result")),
            Err(text) => Shaped::Other(tools::error_result(&text), None),
        })
    })
    .await
}

async fn fault(tool: &Arc<RegisteredTool>, arguments: &Bytes) -> Option<String> {
    if arguments.len() <= LARGE {
        return tool.input.fault(arguments);
    }
    let (tool, arguments) = (tool.clone(), arguments.clone());
    match tokio::task::spawn_blocking(move || tool.input.fault(&arguments)).await {
        Ok(fault) => fault,
        Err(_) => Some("the arguments could not be checked".to_owned()),
    }
}

/// Gets a prompt.
pub(crate) async fn prompt(
    core: &Arc<Core>,
    snapshot: &Arc<Snapshot>,
    incoming: Box<Incoming>,
) -> Result<Vec<u8>, Error> {
    let name = incoming.name.clone().unwrap_or_default();
    let Some(registered) = snapshot.prompts.find(&name) else {
        return Err(error::unknown_prompt(&shorten(&name)));
    };
    let prompt = &registered.prompt;
    let arguments = incoming.arguments.clone().unwrap_or_else(|| Bytes::from_static(b"{}"));
    let given: BTreeMap<String, String> = serde_json::from_slice(&arguments).map_err(|_| {
        Error::new(ErrorKind::InvalidParams, "params.arguments of a prompt must be an object of strings")
    })?;
    let mut required = prompt.spec.arguments.iter().filter(|argument| argument.required == Some(true));
    if let Some(missing) = required.find(|argument| !given.contains_key(&argument.name)) {
        let text = format!("prompt {:?} needs the argument {:?}", shorten(&name), missing.name);
        return Err(Error::new(ErrorKind::InvalidParams, text));
    }
    let target = Target {
        what: "prompt",
        name: &name,
        handler: &*prompt.handler,
        asks: &prompt.asks,
        habits: Habits { open_answers: prompt.open_answers, once: false },
        swallowed: &registered.swallowed,
    };
    run(core, snapshot, incoming, &target, arguments, |revision, ended| {
        let description = prompt.spec.description.as_deref();
        let body = match ended.map_err(|text| Error::new(ErrorKind::Internal, text))? {
            Output::Value(value) => prompt_body(description, &messages(&value)?),
            Output::Whole(result) => result.to_vec(),
            Output::Blob(_) => return Err(wrong("a prompt is made of messages")),
        };
        Ok(Shaped::Other(adapt_result(revision, methods::PROMPTS_GET, &body).into_owned(), None))
    })
    .await
}

/// The messages in what a prompt returned: a text, one message, or a list of them.
fn messages(value: &Bytes) -> Result<Vec<PromptMessage>, Error> {
    let one = |raw: &RawValue| -> Result<PromptMessage, Error> {
        let message = match serde_json::from_str::<String>(raw.get()) {
            Ok(text) => Ok(PromptMessage::user(text)),
            Err(_) => serde_json::from_str(raw.get()),
        };
        message.map_err(|_| wrong("a prompt returned something else than messages"))
    };
    if value.trim_ascii_start().first() == Some(&b'[') {
        let all: Vec<Box<RawValue>> =
            serde_json::from_slice(value).map_err(|_| wrong("a prompt returned no JSON"))?;
        return all.iter().map(|raw| one(raw)).collect();
    }
    let raw: Box<RawValue> = serde_json::from_slice(value).map_err(|_| wrong("a prompt returned no JSON"))?;
    Ok(vec![one(&raw)?])
}

#[derive(Serialize)]
struct ReadArguments<'a> {
    uri: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    variables: Option<BTreeMap<&'a str, String>>,
}

/// Reads a resource.
pub(crate) async fn resource(
    core: &Arc<Core>,
    snapshot: &Arc<Snapshot>,
    incoming: Box<Incoming>,
) -> Result<Vec<u8>, Error> {
    const NO_QUESTIONS: &[QuestionKind] = &[];
    let uri = incoming.name.clone().unwrap_or_default();
    let by_default = snapshot.cache(Cacheable::Reads);
    let (handler, mime_type, cache, swallowed, variables) = match snapshot.resources.find(&uri) {
        Some(found) => {
            let Resource { spec, handler, cache } = &found.resource;
            (&**handler, &spec.mime_type, cache.unwrap_or(by_default), &found.swallowed, None)
        }
        None => {
            let matching =
                snapshot.templates.shown().find_map(|found| Some((found, found.pattern.matches(&uri)?)));
            let Some((found, values)) = matching else { return Err(error::unknown_resource(&uri)) };
            let template = &found.template;
            let cache = template.cache.unwrap_or(by_default);
            (
                &*template.handler,
                &template.spec.mime_type,
                cache,
                &found.swallowed,
                Some(values.into_iter().collect()),
            )
        }
    };
    let arguments =
        serde_json::to_vec(&ReadArguments { uri: &uri, variables }).expect("strings always serialize");
    let target = Target {
        what: "resource",
        name: &uri,
        handler,
        asks: NO_QUESTIONS,
        habits: Habits::default(),
        swallowed,
    };
    run(core, snapshot, incoming, &target, arguments.into(), |revision, ended| {
        let output = ended.map_err(|text| Error::new(ErrorKind::Internal, text))?;
        let body = read(&uri, mime_type.as_deref(), output)?;
        Ok(finish(revision, &body, cache))
    })
    .await
    .map_err(|error| which(error, &uri))
}

/// A handler that knows no such resource refuses like the server itself: with the URI, from which a client tells it from
/// other invalid parameters.
fn which(error: Error, uri: &str) -> Error {
    match error.kind {
        ErrorKind::UnknownResource if error.data.is_none() => {
            Error { data: error::unknown_resource(uri).data, ..error }
        }
        _ => error,
    }
}

fn finish(revision: Revision, body: &[u8], cache: Cache) -> Shaped {
    Shaped::Other(adapt_result(revision, methods::RESOURCES_READ, body).into_owned(), Some(cache))
}

/// The body of a read from what a handler returned.
fn read(uri: &str, mime_type: Option<&str>, output: Output) -> Result<Vec<u8>, Error> {
    let typed = |contents: Contents| match mime_type {
        Some(mime_type) => contents.with_mime_type(mime_type),
        None => contents,
    };
    let value = match output {
        Output::Whole(result) => return Ok(result.to_vec()),
        Output::Blob(bytes) => return Ok(read_body(&[typed(Contents::blob(uri, &bytes))])),
        Output::Value(value) => value,
    };
    let wrong = |_| wrong("a resource returned something else than text or contents");
    Ok(match value.trim_ascii_start().first() {
        Some(b'"') => {
            let text: String = serde_json::from_slice(&value).map_err(wrong)?;
            read_body(&[typed(Contents::text(uri, text))])
        }
        Some(b'[') => read_body(&serde_json::from_slice::<Vec<Contents>>(&value).map_err(wrong)?),
        _ => read_body(&[serde_json::from_slice::<Contents>(&value).map_err(wrong)?]),
    })
}

fn wrong(text: &str) -> Error {
    Error::new(ErrorKind::Internal, text)
}
