//! Definitions in listings: tools, prompts, resources, templates, roots.

use serde_json::value::RawValue;

use super::content;
use super::rewrite::{Gate, array, gated, object, passes, verbatim};
use crate::revision::{Feature, Revision};
use crate::tools::wrap;

/// What is listed.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Tool,
    Prompt,
    /// Templates, too: they differ in one member that nobody changes.
    Resource,
    Root,
}

const NAMED: [Gate; 3] =
    [("title", Feature::Titles), ("icons", Feature::Icons), ("_meta", Feature::ObjectMeta)];
const TOOL: [Gate; 2] = [("outputSchema", Feature::Structured), ("annotations", Feature::ToolAnnotations)];
const ARGUMENT: [Gate; 1] = [("title", Feature::Titles)];

/// Copies a listing, each definition under `member` cut to what `rev` knows.
pub(super) fn list(rev: Revision, kind: Kind, member: &str, raw: &RawValue, out: &mut Vec<u8>) {
    object(raw, out, |key, value, out| {
        if key == member {
            array(value, out, |item, out| definition(rev, kind, item, out));
        } else {
            verbatim(value, out);
        }
        true
    });
}

fn definition(rev: Revision, kind: Kind, raw: &RawValue, out: &mut Vec<u8>) {
    object(raw, out, |key, value, out| {
        if !passes(rev, &NAMED, key) || (kind == Kind::Tool && !passes(rev, &TOOL, key)) {
            return false;
        }
        match (kind, key) {
            (Kind::Tool, "outputSchema")
                if !rev.has(Feature::AnyStructured) && !wrap::is_object_schema(value) =>
            {
                verbatim(&wrap::wrap_schema(value), out);
            }
            (Kind::Resource, "annotations") => content::annotations(rev, value, out),
            (Kind::Prompt, "arguments") => array(value, out, |item, out| gated(rev, &ARGUMENT, item, out)),
            _ => verbatim(value, out),
        }
        true
    });
}
