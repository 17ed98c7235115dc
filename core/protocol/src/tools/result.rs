//! `CallToolResult` bodies from plain values, and the way back.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{ToolSpec, wrap};
use crate::raw::{Text, members, present, push_string};
use crate::revision::{Feature, Revision};

/// The key in a result's `_meta` that marks structured content as wrapped in an object by this SDK.
pub const WRAPPED: &str = "dev.dovetail/wrapped";

/// The body of a result from what a tool returned, as JSON.
///
/// Without an output schema: a JSON string becomes one text, `null` becomes no content, and anything else one text
/// holding its JSON. With one, the value is `structuredContent` besides. Where that must be an object
/// ([`Feature::AnyStructured`] is absent), a value of another type, or of a schema that allows others, becomes
/// `{"result": value}` and the result's `_meta` says so under [`WRAPPED`].
pub fn value_result(rev: Revision, value: &[u8], spec: &ToolSpec) -> Vec<u8> {
    let value = value.trim_ascii();
    let mut out = Vec::with_capacity(value.len() * 2 + 96);
    out.extend_from_slice(br#"{"content":["#);
    if value != b"null" {
        out.extend_from_slice(br#"{"type":"text","text":"#);
        if value.first() == Some(&b'"') {
            out.extend_from_slice(value);
        } else {
            push_string(&mut out, &String::from_utf8_lossy(value));
        }
        out.push(b'}');
    }
    out.push(b']');
    if let Some(schema) = &spec.output_schema {
        out.extend_from_slice(br#","structuredContent":"#);
        let wrap = !rev.has(Feature::AnyStructured)
            && (value.first() != Some(&b'{') || !wrap::is_object_schema(schema));
        if wrap {
            out.push(b'{');
            push_string(&mut out, wrap::MEMBER);
            out.push(b':');
            out.extend_from_slice(value);
            out.extend_from_slice(br#"},"_meta":{"#);
            push_string(&mut out, WRAPPED);
            out.extend_from_slice(b":true}");
        } else {
            out.extend_from_slice(value);
        }
    }
    out.push(b'}');
    out
}

/// The body of a result that tells the model what went wrong, so that it can correct itself.
pub fn error_result(text: &str) -> Vec<u8> {
    let mut out = br#"{"content":[{"type":"text","text":"#.to_vec();
    push_string(&mut out, text);
    out.extend_from_slice(br#"}],"isError":true}"#);
    out
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    structured_content: Option<&'a RawValue>,
    #[serde(default)]
    is_error: Option<bool>,
    #[serde(borrow, rename = "_meta")]
    meta: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
}

impl<'a> Body<'a> {
    fn of(result: &'a RawValue) -> Option<Self> {
        serde_json::from_str(result.get()).ok()
    }

    /// Content blocks; `None` when there is no valid list.
    fn blocks(&self) -> Option<Vec<Block<'a>>> {
        serde_json::from_str(self.content?.get()).ok()
    }
}

/// The value in a result: structured content, unwrapped if it was wrapped by this SDK; else, if the content is
/// exactly one text, that text as a JSON string; else nothing.
pub fn data_of(result: &RawValue) -> Option<Cow<'_, RawValue>> {
    let body = Body::of(result)?;
    if let Some(structured) = body.structured_content {
        let marked =
            body.meta.and_then(members).and_then(|m| m.get(WRAPPED)).is_some_and(|v| v.get() == "true");
        let inner = if marked { members(structured).and_then(|m| m.get(wrap::MEMBER)) } else { None };
        return Some(Cow::Borrowed(inner.unwrap_or(structured)));
    }
    match body.blocks()?.as_slice() {
        [Block { kind: Some(kind), text: Some(text) }] if kind.0 == "text" && text.get().starts_with('"') => {
            Some(Cow::Borrowed(*text))
        }
        _ => None,
    }
}

/// Whether the tool reported a failure of its own.
pub fn is_error(result: &RawValue) -> bool {
    Body::of(result).is_some_and(|body| body.is_error == Some(true))
}

/// All texts of a result, one per line: what a failed tool has to say.
pub fn error_text(result: &RawValue) -> String {
    let blocks = Body::of(result).and_then(|body| body.blocks()).unwrap_or_default();
    let texts: Vec<_> = blocks.iter().filter_map(|block| block.text.and_then(crate::raw::text)).collect();
    texts.join("\n")
}
