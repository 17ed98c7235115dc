//! `CallToolResult` bodies from plain values, and the way back.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{ToolSpec, wrap};
use crate::methods;
use crate::raw::{Text, is_object, members, present, push_string, text};
use crate::revision::{Feature, Revision, adapt_result};

/// The key in a result's `_meta` that marks structured content as wrapped in an object by this SDK.
pub const WRAPPED: &str = "dev.dovetail/wrapped";

/// The body of a result from what a tool returned, as JSON.
///
/// Without an output schema: a JSON string becomes one text, `null` becomes no content, and anything else one text
/// holding its JSON. With one, the value is `structuredContent` besides, where that exists. Where it must be an object
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
    if let Some(schema) = spec.output_schema.as_ref().filter(|_| rev.has(Feature::Structured)) {
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

/// The body of a result that a handler made itself, in the newest shape, as `rev` knows it.
///
/// Content that is missing becomes a text with the structured content, as the schema demands some and clients that
/// read nothing else need it. Structured content is wrapped as in [`value_result`]. What is not an object comes back
/// unchanged.
pub fn shape_result(rev: Revision, body: &[u8], spec: &ToolSpec) -> Vec<u8> {
    let Some(all) = serde_json::from_slice::<&RawValue>(body).ok().and_then(members) else {
        return body.to_vec();
    };
    let structured = all.get("structuredContent");
    let mixed = spec.output_schema.as_ref().is_some_and(|schema| !wrap::is_object_schema(schema));
    let wrap_object = mixed
        && rev.has(Feature::Structured)
        && !rev.has(Feature::AnyStructured)
        && structured.is_some_and(is_object);
    let add_content = all.get("content").is_none();
    if !wrap_object && !add_content {
        return adapt_result(rev, methods::TOOLS_CALL, body).into_owned();
    }
    let mut out = vec![b'{'];
    if add_content {
        let text = structured.map(|value| text(value).unwrap_or(Cow::Borrowed(value.get())));
        out.extend_from_slice(br#""content":["#);
        if let Some(text) = text {
            out.extend_from_slice(br#"{"type":"text","text":"#);
            push_string(&mut out, &text);
            out.push(b'}');
        }
        out.push(b']');
    }
    let member = |key: &str, out: &mut Vec<u8>| {
        if out.len() > 1 {
            out.push(b',');
        }
        push_string(out, key);
        out.push(b':');
    };
    let meta = all.get("_meta").and_then(members);
    for (key, value) in all.0.iter().filter(|(key, _)| !(wrap_object && key == "_meta")) {
        member(key, &mut out);
        if wrap_object && key == "structuredContent" {
            out.extend_from_slice(format!("{{\"{}\":{}}}", wrap::MEMBER, value.get()).as_bytes());
        } else {
            out.extend_from_slice(value.get().as_bytes());
        }
    }
    if wrap_object {
        member("_meta", &mut out);
        out.push(b'{');
        for (key, value) in meta.iter().flat_map(|meta| &meta.0).filter(|(key, _)| key != WRAPPED) {
            push_string(&mut out, key);
            out.push(b':');
            out.extend_from_slice(value.get().as_bytes());
            out.push(b',');
        }
        push_string(&mut out, WRAPPED);
        out.extend_from_slice(b":true}");
    }
    out.push(b'}');
    match adapt_result(rev, methods::TOOLS_CALL, &out) {
        Cow::Owned(adapted) => adapted,
        Cow::Borrowed(_) => out,
    }
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

/// The value in a result: structured content, unwrapped if it was wrapped; else, if the content is exactly one text,
/// that text as a JSON string; else nothing.
///
/// Wrapped is what this SDK marked so, and an object whose only member is `result` when the texts beside it spell that
/// member and not the object: so do the SDKs that wrap what is no object without marking it.
pub fn data_of(result: &RawValue) -> Option<Cow<'_, RawValue>> {
    let body = Body::of(result)?;
    if let Some(structured) = body.structured_content {
        let marked =
            body.meta.and_then(members).and_then(|m| m.get(WRAPPED)).is_some_and(|v| v.get() == "true");
        let inner = members(structured)
            .filter(|all| marked || all.0.len() == 1)
            .and_then(|all| all.get(wrap::MEMBER))
            .filter(|inner| marked || body.blocks().is_some_and(|blocks| spells(&blocks, inner)));
        return Some(Cow::Borrowed(inner.unwrap_or(structured)));
    }
    match body.blocks()?.as_slice() {
        [Block { kind: Some(kind), text: Some(text) }] if kind.0 == "text" && text.get().starts_with('"') => {
            Some(Cow::Borrowed(*text))
        }
        _ => None,
    }
}

/// Whether the texts are the ones that stand for a value: one for a plain value, one for each item of a list.
fn spells(blocks: &[Block<'_>], value: &RawValue) -> bool {
    let is = |block: &Block<'_>, value: &RawValue| {
        let said =
            block.text.filter(|_| block.kind.as_ref().is_some_and(|kind| kind.0 == "text")).and_then(text);
        said.is_some_and(|said| match text(value) {
            Some(string) => string == said,
            None => same_json(&said, value.get()),
        })
    };
    if let [block] = blocks
        && is(block, value)
    {
        return true;
    }
    let items: Option<Vec<&RawValue>> = serde_json::from_str(value.get()).ok();
    items.is_some_and(|items| {
        items.len() == blocks.len() && blocks.iter().zip(items).all(|(block, item)| is(block, item))
    })
}

fn same_json(a: &str, b: &str) -> bool {
    let read = |json| serde_json::from_str::<serde_json::Value>(json).ok();
    read(a).is_some_and(|a| Some(a) == read(b))
}

/// What a result that reports a failure contains, and what one that hides it behind an escape does.
static IS_ERROR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("isError\""));
static ESCAPE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\\u00"));

/// Whether the tool reported a failure of its own.
pub fn is_error(result: &RawValue) -> bool {
    let json = result.get().as_bytes();
    // Most results do not say anything about it, and need not be taken apart.
    if IS_ERROR.find(json).is_none() && ESCAPE.find(json).is_none() {
        return false;
    }
    Body::of(result).is_some_and(|body| body.is_error == Some(true))
}

/// All texts of a result, one per line: what a failed tool has to say.
pub fn error_text(result: &RawValue) -> String {
    let blocks = Body::of(result).and_then(|body| body.blocks()).unwrap_or_default();
    let texts: Vec<_> = blocks.iter().filter_map(|block| block.text.and_then(text)).collect();
    texts.join("\n")
}
