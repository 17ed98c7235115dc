//! Questions to the client: forms, links and prompts for a model, and the answers of a model.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::content;
use super::rewrite::{Gate, array, elements, member, members_of, object, passes, verbatim};
use crate::error::{Error, missing_capability};
use crate::raw::{push_string, text};
use crate::revision::{Feature, Revision};
use crate::rounds::QuestionKind;

const ELICIT: [Gate; 3] =
    [("mode", Feature::ElicitUrl), ("url", Feature::ElicitUrl), ("elicitationId", Feature::ElicitationId)];
const TOOLS: &[u8] = br#"{"sampling":{"tools":{}}}"#;

/// `elicitation/create`. `id` is given to a link that has none where it must have one.
pub(super) fn elicit_params<'a>(
    rev: Revision,
    raw: &RawValue,
    params: &'a [u8],
    id: Option<&str>,
) -> Result<Cow<'a, [u8]>, Error> {
    let all = members_of(raw);
    let said = |key: &str| all.as_ref().and_then(|all| all.get(key));
    let url = said("mode").and_then(text).is_some_and(|mode| mode == "url");
    let kind = if url { QuestionKind::Url } else { QuestionKind::Form };
    if !rev.has(if url { Feature::ElicitUrl } else { Feature::ElicitForm }) {
        return Err(missing_capability(kind.required_capability()));
    }
    let name = id.filter(|_| url && rev.has(Feature::ElicitationId) && said("elicitationId").is_none());
    let surplus = said("elicitationId").is_some() && !rev.has(Feature::ElicitationId);
    if rev.has(Feature::RichForms) && name.is_none() && !surplus {
        return Ok(Cow::Borrowed(params));
    }
    let schema = match said("requestedSchema") {
        Some(schema) if !rev.has(Feature::RichForms) => Some(plain_form(schema)?),
        _ => None,
    };
    let mut out = Vec::with_capacity(params.len() + 64);
    object(raw, &mut out, |key, value, out| {
        if !passes(rev, &ELICIT, key) {
            return false;
        }
        match (key, &schema) {
            ("requestedSchema", Some(plain)) => out.extend_from_slice(plain),
            _ => verbatim(value, out),
        }
        true
    });
    if let Some(name) = name
        && out.pop() == Some(b'}')
    {
        member("elicitationId", 1, &mut out);
        push_string(&mut out, name);
        out.push(b'}');
    }
    Ok(Cow::Owned(out))
}

/// A form for revisions that know single choices without titles of their own, and defaults for booleans only. A
/// field with several choices has no counterpart there: it is left out, unless an answer without it is no answer.
fn plain_form(schema: &RawValue) -> Result<Vec<u8>, Error> {
    let required: Vec<Cow<'_, str>> = members_of(schema)
        .and_then(|all| all.get("required"))
        .and_then(elements)
        .map(|names| names.into_iter().filter_map(text).collect())
        .unwrap_or_default();
    let mut lost = None;
    let mut out = Vec::with_capacity(schema.get().len());
    object(schema, &mut out, |key, value, out| {
        match key {
            "properties" => object(value, out, |name, field, out| {
                let array = is_type(field, "array");
                if array && required.iter().any(|required| required == name) {
                    lost = Some(name.to_owned());
                }
                !array && {
                    plain_field(field, out);
                    true
                }
            }),
            "$schema" => return false,
            _ => verbatim(value, out),
        }
        true
    });
    match lost {
        None => Ok(out),
        Some(name) => Err(missing_capability(QuestionKind::Form.required_capability())
            .with_context("field", name)
            .with_context("reason", "this revision has no fields with several choices")),
    }
}

