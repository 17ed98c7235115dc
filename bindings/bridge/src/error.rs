//! The error that crosses the boundary: a code and a JSON body without secrets or payloads.
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Code;

/// A failed operation.
#[derive(Clone, Debug)]
pub struct BridgeError {
    /// What kind of failure.
    pub code: Code,
    /// What happened and what to do, one line.
    pub detail: String,
    /// The error object of the peer, when one came.
    pub rpc: Option<Rpc>,
    /// The HTTP status, when one came.
    pub http: Option<u16>,
    /// Facts by name, for logs.
    pub context: Vec<(String, String)>,
}

/// A JSON-RPC error object as it came from the peer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rpc {
    /// The wire code.
    pub code: i64,
    /// The peer's message.
    pub message: String,
    /// The peer's data, untouched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
}

#[derive(Serialize)]
struct Body<'a> {
    code: i32,
    name: &'static str,
    detail: &'a str,
    retry: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rpc: Option<&'a Rpc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<u16>,
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    context: std::collections::BTreeMap<&'a str, &'a str>,
}

impl BridgeError {
    /// An error with a code and one line of detail.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), rpc: None, http: None, context: Vec::new() }
    }

    /// Runs the body of an exported function: a panic in it is an error.
    ///
    /// # Errors
    /// Those of the body; `panic`.
    pub fn catch<T>(body: impl FnOnce() -> Result<T, Self>) -> Result<T, Self> {
        catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| Err(Self::panicked()))
    }

    pub(crate) fn panicked() -> Self {
        Self::new(Code::Panic, "an internal fault; please report it")
    }

    /// The same error about one of many calls.
    #[must_use]
    pub fn about_call(mut self, call: u64) -> Self {
        self.context.push(("call".to_owned(), call.to_string()));
        self
    }

    /// The JSON body `{code, name, detail, retry, rpc?, http?, context?}`.
    pub fn to_json(&self) -> Bytes {
        let body = Body {
            code: self.code as i32,
            name: self.code.name(),
            detail: &self.detail,
            retry: self.code.retry(),
            rpc: self.rpc.as_ref(),
            http: self.http,
            context: self.context.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        };
        serde_json::to_vec(&body).expect("strings and numbers always serialize").into()
    }
}

impl From<dovetail::Error> for BridgeError {
    fn from(error: dovetail::Error) -> Self {
        Self {
            code: code_of(error.kind),
            rpc: error.rpc.map(|rpc| Rpc { code: rpc.code, message: rpc.message, data: rpc.data }),
            http: error.http_status,
            context: error.context.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            detail: error.detail,
        }
    }
}

/// The boundary code of a core error. Without a wildcard, but for kinds of a newer core.
fn code_of(kind: dovetail::ErrorKind) -> Code {
    use dovetail::ErrorKind as K;
    match kind {
        K::ParseError | K::Malformed => Code::Malformed,
        K::InvalidRequest => Code::InvalidRequest,
        K::MethodNotFound => Code::MethodNotFound,
        K::InvalidParams => Code::InvalidParams,
        K::HeaderMismatch => Code::HeaderMismatch,
        K::MissingClientCapability => Code::MissingClientCapability,
        K::UnsupportedProtocolVersion => Code::UnsupportedProtocolVersion,
        K::UnknownTool => Code::UnknownTool,
        K::UnknownResource => Code::UnknownResource,
        K::UnknownPrompt => Code::UnknownPrompt,
        K::ToolError => Code::ToolError,
        K::Busy => Code::Busy,
        K::LimitExceeded => Code::LimitExceeded,
        K::DeadlineExceeded => Code::DeadlineExceeded,
        K::Cancelled => Code::Cancelled,
        K::Closed | K::NotFoundSession => Code::Closed,
        K::Suspended => Code::Suspended,
        K::StateExpired => Code::StateExpired,
        K::StateTampered | K::StateMismatch => Code::StateTampered,
        K::StateUnknownKey => Code::StateUnknownKey,
        K::Transport => Code::Transport,
        K::Http => Code::Http,
        K::ChildExited => Code::ChildExited,
        K::Negotiation => Code::Negotiation,
        K::Remote | K::UrlElicitationRequired => Code::Rpc,
        K::Forbidden => Code::Forbidden,
        K::Unauthorized => Code::Unauthorized,
        K::InvalidConfig => Code::InvalidArgument,
        K::Internal => Code::Internal,
        _ => Code::Internal,
    }
}

impl Code {
    /// The core's error for a host that refuses a request with this code. `rpc` is the error object that it came with
    /// from a peer, and passes on.
    pub(crate) fn to_core(self, detail: String, rpc: Option<Rpc>) -> dovetail::Error {
        let mut error = dovetail::Error::new(kind_of(self), detail);
        error.rpc = rpc.map(|Rpc { code, message, data }| dovetail::WireError { code, message, data });
        error
    }
}

/// The kind of a core error for a boundary code: the inverse of [`code_of`] where there is one.
fn kind_of(code: Code) -> dovetail::ErrorKind {
    use dovetail::ErrorKind as K;
    match code {
        Code::Malformed => K::Malformed,
        Code::InvalidRequest => K::InvalidRequest,
        Code::MethodNotFound => K::MethodNotFound,
        Code::InvalidParams => K::InvalidParams,
        Code::HeaderMismatch => K::HeaderMismatch,
        Code::MissingClientCapability | Code::Unanswerable => K::MissingClientCapability,
        Code::UnsupportedProtocolVersion => K::UnsupportedProtocolVersion,
        Code::UnknownTool => K::UnknownTool,
        Code::UnknownResource => K::UnknownResource,
        Code::UnknownPrompt => K::UnknownPrompt,
        Code::ToolError => K::ToolError,
        Code::Busy => K::Busy,
        Code::LimitExceeded => K::LimitExceeded,
        Code::DeadlineExceeded => K::DeadlineExceeded,
        Code::Cancelled => K::Cancelled,
        Code::Closed => K::Closed,
        Code::Suspended => K::Suspended,
        Code::StateExpired => K::StateExpired,
        Code::StateTampered => K::StateTampered,
        Code::StateUnknownKey => K::StateUnknownKey,
        Code::Transport => K::Transport,
        Code::Http => K::Http,
        Code::ChildExited => K::ChildExited,
        Code::Negotiation => K::Negotiation,
        Code::Rpc => K::Remote,
        Code::Forbidden => K::Forbidden,
        Code::Unauthorized => K::Unauthorized,
        Code::InvalidArgument => K::InvalidConfig,
        Code::InvalidState | Code::StaleCall | Code::WrongProcess | Code::Panic | Code::Internal => {
            K::Internal
        }
    }
}

impl std::fmt::Display for BridgeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.detail)
    }
}

impl std::error::Error for BridgeError {}
