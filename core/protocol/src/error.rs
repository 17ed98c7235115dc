//! The one error table: name, wire code and HTTP status per era, retry class.
//!
//! Owns every error anyone can see on any surface. Must never carry secrets or payloads in `detail`.
//!
//! Codes -31000 to -31099 are ours: refusals the specification has no code for. They lie outside the JSON-RPC
//! reserved range, as "Error Codes" of the basic protocol asks.

use std::fmt;

use serde_json::value::RawValue;

use crate::jsonrpc::WireError;
use crate::raw::{members, push_string, text};
use crate::revision::Revision;

/// Whether trying again can help.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum Retry {
    /// The same request will fail again.
    Permanent,
    /// The same request may succeed a moment later.
    Temporary,
    /// It was temporary and has been retried as often as allowed.
    Persistent,
}

/// What became invalid params with the first modern revision.
const RESOURCE_NOT_FOUND: i64 = -32002;
const INVALID_PARAMS: i64 = -32602;

/// What is unknown, and the only member of `data` that says so where the code alone does not. The one for resources is
/// the specification's.
const UNKNOWN: [(&str, ErrorKind); 3] = [
    ("tool", ErrorKind::UnknownTool),
    ("prompt", ErrorKind::UnknownPrompt),
    ("uri", ErrorKind::UnknownResource),
];

