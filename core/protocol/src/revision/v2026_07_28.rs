//! Codec of revision 2026-07-28: typed results, server identity and cache hints in each, input rounds.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Cache, CacheScope, Feature, Outcome};
use crate::error::{Error, ErrorKind};
use crate::jsonrpc::Id;
use crate::meta;
use crate::raw::{self, Text, is_object, push_string};

pub(super) const DATE: &str = "2026-07-28";

pub(super) const fn has(feature: Feature) -> bool {
    match feature {
        Feature::Discover
        | Feature::InputRequired
        | Feature::ResultType
        | Feature::CacheHints
        | Feature::StandardHeaders
        | Feature::AnyStructured
        | Feature::VersionHeader
        | Feature::StreamableHttp
        | Feature::Listen
        | Feature::Extensions
        | Feature::Structured
        | Feature::ElicitForm
        | Feature::ElicitUrl
        | Feature::RichForms
        | Feature::Titles
        | Feature::ObjectMeta
        | Feature::LastModified
        | Feature::ResourceLinks
        | Feature::CompletionContext
        | Feature::Icons
        | Feature::SamplingTools
        | Feature::Audio
        | Feature::ToolAnnotations
        | Feature::ProgressMessage
        | Feature::CompletionsCapability => true,
        Feature::Initialize
        | Feature::Ping
        | Feature::ServerRequests
        | Feature::Sessions
        | Feature::Batches
        | Feature::HttpSse
        | Feature::Resumable
        | Feature::PrimingEvent
        | Feature::Subscribe
        | Feature::SetLevel
        | Feature::ElicitationId => false,
    }
}

/// What a text with a member `_meta` or `resultType` contains, and what one that hides it behind an escape does.
static META: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("_meta\""));
static KIND: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("resultType\""));
static ESCAPE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\\u00"));

pub(super) fn encode_result(body: &[u8], server_info: &[u8], cache: Option<Cache>) -> Vec<u8> {
    // A key spelt with escapes is rare enough for the slow path, and never ours.
    let plain = META.find(body).is_none() && ESCAPE.find(body).is_none();
    let known =
        (!plain).then(|| serde_json::from_slice::<&RawValue>(body).ok().and_then(raw::members)).flatten();
    let Some(members) = known else { return encode_without_meta(body, server_info, cache) };
    let mut out = begin(body, server_info, cache);
    push_meta(&mut out, server_info, members.get("_meta"));
    for (key, value) in &members.0 {
        if !matches!(key.as_ref(), "_meta" | "resultType") {
            push_member(&mut out, key, value);
        }
    }
    out.push(b'}');
    out
}

/// As [`encode_result`], for a body without metadata and type.
pub(super) fn encode_without_meta(body: &[u8], server_info: &[u8], cache: Option<Cache>) -> Vec<u8> {
    let mut out = begin(body, server_info, cache);
    push_meta(&mut out, server_info, None);
    let body = body.trim_ascii_start();
    debug_assert_eq!(body.first(), Some(&b'{'), "a result body is an object");
    let rest = body.get(1..).unwrap_or(b"}").trim_ascii_start();
    if rest.first() != Some(&b'}') {
        out.push(b',');
    }
    out.extend_from_slice(rest);
    out
}

/// The beginning of a result, with room for all of it.
fn begin(body: &[u8], server_info: &[u8], cache: Option<Cache>) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + server_info.len() + 160);
    out.extend_from_slice(br#"{"resultType":"complete""#);
    push_cache(&mut out, cache);
    out
}

pub(super) fn encode_input_required(
    requests: Option<&[u8]>,
    state: Option<&str>,
    server_info: &[u8],
) -> Vec<u8> {
    let mut out = Vec::with_capacity(requests.map_or(0, <[u8]>::len) + server_info.len() + 160);
    out.extend_from_slice(br#"{"resultType":"input_required""#);
    push_meta(&mut out, server_info, None);
    if let Some(requests) = requests {
        out.extend_from_slice(br#","inputRequests":"#);
        out.extend_from_slice(requests);
    }
    if let Some(state) = state {
        out.extend_from_slice(br#","requestState":"#);
        push_string(&mut out, state);
    }
    out.push(b'}');
    out
}

fn push_cache(out: &mut Vec<u8>, cache: Option<Cache>) {
    if let Some(Cache { ttl_ms, scope }) = cache {
        out.extend_from_slice(br#","ttlMs":"#);
        Id::Number(i64::try_from(ttl_ms).unwrap_or(i64::MAX)).write(out);
        out.extend_from_slice(match scope {
            CacheScope::Public => br#","cacheScope":"public""#.as_slice(),
            CacheScope::Private => br#","cacheScope":"private""#,
        });
    }
}

/// Our identity is added unless the body brings one of its own, as a forwarding server does.
fn push_meta(out: &mut Vec<u8>, server_info: &[u8], own: Option<&RawValue>) {
    let own = own.and_then(raw::members);
    let add = !server_info.is_empty() && own.as_ref().is_none_or(|m| m.get(meta::SERVER_INFO).is_none());
    if !add && own.is_none() {
        return;
    }
    out.extend_from_slice(br#","_meta":{"#);
    if add {
        push_string(out, meta::SERVER_INFO);
        out.push(b':');
        out.extend_from_slice(server_info);
    }
    for (at, (key, value)) in own.iter().flat_map(|m| &m.0).enumerate() {
        if add || at > 0 {
            out.push(b',');
        }
        push_string(out, key);
        out.push(b':');
        out.extend_from_slice(value.get().as_bytes());
    }
    out.push(b'}');
}

fn push_member(out: &mut Vec<u8>, key: &str, value: &RawValue) {
    out.push(b',');
    push_string(out, key);
    out.push(b':');
    out.extend_from_slice(value.get().as_bytes());
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    #[serde(borrow)]
    result_type: Option<Text<'a>>,
    #[serde(borrow)]
    input_requests: Option<&'a RawValue>,
    #[serde(borrow)]
    request_state: Option<Text<'a>>,
}

/// Whether the text alone tells that the result is a plain complete one: the member comes first, as most servers write
/// it, and once.
fn is_plainly_complete(json: &str) -> bool {
    const START: &str = r#"{"resultType":"complete""#;
    let Some(rest) = json.strip_prefix(START) else { return false };
    KIND.find(rest.as_bytes()).is_none() && ESCAPE.find(rest.as_bytes()).is_none()
}

pub(super) fn decode_result(raw: &RawValue) -> Result<Outcome<'_>, Error> {
    if is_plainly_complete(raw.get()) {
        return Ok(Outcome::Complete(raw));
    }
    let malformed = |detail: &str| Error::new(ErrorKind::Malformed, detail);
    let head: Head<'_> = serde_json::from_str(raw.get()).map_err(|_| {
        malformed("the result is not an object, or resultType or requestState is not a string")
    })?;
    let kind = head.result_type.map_or(Cow::Borrowed("complete"), |text| text.0);
    match kind.as_ref() {
        "complete" => Ok(Outcome::Complete(raw)),
        "input_required" => {
            let requests = head.input_requests;
            let state = head.request_state.map(|text| text.0);
            if requests.is_some_and(|r| !is_object(r)) {
                return Err(malformed("inputRequests is not an object"));
            }
            if requests.is_none() && state.is_none() {
                return Err(malformed("an input_required result has neither inputRequests nor requestState"));
            }
            Ok(Outcome::InputRequired { requests, state })
        }
        _ => Err(malformed("the result has a resultType that this client did not ask for")),
    }
}