fn plain_field(field: &RawValue, out: &mut Vec<u8>) {
    let choices = members_of(field).and_then(|all| all.get("oneOf")).and_then(elements);
    let keeps_default = is_type(field, "boolean");
    object(field, out, |key, value, out| match (key, &choices) {
        ("default", _) => {
            keeps_default && {
                verbatim(value, out);
                true
            }
        }
        ("oneOf", Some(choices)) => {
            let column = |name: &str, out: &mut Vec<u8>| {
                out.push(b'[');
                for (at, choice) in choices.iter().enumerate() {
                    let all = members_of(choice);
                    let found = all.and_then(|all| all.get(name).or_else(|| all.get("const")));
                    if at > 0 {
                        out.push(b',');
                    }
                    verbatim(found.unwrap_or(choice), out);
                }
                out.push(b']');
            };
            // The key is written already, under the name it has elsewhere.
            let written = br#""oneOf":"#.len();
            out.truncate(out.len() - written);
            out.extend_from_slice(br#""enum":"#);
            column("const", out);
            out.extend_from_slice(br#","enumNames":"#);
            column("title", out);
            true
        }
        _ => {
            verbatim(value, out);
            true
        }
    });
}

fn is_type(field: &RawValue, name: &str) -> bool {
    members_of(field).and_then(|all| all.get("type")).and_then(text).is_some_and(|found| found == name)
}

/// `sampling/createMessage`. A message of several blocks becomes several messages of the same role where each holds
/// one.
pub(super) fn sample_params<'a>(
    rev: Revision,
    raw: &RawValue,
    params: &'a [u8],
) -> Result<Cow<'a, [u8]>, Error> {
    if rev.has(Feature::SamplingTools) {
        return Ok(Cow::Borrowed(params));
    }
    let all = members_of(raw);
    let offered = all.as_ref().and_then(|all| all.get("tools")).and_then(elements);
    if offered.is_some_and(|tools| !tools.is_empty()) {
        return Err(missing_capability(TOOLS));
    }
    let mut failure = None;
    let mut out = Vec::with_capacity(params.len());
    object(raw, &mut out, |key, value, out| {
        match key {
            "tools" | "toolChoice" => return false,
            "messages" => array(value, out, |message, out| {
                if let Err(error) = single_messages(rev, message, out) {
                    failure = Some(error);
                }
            }),
            _ => verbatim(value, out),
        }
        true
    });
    failure.map_or(Ok(Cow::Owned(out)), Err)
}

fn single_messages(rev: Revision, message: &RawValue, out: &mut Vec<u8>) -> Result<(), Error> {
    let content = members_of(message).and_then(|all| all.get("content"));
    let blocks = content.map(|content| elements(content).unwrap_or_else(|| vec![content]));
    for (at, block) in blocks.unwrap_or_default().into_iter().enumerate() {
        if is_type(block, "tool_use") || is_type(block, "tool_result") {
            return Err(missing_capability(TOOLS));
        }
        if at > 0 {
            out.push(b',');
        }
        object(message, out, |key, value, out| {
            match key {
                "_meta" => return false,
                "content" => content::block(rev, block, out),
                _ => verbatim(value, out),
            }
            true
        });
    }
    Ok(())
}

/// `CreateMessageResult`: one block where there can be one only. Several texts become one.
pub(super) fn sample_result(rev: Revision, raw: &RawValue, out: &mut Vec<u8>) {
    object(raw, out, |key, value, out| {
        match (key, elements(value)) {
            ("content", Some(blocks)) if !rev.has(Feature::SamplingTools) => {
                let texts: Option<Vec<Cow<'_, str>>> =
                    blocks.iter().map(|block| members_of(block)?.get("text").and_then(text)).collect();
                match (texts, blocks.first()) {
                    (Some(texts), _) => {
                        out.extend_from_slice(br#"{"type":"text","text":"#);
                        push_string(out, &texts.join("\n"));
                        out.push(b'}');
                    }
                    (None, Some(first)) => content::block(rev, first, out),
                    (None, None) => verbatim(value, out),
                }
            }
            ("content", None) => content::block(rev, value, out),
            _ => verbatim(value, out),
        }
        true
    });
}
