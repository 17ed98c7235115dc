//! One request on its way in, and one call of a tool from its arguments to its outcome.
use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use dovetail_protocol::canonical::salient_digest;
use dovetail_protocol::meta::{CallParams, ClientCapabilities, RequestMeta};
use dovetail_protocol::revision::{encode_input_required, encode_result};
use dovetail_protocol::rounds::{self, Binding, Run};
use dovetail_protocol::{Error, ErrorKind, Feature, Id, RawValue, Request, Revision, methods, tools};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::context::missing;
use super::core::{Core, Registered};
use super::suspend::Ending;
use super::{Context, Failure, Output};
use crate::client::{Log, LogLevel};

/// How long a handler that unwinds by itself may take to do so after its question.
const UNWIND: Duration = Duration::from_secs(1);

/// Arguments above this size are validated off the runtime's thread.
const LARGE: usize = 64 * 1024;

/// The way back to whoever sent a request.
pub(crate) trait Outbound: Send + Sync {
    /// Sends a progress notification that belongs to the request; one that still waits is replaced.
    fn progress(&self, frame: Bytes);

    /// Sends a request to the client and waits for its result; only on revisions that have server requests.
    fn request(
        &self,
        method: &'static str,
        params: Box<RawValue>,
    ) -> BoxFuture<'static, Result<Box<RawValue>, Error>>;
}

/// A request with everything that it says about itself.
pub(crate) struct Incoming {
    pub(crate) id: Id,
    pub(crate) revision: Revision,
    pub(crate) method: Box<str>,
    /// The tool, for a call.
    pub(crate) name: Option<Box<str>>,
    pub(crate) arguments: Option<Bytes>,
    pub(crate) input_responses: Option<Bytes>,
    pub(crate) request_state: Option<Box<str>>,
    pub(crate) meta: Option<Bytes>,
    pub(crate) client_info: Option<Bytes>,
    pub(crate) client_capabilities: Option<Bytes>,
    pub(crate) capabilities: ClientCapabilities,
    pub(crate) progress_token: Option<Id>,
    pub(crate) principal: Option<Arc<str>>,
    pub(crate) outbound: Arc<dyn Outbound>,
}

/// The parameters of a request, read once.
pub(crate) enum Params<'a> {
    Call(CallParams<'a>),
    Other(RequestMeta<'a>),
}

impl<'a> Params<'a> {
    pub(crate) fn read(method: &str, params: Option<&'a RawValue>) -> Result<Self, Error> {
        if method == methods::TOOLS_CALL {
            return Ok(Self::Call(CallParams::parse(params)?));
        }
        Ok(Self::Other(RequestMeta::of_params(params)?))
    }

    pub(crate) fn meta(&self) -> &RequestMeta<'a> {
        match self {
            Self::Call(call) => &call.meta,
            Self::Other(meta) => meta,
        }
    }
}

/// What a session of an older revision knows about its client.
#[derive(Clone, Debug)]
pub(crate) struct LegacyClient {
    pub(crate) revision: Revision,
    pub(crate) info: Option<Bytes>,
    pub(crate) capabilities_raw: Option<Bytes>,
    pub(crate) capabilities: ClientCapabilities,
}

impl Incoming {
    /// A request that describes itself.
    ///
    /// # Errors
    /// `unsupported_protocol_version`, or `invalid_params` when required metadata is missing.
    pub(crate) fn modern(
        frame: &Bytes,
        request: Request<'_>,
        params: Params<'_>,
        outbound: Arc<dyn Outbound>,
    ) -> Result<Self, Error> {
        let meta = params.meta();
        let version = meta.protocol_version.as_deref().unwrap_or_default();
        let revision = Revision::parse(version)
            .filter(|revision| revision.is_modern())
            .ok_or_else(|| dovetail_protocol::error::unsupported_version(version))?;
        let (_, capabilities) = meta.require_modern()?;
        let parsed = ClientCapabilities::parse(capabilities)?;
        let capabilities_raw = Some(slice(frame, capabilities));
        let client_info = meta.client_info.map(|info| slice(frame, info));
        Ok(Self::build(frame, request, params, outbound, revision, parsed, capabilities_raw, client_info))
    }