macro_rules! table {
    ($($(#[$doc:meta])* $kind:ident $name:literal $code:literal $legacy:literal $modern:literal $retry:ident;)+) => {
        /// What went wrong. The row of each kind: snake_case name, wire code, HTTP status on session revisions and
        /// on modern ones, retry class.
        #[non_exhaustive]
        #[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
        pub enum ErrorKind { $($(#[$doc])* $kind,)+ }

        impl ErrorKind {
            /// Every kind, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// The stable snake_case name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// The code a peer sees. The revisions agree on all of them but one.
            pub const fn wire_code(self, rev: Revision) -> i64 {
                match self {
                    // Server features, "Resources", section "Error Handling" of the session revisions.
                    Self::UnknownResource if !rev.is_modern() => RESOURCE_NOT_FOUND,
                    $(Self::$kind => $code,)+
                }
            }

            /// The HTTP status of an answer that consists of this error alone.
            pub const fn http_status(self, rev: Revision) -> u16 {
                if rev.is_modern() {
                    match self { $(Self::$kind => $modern,)+ }
                } else {
                    match self { $(Self::$kind => $legacy,)+ }
                }
            }

            /// Whether trying again can help.
            pub const fn retry(self) -> Retry {
                match self { $(Self::$kind => Retry::$retry,)+ }
            }
        }
    };
}

table! {
    /// The bytes are not JSON. Do not retry.
    ParseError "parse_error" -32700 400 400 Permanent;
    /// JSON, but not a JSON-RPC 2.0 message of this protocol. Do not retry.
    InvalidRequest "invalid_request" -32600 400 400 Permanent;
    /// The receiver does not know the method, or not in this revision. Do not retry.
    MethodNotFound "method_not_found" -32601 200 404 Permanent;
    /// Parameters or request metadata are missing or of the wrong type. Do not retry.
    InvalidParams "invalid_params" -32602 200 400 Permanent;
    /// A fault on the answering side. Retrying is unlikely to help.
    Internal "internal" -32603 200 200 Permanent;
    /// A mirrored HTTP header is missing, malformed, or differs from the body. Do not retry.
    HeaderMismatch "header_mismatch" -32020 400 400 Permanent;
    /// The request needs a capability that the client did not declare. Do not retry.
    MissingClientCapability "missing_client_capability" -32021 400 400 Permanent;
    /// The requested revision is not supported; the error lists those that are.
    UnsupportedProtocolVersion "unsupported_protocol_version" -32022 400 400 Permanent;
    /// No tool has this name. Do not retry.
    UnknownTool "unknown_tool" -32602 200 200 Permanent;
    /// No resource and no template has this URI. Do not retry.
    UnknownResource "unknown_resource" -32602 200 200 Permanent;
    /// No prompt has this name. Do not retry.
    UnknownPrompt "unknown_prompt" -32602 200 200 Permanent;
    /// The user must visit the links in `data` first (2025-11-25). Retry afterwards.
    UrlElicitationRequired "url_elicitation_required" -32042 200 200 Permanent;
    /// The tool ran and reported a failure of its own (client side). Whether to retry is for the model to judge.
    ToolError "tool_error" -31041 200 200 Permanent;
    /// Too much is in flight already (limit `in_flight` or `queue`). Retry after a pause.
    Busy "busy" -31001 503 503 Temporary;
    /// A limit other than concurrency was hit; the detail names it. Do not retry.
    LimitExceeded "limit_exceeded" -31002 413 413 Permanent;
    /// No answer within the deadline. The work may have happened; retry if it is safe to repeat.
    DeadlineExceeded "deadline_exceeded" -31003 200 200 Temporary;
    /// The caller took the request back. Do not retry.
    Cancelled "cancelled" -31004 200 200 Permanent;
    /// The client, server or connection is closed or closing. Open a new one.
    Closed "closed" -31005 503 503 Permanent;
    /// This run of the handler has ended with a question; it will be run again with the answer. Never retry.
    Suspended "suspended" -31006 200 200 Permanent;
    /// The sealed state has outlived its time. Call again without it.
    StateExpired "state_expired" -31010 400 400 Permanent;
    /// The sealed state was altered, or belongs to another call, caller or server. Call again without it.
    StateTampered "state_tampered" -31011 400 400 Permanent;
    /// The sealed state names a key this server does not hold. Share the key ring among all instances.
    StateUnknownKey "state_unknown_key" -31012 400 400 Permanent;
    /// The sealed state is genuine, but of a format this build does not read. Call again without it.
    StateMismatch "state_mismatch" -31013 400 400 Permanent;
    /// The connection failed. Retry if it is safe to repeat.
    Transport "transport" -31020 502 502 Temporary;
    /// The server answered with an HTTP status that is not part of the protocol.
    Http "http" -31021 502 502 Permanent;
    /// The child process that was the server has ended. Open it again.
    ChildExited "child_exited" -31022 502 502 Permanent;
    /// The two sides have no protocol revision in common. Do not retry.
    Negotiation "negotiation" -31023 400 400 Permanent;
    /// The peer sent something that breaks the protocol. Do not retry.
    Malformed "malformed" -31024 502 502 Permanent;
    /// The peer answered with an error code that has no meaning here; see `rpc`.
    Remote "rpc" -31025 200 200 Permanent;
    /// Refused by origin, host or identity. Do not retry.
    Forbidden "forbidden" -31030 403 403 Permanent;
    /// The server asks for credentials (HTTP 401). Retry with them.
    Unauthorized "unauthorized" -31032 401 401 Permanent;
    /// The session is unknown or has ended. Open a new one.
    NotFoundSession "not_found_session" -31031 404 404 Permanent;
    /// The program configured or used the SDK in a way it cannot work. Fix the program.
    InvalidConfig "invalid_argument" -31040 200 200 Permanent;
}

impl ErrorKind {
    /// What an HTTP status means that comes without an answer of the protocol.
    pub const fn of_status(status: u16) -> Self {
        if status == 401 { Self::Unauthorized } else { Self::Http }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An error of any room, on its way to a peer or to the program.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{kind}: {detail}")]
pub struct Error {
    /// What went wrong.
    pub kind: ErrorKind,
    /// One sentence for people: what happened and what to do. No secrets, no payloads.
    pub detail: String,
    /// What the specification demands in `error.data`, or what the peer sent there.
    pub data: Option<Box<RawValue>>,
    /// Names and values that help to find the cause, such as a tool name or an exit status.
    pub context: Vec<(&'static str, String)>,
    /// The error as the peer sent it.
    pub rpc: Option<WireError>,
    /// The HTTP status the peer sent.
    pub http_status: Option<u16>,
}

impl Error {
    /// An error of ours.
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), data: None, context: Vec::new(), rpc: None, http_status: None }
    }

    /// A refusal of the program's own. Without a code it is an internal error.
    pub fn refused(code: Option<i64>, detail: impl Into<String>, data: Option<Box<RawValue>>) -> Self {
        let mut error = Self::new(ErrorKind::Internal, detail);
        error.rpc = code.map(|code| WireError { code, message: error.detail.clone(), data: data.clone() });
        error.data = data;
        error
    }

    /// Adds the `data` member.
    #[must_use]
    pub fn with_data(mut self, data: Box<RawValue>) -> Self {
        self.data = Some(data);
        self
    }

    /// Adds one name and value for whoever looks for the cause.
    #[must_use]
    pub fn with_context(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.context.push((name, value.into()));
        self
    }

    /// Adds the HTTP status the peer sent.
    #[must_use]
    pub fn with_http_status(mut self, status: u16) -> Self {
        self.http_status = Some(status);
        self
    }

    /// Whether trying again can help.
    pub fn retry(&self) -> Retry {
        match (self.kind, self.http_status) {
            (ErrorKind::Http, Some(408 | 425 | 429 | 500 | 502..=504)) => Retry::Temporary,
            (kind, _) => kind.retry(),
        }
    }

    /// The `error` member of a response on `rev`.
    pub fn to_wire(&self, rev: Revision) -> WireError {
        WireError { code: self.kind.wire_code(rev), message: self.detail.clone(), data: self.data.clone() }
    }

    /// An error the peer sent. The kind follows from the code; the original stays in `rpc`.
    pub fn from_wire(wire: WireError, rev: Revision) -> Self {
        let kind = match wire.code {
            // Some servers kept it in the modern revision.
            RESOURCE_NOT_FOUND => ErrorKind::UnknownResource,
            INVALID_PARAMS => unknown_of(wire.data.as_deref()).unwrap_or(ErrorKind::InvalidParams),
            code => ErrorKind::ALL
                .iter()
                .copied()
                .find(|kind| kind.wire_code(rev) == code)
                .unwrap_or(ErrorKind::Remote),
        };
        Self {
            kind,
            detail: wire.message.clone(),
            data: wire.data.clone(),
            context: Vec::new(),
            rpc: Some(wire),
            http_status: None,
        }
    }

    /// Whether an error code proves that the peer speaks a modern revision.
    ///
    /// Only the three codes that the modern specification defines do. Method not found and invalid params do not,
    /// although modern servers send them too: legacy servers commonly answer a probe with exactly these (stdio,
    /// "Backward Compatibility"), and no modern server may answer `server/discover` with either.
    pub fn is_modern_error(code: i64) -> bool {
        matches!(code, -32022..=-32020)
    }
}

/// The answer to a request in a revision we do not speak, with the list of those we do.
pub fn unsupported_version(requested: &str) -> Error {
    let mut data = br#"{"supported":["#.to_vec();
    for (at, rev) in Revision::ALL.iter().enumerate() {
        if at > 0 {
            data.push(b',');
        }
        push_string(&mut data, rev.as_str());
    }
    data.extend_from_slice(br#"],"requested":"#);
    push_string(&mut data, requested);
    data.push(b'}');
    Error::new(ErrorKind::UnsupportedProtocolVersion, "Unsupported protocol version")
        .with_data(raw_bytes(data))
}

/// The answer to a request that needs more than the client declared. `required` is a `ClientCapabilities` object
/// as JSON, for example `{"elicitation":{"form":{}}}`.
pub fn missing_capability(required: &[u8]) -> Error {
    let mut data = br#"{"requiredCapabilities":"#.to_vec();
    data.extend_from_slice(required);
    data.push(b'}');
    Error::new(
        ErrorKind::MissingClientCapability,
        "this request needs a client capability that was not declared",
    )
    .with_data(raw_bytes(data))
}

/// The answer to a call of a tool that does not exist. `data` names it, so that a client can tell this from other
/// invalid parameters.
pub fn unknown_tool(name: &str) -> Error {
    unknown(ErrorKind::UnknownTool, "Unknown tool", name)
}

/// The answer to a request for a prompt that does not exist, with its name in `data`.
pub fn unknown_prompt(name: &str) -> Error {
    unknown(ErrorKind::UnknownPrompt, "Unknown prompt", name)
}

/// The answer to a request for a resource that does not exist, with the URI the specification asks for in `data`.
pub fn unknown_resource(uri: &str) -> Error {
    unknown(ErrorKind::UnknownResource, "Resource not found", uri)
}

fn unknown(kind: ErrorKind, what: &str, name: &str) -> Error {
    let shown: String = name.chars().take(80).collect();
    naming(Error::new(kind, format!("{what}: {shown}")), name)
}

/// Adds the `data` by which a client tells that a tool, prompt or resource is unknown, to an error that a handler or
/// layer made by its kind alone. Other errors stay as they are.
pub fn naming(error: Error, name: &str) -> Error {
    let Some((member, _)) = UNKNOWN.iter().find(|(_, known)| *known == error.kind) else { return error };
    if error.data.is_some() || error.rpc.is_some() {
        return error;
    }
    let mut data = b"{".to_vec();
    push_string(&mut data, member);
    data.push(b':');
    push_string(&mut data, name);
    data.push(b'}');
    error.with_data(raw_bytes(data))
}

fn unknown_of(data: Option<&RawValue>) -> Option<ErrorKind> {
    let all = members(data?)?;
    let [(name, value)] = all.0.as_slice() else { return None };
    text(value)?;
    UNKNOWN.iter().find(|(member, _)| member == name).map(|(_, kind)| *kind)
}

/// The answer to a request that cannot go on before the user has visited links (2025-11-25). `elicitations` is a JSON
/// array of link questions, each with its `elicitationId`.
pub fn url_elicitation_required(elicitations: &[u8]) -> Error {
    let mut data = br#"{"elicitations":"#.to_vec();
    data.extend_from_slice(elicitations);
    data.push(b'}');
    Error::new(ErrorKind::UrlElicitationRequired, "the user must visit a link first")
        .with_data(raw_bytes(data))
}

fn raw_bytes(json: Vec<u8>) -> Box<RawValue> {
    crate::raw::owned(String::from_utf8(json).expect("JSON is UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_codes_stay_in_their_ranges() {
        let mut names: Vec<_> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorKind::ALL.len());
        for kind in ErrorKind::ALL {
            let code = kind.wire_code(Revision::LATEST);
            let standard = matches!(code, -32700 | -32603..=-32600 | -32042 | -32022..=-32020);
            assert!(standard || (-31099..=-31000).contains(&code), "{kind} {code}");
        }
    }

    #[test]
    fn our_own_codes_are_not_shared() {
        let own: Vec<_> =
            ErrorKind::ALL.iter().map(|k| k.wire_code(Revision::LATEST)).filter(|c| *c > -31100).collect();
        let mut unique = own.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), own.len());
    }

    #[test]
    fn a_wire_error_keeps_its_kind_and_its_original() {
        for rev in Revision::ALL {
            for kind in ErrorKind::ALL {
                let back = Error::from_wire(Error::new(*kind, "x").to_wire(*rev), *rev);
                assert_eq!(back.kind.wire_code(*rev), kind.wire_code(*rev));
                assert_eq!(back.rpc.expect("kept").message, "x");
            }
        }
        let odd = WireError { code: -32000, message: "who knows".into(), data: None };
        assert_eq!(Error::from_wire(odd, Revision::LATEST).kind, ErrorKind::Remote);
    }

    #[test]
    fn what_is_unknown_can_be_told_apart() {
        for (error, kind) in [
            (unknown_tool("t\""), ErrorKind::UnknownTool),
            (unknown_prompt("p"), ErrorKind::UnknownPrompt),
            (unknown_resource("x:a"), ErrorKind::UnknownResource),
        ] {
            for rev in Revision::ALL {
                assert_eq!(Error::from_wire(error.to_wire(*rev), *rev).kind, kind);
            }
        }
        for data in [r#"{"tool":1}"#, r#"{"tool":"t","more":1}"#, r#"["tool"]"#, r#"{"other":"t"}"#, "{}"] {
            let wire =
                Error::new(ErrorKind::InvalidParams, "x").with_data(serde_json::from_str(data).expect("raw"));
            let back = Error::from_wire(wire.to_wire(Revision::LATEST), Revision::LATEST);
            assert_eq!(back.kind, ErrorKind::InvalidParams, "{data}");
        }
        let old = WireError { code: -32002, message: "m".into(), data: None };
        assert_eq!(Error::from_wire(old, Revision::LATEST).kind, ErrorKind::UnknownResource);
    }

    #[test]
    fn demanded_data_is_there() {
        let error = unsupported_version("1900-\"01");
        assert_eq!(
            error.data.expect("data").get(),
            concat!(
                r#"{"supported":["2026-07-28","2025-11-25","2025-06-18","2025-03-26","2024-11-05"],"#,
                r#""requested":"1900-\"01"}"#
            )
        );
        let error = missing_capability(br#"{"sampling":{}}"#);
        assert_eq!(error.data.expect("data").get(), r#"{"requiredCapabilities":{"sampling":{}}}"#);
    }
}
