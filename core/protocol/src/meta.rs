//! Request metadata: the `_meta` object, and the parameters of the messages every feature shares.
//!
//! Owns the reserved keys. Strict on the types of known keys, tolerant of unknown ones. Must never quote a value in
//! an error. Specification: basic protocol, "_meta".

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};
use crate::jsonrpc::Id;
use crate::raw::{Text, is_object, members, push_string, text};
use crate::revision::Revision;
use crate::rounds::QuestionKind;
use crate::types::Level;

/// The revision of a request.
pub const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
/// The client's name and version.
pub const CLIENT_INFO: &str = "io.modelcontextprotocol/clientInfo";
/// What the client can do for this request.
pub const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
/// The least severity of log messages the client wants for this request.
pub const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
/// The server's name and version, in results.
pub const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
/// The token that asks for progress notifications.
pub const PROGRESS_TOKEN: &str = "progressToken";

/// Matches progress notifications to their request: a string or an integer.
pub type ProgressToken = Id;

/// What one request says about itself.
#[derive(Clone, Debug, Default)]
pub struct RequestMeta<'a> {
    /// The revision the client speaks in this request.
    pub protocol_version: Option<Cow<'a, str>>,
    /// An `Implementation` object.
    pub client_info: Option<&'a RawValue>,
    /// A `ClientCapabilities` object; see [`ClientCapabilities::parse`].
    pub client_capabilities: Option<&'a RawValue>,
    /// One of the eight levels of the specification.
    pub log_level: Option<Cow<'a, str>>,
    /// Present when the client wants progress notifications.
    pub progress_token: Option<ProgressToken>,
    /// The whole `_meta` object.
    pub raw: Option<&'a RawValue>,
}

impl<'a> RequestMeta<'a> {
    /// Reads `params._meta`. Everything is optional here; [`RequestMeta::require_modern`] says what a modern
    /// request must have. Fails with [`ErrorKind::InvalidParams`] on a known key of the wrong type.
    pub fn of_params(params: Option<&'a RawValue>) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Params<'a> {
            #[serde(borrow, rename = "_meta")]
            meta: Option<&'a RawValue>,
        }
        let Some(params) = params else { return Ok(Self::default()) };
        let params: Params<'a> = serde_json::from_str(params.get())
            .map_err(|_| invalid("params is not an object, or has _meta twice"))?;
        Self::parse(params.meta)
    }

    pub(crate) fn parse(raw: Option<&'a RawValue>) -> Result<Self, Error> {
        let Some(raw) = raw else { return Ok(Self::default()) };
        let Some(all) = members(raw) else { return Err(invalid("params._meta must be an object")) };
        let mut meta = Self { raw: Some(raw), ..Self::default() };
        for (key, value) in all.0 {
            match key.as_ref() {
                PROTOCOL_VERSION => meta.protocol_version = Some(string(value, PROTOCOL_VERSION)?),
                CLIENT_INFO => meta.client_info = Some(object(value, CLIENT_INFO)?),
                CLIENT_CAPABILITIES => meta.client_capabilities = Some(object(value, CLIENT_CAPABILITIES)?),
                LOG_LEVEL => meta.log_level = Some(level(value)?),
                PROGRESS_TOKEN => {
                    meta.progress_token =
                        Some(serde_json::from_str(value.get()).map_err(|_| {
                            invalid("params._meta.progressToken must be a string or an integer")
                        })?);
                }
                _ => {}
            }
        }
        Ok(meta)
    }

    /// The revision and capabilities a modern request must carry. Fails with [`ErrorKind::InvalidParams`] naming
    /// the missing key. Whether the revision is supported is a later question.
    pub fn require_modern(&self) -> Result<(&str, &'a RawValue), Error> {
        let missing = |key: &str| invalid(&format!("params._meta lacks {key}"));
        let version = self.protocol_version.as_deref().ok_or_else(|| missing(PROTOCOL_VERSION))?;
        let capabilities = self.client_capabilities.ok_or_else(|| missing(CLIENT_CAPABILITIES))?;
        Ok((version, capabilities))
    }
}

/// What the client can be asked for.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct ClientCapabilities {
    /// Forms. `elicitation: {}` means forms, for clients that predate the modes.
    pub elicitation_form: bool,
    /// Links to open.
    pub elicitation_url: bool,
    /// Questions to the client's model.
    pub sampling: bool,
    /// Tools in questions to the client's model.
    pub sampling_tools: bool,
    /// Context of servers in questions to the client's model (deprecated by the specification).
    pub sampling_context: bool,
    /// Root directories.
    pub roots: bool,
}

