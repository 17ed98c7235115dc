//! Who the peers are and what they can do.

use std::borrow::Cow;

use super::parse;
use super::rewrite::{Gate, gated, members_of, object, passes, verbatim};
use crate::revision::{Feature, Revision};

const INFO: [Gate; 4] = [
    ("title", Feature::Titles),
    ("icons", Feature::Icons),
    ("description", Feature::Icons),
    ("websiteUrl", Feature::Icons),
];
const SERVER: [Gate; 2] =
    [("completions", Feature::CompletionsCapability), ("extensions", Feature::Extensions)];
const CLIENT: [Gate; 2] = [("elicitation", Feature::ElicitForm), ("extensions", Feature::Extensions)];

/// An `Implementation` as `rev` knows it.
pub fn adapt_info(rev: Revision, info: &[u8]) -> Cow<'_, [u8]> {
    adapt(rev, &INFO, info)
}

/// A `ServerCapabilities` object as `rev` knows it.
pub fn adapt_server_capabilities(rev: Revision, capabilities: &[u8]) -> Cow<'_, [u8]> {
    adapt(rev, &SERVER, capabilities)
}

/// A `ClientCapabilities` object as `rev` knows it. Where there are no links for the user, a client that can show
/// nothing else has no elicitation at all.
pub fn adapt_client_capabilities(rev: Revision, capabilities: &[u8]) -> Cow<'_, [u8]> {
    if rev.has(Feature::ElicitUrl) && rev.has(Feature::SamplingTools) {
        return adapt(rev, &CLIENT, capabilities);
    }
    let Some(raw) = parse(capabilities) else { return Cow::Borrowed(capabilities) };
    let mut out = Vec::with_capacity(capabilities.len());
    object(raw, &mut out, |key, value, out| {
        if !passes(rev, &CLIENT, key) {
            return false;
        }
        match (key, members_of(value)) {
            ("elicitation", Some(modes)) if modes.get("url").is_some() && modes.get("form").is_none() => {
                return false;
            }
            ("elicitation" | "sampling", Some(_)) => out.extend_from_slice(b"{}"),
            _ => verbatim(value, out),
        }
        true
    });
    Cow::Owned(out)
}

fn adapt<'a>(rev: Revision, gates: &[Gate], json: &'a [u8]) -> Cow<'a, [u8]> {
    if gates.iter().all(|(_, feature)| rev.has(*feature)) {
        return Cow::Borrowed(json);
    }
    let Some(raw) = parse(json) else { return Cow::Borrowed(json) };
    let mut out = Vec::with_capacity(json.len());
    gated(rev, gates, raw, &mut out);
    Cow::Owned(out)
}
