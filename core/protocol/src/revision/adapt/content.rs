//! Content blocks and the results made of them.

use serde_json::value::RawValue;

use super::rewrite::{Gate, array, gated, member, members_of, object, passes, verbatim};
use crate::raw::{is_object, push_string, text};
use crate::revision::{Feature, Revision};
use crate::tools::{WRAPPED, wrap};

const META: [Gate; 1] = [("_meta", Feature::ObjectMeta)];
const ANNOTATIONS: [Gate; 1] = [("lastModified", Feature::LastModified)];

pub(super) fn annotations(rev: Revision, raw: &RawValue, out: &mut Vec<u8>) {
    gated(rev, &ANNOTATIONS, raw, out);
}

/// `CallToolResult`. Structured content goes where there is none (the text stays), and is put into an object where
/// it must be one; the mark that says so is the one that results of plain values carry.
pub(super) fn call_result(rev: Revision, raw: &RawValue, out: &mut Vec<u8>) {
    let all = members_of(raw);
    let wrapped = rev.has(Feature::Structured)
        && !rev.has(Feature::AnyStructured)
        && all.as_ref().and_then(|all| all.get("structuredContent")).is_some_and(|value| !is_object(value));
    let own_meta = all.as_ref().and_then(|all| all.get("_meta")).filter(|meta| is_object(meta));
    object(raw, out, |key, value, out| match key {
        "structuredContent" if !rev.has(Feature::Structured) => false,
        "structuredContent" if wrapped => {
            out.push(b'{');
            member(wrap::MEMBER, out.len(), out);
            verbatim(value, out);
            out.push(b'}');
            true
        }
        "_meta" if wrapped && own_meta.is_some() => false,
        "content" => {
            blocks(rev, value, out);
            true
        }
        _ => {
            verbatim(value, out);
            true
        }
    });
    if wrapped && out.pop() == Some(b'}') {
        out.extend_from_slice(br#","_meta":{"#);
        let start = out.len();
        for (key, value) in own_meta.and_then(members_of).iter().flat_map(|all| &all.0) {
            if key != WRAPPED {
                member(key, start, out);
                verbatim(value, out);
            }
        }
        member(WRAPPED, start, out);
        out.extend_from_slice(b"true}}");
    }
}

/// `GetPromptResult`.
pub(super) fn prompt_result(rev: Revision, raw: &RawValue, out: &mut Vec<u8>) {
    object(raw, out, |key, value, out| {
        if key == "messages" {
            array(value, out, |message, out| {
                object(message, out, |key, value, out| {
                    if key == "content" {
                        block(rev, value, out)
                    } else {
                        verbatim(value, out)
                    }
                    true
                });
            });
        } else {
            verbatim(value, out);
        }
        true
    });
}

/// `ReadResourceResult`.
pub(super) fn read_result(rev: Revision, raw: &RawValue, out: &mut Vec<u8>) {
    object(raw, out, |key, value, out| {
        if key == "contents" {
            array(value, out, |contents, out| gated(rev, &META, contents, out));
        } else {
            verbatim(value, out);
        }
        true
    });
}

fn blocks(rev: Revision, raw: &RawValue, out: &mut Vec<u8>) {
    array(raw, out, |item, out| block(rev, item, out));
}

/// One content block. A kind that `rev` lacks becomes a text that says what was there.
pub(super) fn block(rev: Revision, raw: &RawValue, out: &mut Vec<u8>) {
    let Some(all) = members_of(raw) else { return verbatim(raw, out) };
    let said = |key: &str| all.get(key).and_then(text);
    let words = match said("type").as_deref() {
        Some("audio") if !rev.has(Feature::Audio) => {
            let kind = said("mimeType").unwrap_or_default();
            let size = said("data").map_or(0, |data| data.trim_end_matches('=').len() * 3 / 4);
            format!("[audio {kind}, {size} bytes]")
        }
        Some("resource_link") if !rev.has(Feature::ResourceLinks) => {
            let name = said("title").or_else(|| said("name")).unwrap_or_default();
            let line = format!("{name}: {}", said("uri").unwrap_or_default());
            match said("description") {
                Some(description) => format!("{line}\n{description}"),
                None => line,
            }
        }
        _ => {
            return object(raw, out, |key, value, out| {
                match key {
                    _ if !passes(rev, &META, key) => return false,
                    "annotations" => annotations(rev, value, out),
                    "resource" => gated(rev, &META, value, out),
                    // A link has them; the other blocks do not.
                    "icons" | "title" if !rev.has(Feature::Icons) => {
                        return key == "title" && rev.has(Feature::Titles) && {
                            verbatim(value, out);
                            true
                        };
                    }
                    _ => verbatim(value, out),
                }
                true
            });
        }
    };
    out.extend_from_slice(br#"{"type":"text","text":"#);
    push_string(out, &words);
    if let Some(value) = all.get("annotations") {
        out.extend_from_slice(br#","annotations":"#);
        annotations(rev, value, out);
    }
    out.push(b'}');
}