impl ClientCapabilities {
    /// Reads a `ClientCapabilities` object. Fails with [`ErrorKind::InvalidParams`] when it, or a known member of
    /// it, is not an object.
    pub fn parse(raw: &RawValue) -> Result<Self, Error> {
        if raw.get() == "{}" {
            return Ok(Self::default());
        }
        let wrong = || invalid("client capabilities must be objects");
        let all = members(raw).ok_or_else(wrong)?;
        let known = |key: &str| match all.get(key) {
            Some(value) if !is_object(value) => Err(wrong()),
            other => Ok(other),
        };
        let mut found = Self {
            sampling: known("sampling")?.is_some(),
            roots: known("roots")?.is_some(),
            ..Self::default()
        };
        if let Some(sampling) = known("sampling")? {
            let parts = members(sampling).ok_or_else(wrong)?;
            found.sampling_tools = parts.get("tools").is_some();
            found.sampling_context = parts.get("context").is_some();
        }
        if let Some(elicitation) = known("elicitation")? {
            let modes = members(elicitation).ok_or_else(wrong)?;
            found.elicitation_url = modes.get("url").is_some();
            found.elicitation_form = modes.get("form").is_some() || !found.elicitation_url;
        }
        Ok(found)
    }

    /// The object a client declares.
    pub fn to_json(self) -> Vec<u8> {
        let mut parts: Vec<&str> = Vec::new();
        match (self.elicitation_form, self.elicitation_url) {
            (true, true) => parts.push(r#""elicitation":{"form":{},"url":{}}"#),
            (true, false) => parts.push(r#""elicitation":{"form":{}}"#),
            (false, true) => parts.push(r#""elicitation":{"url":{}}"#),
            (false, false) => {}
        }
        match (self.sampling, self.sampling_tools, self.sampling_context) {
            (false, ..) => {}
            (true, false, false) => parts.push(r#""sampling":{}"#),
            (true, true, false) => parts.push(r#""sampling":{"tools":{}}"#),
            (true, false, true) => parts.push(r#""sampling":{"context":{}}"#),
            (true, true, true) => parts.push(r#""sampling":{"tools":{},"context":{}}"#),
        }
        if self.roots {
            parts.push(r#""roots":{}"#);
        }
        format!("{{{}}}", parts.join(",")).into_bytes()
    }

    /// Whether a question of this kind may be put to the client.
    pub fn can(self, kind: QuestionKind) -> bool {
        match kind {
            QuestionKind::Form => self.elicitation_form,
            QuestionKind::Url => self.elicitation_url,
            QuestionKind::Sample => self.sampling,
            QuestionKind::Roots => self.roots,
        }
    }
}

/// The settings of an extension in a `ClientCapabilities` or `ServerCapabilities` object; `None` when the peer does
/// not have it. Specification: "Extensions".
pub fn extension<'a>(capabilities: &'a RawValue, id: &str) -> Option<&'a RawValue> {
    members(members(capabilities)?.get("extensions")?)?.get(id)
}

/// Appends the `_meta` object a client sends.
///
/// On modern revisions: version, `info` (an `Implementation`, left out when empty), `capabilities` (`{}` when
/// empty) and the progress token; on the others only the progress token. `extra` is a JSON object whose members
/// follow; it must not repeat the reserved ones.
pub fn write_meta(
    out: &mut Vec<u8>,
    rev: Revision,
    info: &[u8],
    capabilities: &[u8],
    progress: Option<&Id>,
    extra: Option<&[u8]>,
) {
    out.push(b'{');
    let start = out.len();
    let key = |out: &mut Vec<u8>, name: &str| {
        if out.len() > start {
            out.push(b',');
        }
        push_string(out, name);
        out.push(b':');
    };
    if rev.is_modern() {
        key(out, PROTOCOL_VERSION);
        push_string(out, rev.as_str());
        if !info.is_empty() {
            key(out, CLIENT_INFO);
            out.extend_from_slice(info);
        }
        key(out, CLIENT_CAPABILITIES);
        out.extend_from_slice(if capabilities.is_empty() { b"{}" } else { capabilities });
    }
    if let Some(token) = progress {
        key(out, PROGRESS_TOKEN);
        token.write(out);
    }
    let inner =
        extra.map(|json| json.trim_ascii()).and_then(|json| json.strip_prefix(b"{")?.strip_suffix(b"}"));
    if let Some(inner) = inner.map(|i| i.trim_ascii()).filter(|inner| !inner.is_empty()) {
        if out.len() > start {
            out.push(b',');
        }
        out.extend_from_slice(inner);
    }
    out.push(b'}');
}

/// The parameters of a progress notification. JSON has no infinities: they become the largest number, and what is
/// not a number becomes 0.
pub fn progress_params(token: &Id, progress: f64, total: Option<f64>, message: Option<&str>) -> Vec<u8> {
    let mut out = br#"{"progressToken":"#.to_vec();
    token.write(&mut out);
    out.extend_from_slice(br#","progress":"#);
    push_number(&mut out, progress);
    if let Some(total) = total {
        out.extend_from_slice(br#","total":"#);
        push_number(&mut out, total);
    }
    if let Some(message) = message {
        out.extend_from_slice(br#","message":"#);
        push_string(&mut out, message);
    }
    out.push(b'}');
    out
}

fn push_number(out: &mut Vec<u8>, n: f64) {
    let n = if n.is_nan() { 0.0 } else { n.clamp(f64::MIN, f64::MAX) };
    if n.fract() == 0.0 && n.abs() < 9_007_199_254_740_992.0 {
        Id::Number(n as i64).write(out);
    } else {
        serde_json::to_writer(out, &n).expect("a finite number serialises into memory");
    }
}

/// The parameters of a progress notification, read by the client.
#[derive(Clone, Debug)]
pub struct Progress<'a> {
    /// The token of the request.
    pub token: ProgressToken,
    /// How far it has come.
    pub progress: f64,
    /// How far it will go, when known.
    pub total: Option<f64>,
    /// What it is doing.
    pub message: Option<Cow<'a, str>>,
}

impl<'a> Progress<'a> {
    /// Reads the parameters. Fails with [`ErrorKind::InvalidParams`].
    pub fn parse(params: Option<&'a RawValue>) -> Result<Self, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Params<'a> {
            progress_token: Id,
            progress: f64,
            total: Option<f64>,
            #[serde(borrow)]
            message: Option<Text<'a>>,
        }
        let wrong = || invalid("the parameters of a progress notification are missing or wrong");
        let p: Params<'a> = serde_json::from_str(params.ok_or_else(wrong)?.get()).map_err(|_| wrong())?;
        Ok(Self {
            token: p.progress_token,
            progress: p.progress,
            total: p.total,
            message: p.message.map(|text| text.0),
        })
    }
}

/// The parameters of a cancellation.
pub fn cancelled_params(id: &Id, reason: Option<&str>) -> Vec<u8> {
    let mut out = br#"{"requestId":"#.to_vec();
    id.write(&mut out);
    if let Some(reason) = reason {
        out.extend_from_slice(br#","reason":"#);
        push_string(&mut out, reason);
    }
    out.push(b'}');
    out
}

/// The request a cancellation names, and the reason it gives. Fails with [`ErrorKind::InvalidParams`].
pub fn parse_cancelled(params: Option<&RawValue>) -> Result<(Id, Option<Cow<'_, str>>), Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Params<'a> {
        request_id: Id,
        #[serde(borrow)]
        reason: Option<Text<'a>>,
    }
    let wrong = || invalid("the parameters of a cancellation are missing or wrong");
    let p: Params<'_> = serde_json::from_str(params.ok_or_else(wrong)?.get()).map_err(|_| wrong())?;
    Ok((p.request_id, p.reason.map(|text| text.0)))
}

fn string<'a>(raw: &'a RawValue, key: &str) -> Result<Cow<'a, str>, Error> {
    text(raw).ok_or_else(|| invalid(&format!("params._meta.{key} must be a string")))
}

fn object<'a>(raw: &'a RawValue, key: &str) -> Result<&'a RawValue, Error> {
    if is_object(raw) { Ok(raw) } else { Err(invalid(&format!("params._meta.{key} must be an object"))) }
}

fn level(raw: &RawValue) -> Result<Cow<'_, str>, Error> {
    let level = string(raw, LOG_LEVEL)?;
    if Level::parse(&level).is_some() {
        Ok(level)
    } else {
        Err(invalid(&format!("params._meta.{LOG_LEVEL} is not a log level")))
    }
}

fn invalid(detail: &str) -> Error {
    Error::new(ErrorKind::InvalidParams, detail)
}
