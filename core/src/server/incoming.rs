//! One request on its way in, with everything that it says about itself, and the way back to who sent it.
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use dovetail_protocol::jsonrpc::ToolCall;
use dovetail_protocol::meta::{ClientCapabilities, RequestMeta};
use dovetail_protocol::types::{CallParams, Level};
use dovetail_protocol::{
    Error, ErrorKind, Id, Limits, Message, RawValue, Request, Revision, jsonrpc, methods,
};
use futures_util::future::BoxFuture;

/// What a notification is, for a peer that reads slowly.
#[derive(Copy, Clone, Debug)]
pub(crate) enum Urgency<'a> {
    /// Progress of this request: only the newest counts.
    Progress,
    /// News of one kind for this request: one is enough.
    News(&'static str),
    /// News about one resource: one is enough.
    Resource(&'a str),
    /// Anything that may be lost when too much waits.
    Lossy,
    /// Must arrive.
    Required,
}

/// The way back to whoever sent a request.
pub(crate) trait Outbound: Send + Sync {
    /// Sends a notification that belongs to the request.
    fn notify(&self, urgency: Urgency<'_>, frame: Bytes);

    /// Sends a request to the client and waits for its result; only on revisions that have server requests.
    fn request(
        &self,
        method: &'static str,
        params: Box<RawValue>,
    ) -> BoxFuture<'static, Result<Box<RawValue>, Error>>;

    /// Ends the connection, but not the stream, where that is possible.
    fn detach(&self, _retry: Option<Duration>) {}
}

/// What a client of an older revision has asked to be remembered: one per session or connection.
pub(crate) struct Memory {
    level: AtomicU8,
    subscribed: Mutex<HashSet<Box<str>>>,
}

/// What a session logs until its client says otherwise.
const FIRST_LEVEL: Level = Level::Info;

impl Default for Memory {
    fn default() -> Self {
        Self { level: AtomicU8::new(FIRST_LEVEL as u8), subscribed: Mutex::default() }
    }
}

impl Memory {
    fn lock(&self) -> MutexGuard<'_, HashSet<Box<str>>> {
        self.subscribed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What another instance remembered.
    pub(crate) fn restored(level: Level, subscribed: Vec<Box<str>>) -> Self {
        Self { level: AtomicU8::new(level as u8), subscribed: Mutex::new(subscribed.into_iter().collect()) }
    }

    /// From which level on log messages are sent.
    pub(crate) fn level(&self) -> Level {
        let level = self.level.load(Ordering::Relaxed);
        Level::ALL.into_iter().find(|known| *known as u8 == level).unwrap_or(FIRST_LEVEL)
    }

    pub(crate) fn set_level(&self, level: Level) {
        self.level.store(level as u8, Ordering::Relaxed);
    }

    /// Remembers a subscription to a resource.
    ///
    /// # Errors
    /// `limit_exceeded` beyond the limit `subscriptions`.
    pub(crate) fn subscribe(&self, uri: &str, limits: &Limits) -> Result<(), Error> {
        let mut subscribed = self.lock();
        if subscribed.len() >= limits.subscriptions && !subscribed.contains(uri) {
            let text =
                format!("{} resources are subscribed to (limit `subscriptions`)", limits.subscriptions);
            return Err(Error::new(ErrorKind::LimitExceeded, text));
        }
        subscribed.insert(uri.into());
        Ok(())
    }

    pub(crate) fn unsubscribe(&self, uri: &str) {
        self.lock().remove(uri);
    }

    pub(crate) fn is_subscribed(&self, uri: &str) -> bool {
        self.lock().contains(uri)
    }

    /// Everything subscribed to, to be told that news was missed.
    pub(crate) fn subscriptions(&self) -> Vec<Box<str>> {
        self.lock().iter().cloned().collect()
    }
}

/// What a session of an older revision knows about its client.
#[derive(Clone)]
pub(crate) struct LegacyClient {
    pub(crate) revision: Revision,
    pub(crate) info: Option<Bytes>,
    pub(crate) capabilities_raw: Option<Bytes>,
    pub(crate) capabilities: ClientCapabilities,
    pub(crate) memory: Arc<Memory>,
}

/// From which level on a request's log messages are sent.
#[derive(Clone)]
enum LogGate {
    Shut,
    From(Level),
    Session(Arc<Memory>),
}

/// A request with everything that it says about itself.
pub(crate) struct Incoming {
    pub(crate) id: Id,
    pub(crate) revision: Revision,
    pub(crate) method: Cow<'static, str>,
    /// The message that it came in.
    frame: Bytes,
    /// All parameters; empty when there are none, and for a call that was read in one pass.
    params: Bytes,
    /// The tool or prompt, or the URI of the resource.
    pub(crate) name: Option<Box<str>>,
    pub(crate) arguments: Option<Bytes>,
    pub(crate) input_responses: Option<Bytes>,
    pub(crate) request_state: Option<Box<str>>,
    meta: Option<Bytes>,
    pub(crate) client_info: Option<Bytes>,
    pub(crate) client_capabilities: Option<Bytes>,
    pub(crate) capabilities: ClientCapabilities,
    pub(crate) progress_token: Option<Id>,
    pub(crate) principal: Option<Arc<str>>,
    /// What the session remembers; none on revisions without sessions.
    pub(crate) memory: Option<Arc<Memory>>,
    pub(crate) outbound: Arc<dyn Outbound>,
    log: LogGate,
}

/// The parameters of a request, read once.
pub(crate) enum Params<'a> {
    Call(CallParams<'a>),
    Other(RequestMeta<'a>),
}

impl<'a> Params<'a> {
    /// A plain call of a tool, read in one pass.
    pub(crate) fn of_call(call: ToolCall<'a>) -> (Request<'a>, Self) {
        let request = Request { id: call.id, method: Cow::Borrowed(methods::TOOLS_CALL), params: None };
        (request, Self::Call(call.params))
    }

    pub(crate) fn read(method: &str, params: Option<&'a RawValue>) -> Result<Self, Error> {
        Ok(match method {
            methods::TOOLS_CALL | methods::PROMPTS_GET => Self::Call(CallParams::parse(params)?),
            methods::RESOURCES_READ => Self::Call(CallParams::parse_read(params)?),
            _ => Self::Other(RequestMeta::of_params(params)?),
        })
    }

    pub(crate) fn meta(&self) -> &RequestMeta<'a> {
        match self {
            Self::Call(call) => &call.meta,
            Self::Other(meta) => meta,
        }
    }
}

/// Whoever sends a request, as far as the request does not say it.
pub(crate) struct Sender {
    pub(crate) principal: Option<Arc<str>>,
    pub(crate) outbound: Arc<dyn Outbound>,
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
        sender: Sender,
    ) -> Result<Box<Self>, Error> {
        let meta = params.meta();
        let version = meta.protocol_version.as_deref().unwrap_or_default();
        let revision = Revision::parse(version)
            .filter(|revision| revision.is_modern())
            .ok_or_else(|| dovetail_protocol::error::unsupported_version(version))?;
        let (_, capabilities) = meta.require_modern()?;
        let parsed = ClientCapabilities::parse(capabilities)?;
        let log = match meta.log_level.as_deref().and_then(Level::parse) {
            Some(level) => LogGate::From(level),
            None => LogGate::Shut,
        };
        let mut incoming = Self::bare(frame, request, sender, revision, log);
        incoming.capabilities = parsed;
        incoming.client_capabilities = Some(slice(frame, capabilities));
        incoming.client_info = meta.client_info.map(|info| slice(frame, info));
        incoming.take(frame, params);
        Ok(incoming)
    }

    /// A request within a session.
    pub(crate) fn legacy(
        frame: &Bytes,
        request: Request<'_>,
        params: Params<'_>,
        sender: Sender,
        client: &LegacyClient,
    ) -> Box<Self> {
        let log = LogGate::Session(client.memory.clone());
        let mut incoming = Self::bare(frame, request, sender, client.revision, log);
        incoming.capabilities = client.capabilities;
        incoming.client_capabilities = client.capabilities_raw.clone();
        incoming.client_info = client.info.clone();
        incoming.memory = Some(client.memory.clone());
        incoming.take(frame, params);
        incoming
    }

    /// Boxed: it is handed through every step of a call.
    fn bare(
        frame: &Bytes,
        request: Request<'_>,
        sender: Sender,
        revision: Revision,
        log: LogGate,
    ) -> Box<Self> {
        Box::new(Self {
            id: request.id,
            revision,
            method: method_name(&request.method),
            frame: frame.clone(),
            params: request.params.map(|params| slice(frame, params)).unwrap_or_default(),
            name: None,
            arguments: None,
            input_responses: None,
            request_state: None,
            meta: None,
            client_info: None,
            client_capabilities: None,
            capabilities: ClientCapabilities::default(),
            progress_token: None,
            principal: sender.principal,
            memory: None,
            outbound: sender.outbound,
            log,
        })
    }

    fn take(&mut self, frame: &Bytes, params: Params<'_>) {
        let meta = match params {
            Params::Call(call) => {
                self.name = Some(Box::from(&*call.name));
                self.arguments = call.arguments.map(|raw| slice(frame, raw));
                self.input_responses = call.input_responses.map(|raw| slice(frame, raw));
                self.request_state = call.request_state.map(|state| Box::from(&*state));
                call.meta
            }
            Params::Other(meta) => meta,
        };
        self.meta = meta.raw.map(|raw| slice(frame, raw));
        self.progress_token = meta.progress_token;
    }

    /// The same request with other parameters, as a layer made them. Revision, identity and capabilities stay, and so
    /// do metadata and the answers of earlier rounds when the parameters have no members for them.
    ///
    /// # Errors
    /// `invalid_params` when they are not the parameters of this method.
    pub(crate) fn with_params(
        mut self: Box<Self>,
        method: Arc<str>,
        params: Bytes,
    ) -> Result<Box<Self>, Error> {
        if *method == *self.method
            && params.as_ptr() == self.params.as_ptr()
            && params.len() == self.params.len()
        {
            return Ok(self);
        }
        let raw: Option<&RawValue> = if params.is_empty() { None } else { Some(parse(&params)?) };
        let read = Params::read(&method, raw)?;
        let kept = (self.meta.take(), self.progress_token.take());
        let rounds = (self.input_responses.take(), self.request_state.take());
        self.take(&params, read);
        if self.meta.is_none() {
            (self.meta, self.progress_token) = kept;
        }
        if self.input_responses.is_none() && self.request_state.is_none() && *method == *self.method {
            (self.input_responses, self.request_state) = rounds;
        }
        self.method = method_name(&method);
        self.params = params.clone();
        Ok(self)
    }

    /// All parameters; empty when there are none.
    pub(crate) fn params(&self) -> Bytes {
        match self.reread() {
            Some(params) => slice(&self.frame, params),
            None => self.params.clone(),
        }
    }

    /// The metadata object of the request.
    pub(crate) fn meta(&self) -> Option<&RawValue> {
        match self.reread() {
            Some(params) => RequestMeta::of_params(Some(params)).ok()?.raw,
            None => serde_json::from_slice(self.meta.as_ref()?).ok(),
        }
    }

    /// The parameters of a call that was read in one pass, which does not keep them: hardly anybody wants all of them.
    fn reread(&self) -> Option<&RawValue> {
        if !self.params.is_empty() || self.method != methods::TOOLS_CALL {
            return None;
        }
        // It was accepted once, under whatever limits.
        let mut limits = Limits::default();
        (limits.body, limits.depth) = (usize::MAX, usize::MAX);
        match jsonrpc::parse(&self.frame, &limits).ok()? {
            Message::Request(request) => request.params,
            Message::Notification(_) | Message::Response(_) => None,
        }
    }

    /// All parameters as raw JSON.
    ///
    /// # Errors
    /// None for parameters that came with a message; those of a layer may be no JSON.
    pub(crate) fn raw_params(&self) -> Result<Option<&RawValue>, Error> {
        if self.params.is_empty() { Ok(None) } else { parse(&self.params).map(Some) }
    }

    /// Whether the client wants log messages of this level.
    pub(crate) fn logs(&self, level: Level) -> bool {
        match &self.log {
            LogGate::Shut => false,
            LogGate::From(least) => level >= *least,
            LogGate::Session(memory) => level >= memory.level(),
        }
    }
}

/// The name of a method, without a copy when it is a known one.
fn method_name(method: &str) -> Cow<'static, str> {
    methods::known(method).map_or_else(|| Cow::Owned(method.to_owned()), Cow::Borrowed)
}

fn parse(json: &Bytes) -> Result<&RawValue, Error> {
    serde_json::from_slice(json).map_err(|_| Error::new(ErrorKind::InvalidParams, "params is not JSON"))
}

/// The bytes of a value within the frame that it was read from, without a copy.
pub(crate) fn slice(frame: &Bytes, raw: &RawValue) -> Bytes {
    frame.slice_ref(raw.get().as_bytes())
}

/// A name for an error text, bounded.
pub(crate) fn shorten(name: &str) -> Cow<'_, str> {
    const LONGEST: usize = 128;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &name[..end])),
        None => Cow::Borrowed(name),
    }
}
