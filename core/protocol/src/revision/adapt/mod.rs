//! Newest shape in, the shape of an older revision out.
//!
//! Handlers and registries know the newest revision only; what an older one lacks is dropped or put into words here,
//! driven by the feature table, member by member. Members nobody knows stay as they are, byte for byte. Must never
//! turn a request into one that asks for less than was meant: such a request fails instead.

mod ask;
mod content;
mod define;
mod greet;
mod rewrite;

use std::borrow::Cow;

use serde_json::value::RawValue;

pub use greet::{adapt_client_capabilities, adapt_info, adapt_server_capabilities};

use super::{Feature, Revision};
use crate::error::{Error, ErrorKind};
use crate::methods;
use crate::rounds::Question;
use define::Kind;
use rewrite::{Gate, gated, members_of};

/// The result of the request `method` as `rev` knows it, from a body in the newest shape.
///
/// Bodies are JSON objects; what is not comes back unchanged. Nothing is copied when nothing has to change, which on
/// the two newest revisions is nearly always.
pub fn adapt_result<'a>(rev: Revision, method: &str, body: &'a [u8]) -> Cow<'a, [u8]> {
    if rev.has(Feature::AnyStructured) || untouched(rev, method, body) {
        return Cow::Borrowed(body);
    }
    let Some(raw) = parse(body) else { return Cow::Borrowed(body) };
    let mut out = Vec::with_capacity(body.len());
    match method {
        methods::TOOLS_LIST => define::list(rev, Kind::Tool, "tools", raw, &mut out),
        methods::PROMPTS_LIST => define::list(rev, Kind::Prompt, "prompts", raw, &mut out),
        methods::RESOURCES_LIST => define::list(rev, Kind::Resource, "resources", raw, &mut out),
        methods::RESOURCES_TEMPLATES_LIST => {
            define::list(rev, Kind::Resource, "resourceTemplates", raw, &mut out);
        }
        methods::ROOTS_LIST => define::list(rev, Kind::Root, "roots", raw, &mut out),
        methods::TOOLS_CALL => content::call_result(rev, raw, &mut out),
        methods::PROMPTS_GET => content::prompt_result(rev, raw, &mut out),
        methods::RESOURCES_READ => content::read_result(rev, raw, &mut out),
        methods::SAMPLING_CREATE => ask::sample_result(rev, raw, &mut out),
        _ => return Cow::Borrowed(body),
    }
    Cow::Owned(out)
}

/// The parameters of the request or notification `method`, of either side, as `rev` knows them.
///
/// Fails with [`ErrorKind::MissingClientCapability`] when `rev` cannot express what is asked: a form or link where
/// there are none, tools for a model, a required field with several choices.
pub fn adapt_params<'a>(rev: Revision, method: &str, params: &'a [u8]) -> Result<Cow<'a, [u8]>, Error> {
    let Some(raw) = parse(params) else { return Ok(Cow::Borrowed(params)) };
    let gates: &[Gate] = match method {
        methods::PROGRESS => &[("message", Feature::ProgressMessage)],
        methods::COMPLETION_COMPLETE => &[("context", Feature::CompletionContext)],
        methods::ELICITATION_CREATE => return ask::elicit_params(rev, raw, params, None),
        methods::SAMPLING_CREATE => return ask::sample_params(rev, raw, params),
        _ => return Ok(Cow::Borrowed(params)),
    };
    if gates.iter().all(|(_, feature)| rev.has(*feature)) {
        return Ok(Cow::Borrowed(params));
    }
    let mut out = Vec::with_capacity(params.len());
    gated(rev, gates, raw, &mut out);
    Ok(Cow::Owned(out))
}

/// The parameters of `question` as a request from server to client on a session revision.
///
/// `elicitation_id` names a question about a link where links have names ([`Feature::ElicitationId`]); it must be
/// unique and hard to guess, and is ignored elsewhere. Fails as [`adapt_params`] does, and with
/// [`ErrorKind::Internal`] on revisions where the server sends no requests.
pub fn question_params<'a>(
    rev: Revision,
    question: &'a Question,
    elicitation_id: &str,
) -> Result<Cow<'a, [u8]>, Error> {
    if !rev.has(Feature::ServerRequests) {
        return Err(Error::new(ErrorKind::Internal, format!("a server sends no requests on {rev}")));
    }
    let params = question.params.get().as_bytes();
    match question.kind.method() {
        methods::ELICITATION_CREATE => {
            ask::elicit_params(rev, &question.params, params, Some(elicitation_id))
        }
        method => adapt_params(rev, method, params),
    }
}

fn parse(body: &[u8]) -> Option<&RawValue> {
    let raw: &RawValue = serde_json::from_slice(body).ok()?;
    members_of(raw).is_some().then_some(raw)
}

/// Whether a look at the text is enough to know that nothing changes. An escape could hide a name from it.
fn untouched(rev: Revision, method: &str, body: &[u8]) -> bool {
    const OLD: [&str; 5] = ["structuredContent", "audio", "resource_link", "_meta", "lastModified"];
    let Ok(text) = std::str::from_utf8(body) else { return true };
    let names: &[&str] = match method {
        methods::TOOLS_CALL if rev.has(Feature::Structured) => &OLD[..1],
        methods::TOOLS_LIST if rev.has(Feature::Icons) => &["outputSchema"],
        methods::TOOLS_CALL | methods::PROMPTS_GET | methods::RESOURCES_READ => &OLD,
        _ if rev.has(Feature::Icons) => return true,
        _ => return false,
    };
    !text.contains("\\u00") && names.iter().all(|name| !text.contains(name))
}