    /// A request within a session.
    pub(crate) fn legacy(
        frame: &Bytes,
        request: Request<'_>,
        params: Params<'_>,
        outbound: Arc<dyn Outbound>,
        client: &LegacyClient,
    ) -> Self {
        Self::build(
            frame,
            request,
            params,
            outbound,
            client.revision,
            client.capabilities,
            client.capabilities_raw.clone(),
            client.info.clone(),
        )
    }

    #[allow(clippy::too_many_arguments, reason = "one private constructor for both eras")]
    fn build(
        frame: &Bytes,
        request: Request<'_>,
        params: Params<'_>,
        outbound: Arc<dyn Outbound>,
        revision: Revision,
        capabilities: ClientCapabilities,
        client_capabilities: Option<Bytes>,
        client_info: Option<Bytes>,
    ) -> Self {
        let (name, arguments, input_responses, request_state, meta) = match params {
            Params::Call(call) => (
                Some(Box::from(&*call.name)),
                call.arguments.map(|raw| slice(frame, raw)),
                call.input_responses.map(|raw| slice(frame, raw)),
                call.request_state.map(|state| Box::from(&*state)),
                call.meta,
            ),
            Params::Other(meta) => (None, None, None, None, meta),
        };
        Self {
            id: request.id,
            revision,
            method: match request.method {
                Cow::Borrowed(method) => method.into(),
                Cow::Owned(method) => method.into_boxed_str(),
            },
            name,
            arguments,
            input_responses,
            request_state,
            meta: meta.raw.map(|raw| slice(frame, raw)),
            client_info,
            client_capabilities,
            capabilities,
            progress_token: meta.progress_token,
            principal: None,
            outbound,
        }
    }
}

/// The bytes of a value within the frame that it was read from, without a copy.
pub(crate) fn slice(frame: &Bytes, raw: &RawValue) -> Bytes {
    frame.slice_ref(raw.get().as_bytes())
}

/// Runs a tool for a request and encodes the result object.
pub(crate) async fn call_tool(core: &Arc<Core>, incoming: Incoming) -> Result<Vec<u8>, Error> {
    let snapshot = core.snapshot();
    let name = incoming.name.as_deref().unwrap_or_default();
    let Some(tool) = snapshot.find(name) else {
        return Err(Error::new(ErrorKind::UnknownTool, format!("Unknown tool: {}", shorten(name))));
    };
    let lacking: Vec<_> =
        tool.spec().asks.iter().copied().filter(|kind| !incoming.capabilities.can(*kind)).collect();
    if !lacking.is_empty() {
        return Err(missing(&lacking));
    }
    let revision = incoming.revision;
    let arguments = incoming.arguments.clone().unwrap_or_else(|| Bytes::from_static(b"{}"));
    if let Some(fault) = validate(tool, &arguments).await {
        let result = tools::error_result(&format!("Invalid arguments: {fault}"));
        return Ok(encode_result(revision, &result, core.server_info(), None));
    }
    let run = if revision.has(Feature::InputRequired) { Some(start_run(core, &incoming)?) } else { None };
    let context = Context::new(incoming, run, snapshot.limits().clone());
    let running = drive(tool, &context, snapshot.log(), arguments);
    let outcome = match snapshot.deadline() {
        None => running.await,
        Some(deadline) => tokio::time::timeout(deadline, running).await.map_err(|_| {
            Error::new(
                ErrorKind::DeadlineExceeded,
                format!("the tool did not end within {} ms", deadline.as_millis()),
            )
        })?,
    };
    conclude(core, tool, &context, outcome)
}

async fn validate(tool: &Arc<Registered>, arguments: &Bytes) -> Option<String> {
    if arguments.len() <= LARGE {
        return tool.input().fault(arguments);
    }
    let (tool, arguments) = (tool.clone(), arguments.clone());
    match tokio::task::spawn_blocking(move || tool.input().fault(&arguments)).await {
        Ok(fault) => fault,
        Err(_) => Some("the arguments could not be checked".to_owned()),
    }
}

/// Runs the handler until it ends or its run is over. `None`: the run is over and the handler is gone.
async fn drive(
    tool: &Arc<Registered>,
    context: &Context,
    log: &Log,
    arguments: Bytes,
) -> Option<Result<Output, Failure>> {
    let handler = tool.handler();
    let mut running = AssertUnwindSafe(handler.call(context.clone(), arguments)).catch_unwind();
    let ended = tokio::select! {
        biased;
        ended = &mut running => Some(ended),
        () = context.running().suspension.over() => None,
    };
    let ended = match ended {
        Some(ended) => Some(ended),
        None if handler.unwinds() => tokio::time::timeout(UNWIND, running).await.ok(),
        None => None,
    };
    ended.map(|ended| {
        ended.unwrap_or_else(|_| {
            log.line(LogLevel::Error, &format!("the handler of tool {:?} panicked", tool.spec().name));
            Err(Failure::Tool("the tool failed unexpectedly".to_owned()))
        })
    })
}

/// The core decides the outcome: a run that is over ends as its question says, whatever the handler made of it.
fn conclude(
    core: &Arc<Core>,
    tool: &Arc<Registered>,
    context: &Context,
    outcome: Option<Result<Output, Failure>>,
) -> Result<Vec<u8>, Error> {
    let running = context.running();
    let revision = running.incoming.revision;
    if let Some(ending) = running.suspension.ending() {
        if matches!(outcome, Some(Ok(_))) {
            tool.warn_swallowed(core.snapshot().log());
        }
        return match ending {
            Ending::Refused(error) => Err(error),
            Ending::Asked => ask_client(core, context),
        };
    }
    let result = match outcome {
        Some(Ok(Output::Value(value))) => tools::value_result(revision, &value, tool.spec()),
        Some(Ok(Output::Whole(result))) => result.to_vec(),
        Some(Err(Failure::Tool(text))) => tools::error_result(&text),
        Some(Err(Failure::Protocol(error))) => return Err(error),
        None => return Err(Error::new(ErrorKind::Internal, "the handler ended without an outcome")),
    };
    Ok(encode_result(revision, &result, core.server_info(), None))
}

fn start_run(core: &Arc<Core>, incoming: &Incoming) -> Result<Run, Error> {
    let responses: Option<&RawValue> =
        match &incoming.input_responses {
            None => None,
            Some(raw) => Some(serde_json::from_slice(raw).map_err(|_| {
                Error::new(ErrorKind::InvalidParams, "params.inputResponses must be an object")
            })?),
        };
    let state = match &incoming.request_state {
        None => None,
        Some(token) => {
            let digest = salient(incoming)?;
            let snapshot = core.snapshot();
            Some(rounds::unseal(
                token,
                &binding(core, incoming, digest),
                snapshot.keys(),
                now(),
                snapshot.limits(),
            )?)
        }
    };
    Run::start(state, responses)
}

fn ask_client(core: &Arc<Core>, context: &Context) -> Result<Vec<u8>, Error> {
    let running = context.running();
    let incoming = &running.incoming;
    let run =
        running.run.as_ref().ok_or_else(|| Error::new(ErrorKind::Internal, "no rounds in this revision"))?;
    let (requests, state) = run
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .input_required()
        .ok_or_else(|| Error::new(ErrorKind::Internal, "the run is over without a question"))?;
    let snapshot = core.snapshot();
    let ttl = snapshot.limits().state_ttl.as_secs();
    let binding = binding(core, incoming, salient(incoming)?);
    let sealed =
        rounds::seal(&state, &binding, snapshot.keys(), core.nonce()?, now(), ttl, snapshot.limits())?;
    encode_input_required(incoming.revision, Some(&requests), Some(&sealed), core.server_info())
}

fn salient(incoming: &Incoming) -> Result<[u8; 32], Error> {
    let arguments: Option<&RawValue> =
        incoming.arguments.as_ref().and_then(|arguments| serde_json::from_slice(arguments).ok());
    salient_digest(incoming.name.as_deref().unwrap_or_default(), arguments)
}

fn binding<'a>(core: &'a Core, incoming: &'a Incoming, params_digest: [u8; 32]) -> Binding<'a> {
    Binding {
        principal: incoming.principal.as_deref(),
        method: &incoming.method,
        params_digest,
        audience: core.audience(),
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A name for an error text, bounded.
pub(crate) fn shorten(name: &str) -> Cow<'_, str> {
    const LONGEST: usize = 128;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &name[..end])),
        None => Cow::Borrowed(name),
    }
}
