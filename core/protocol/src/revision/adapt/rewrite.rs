//! Copying JSON with changes: members dropped, replaced or kept verbatim.

use serde_json::value::RawValue;

use crate::raw::{Members, members, push_string};
use crate::revision::{Feature, Revision};

/// A member, and the feature without which it does not exist.
pub(super) type Gate = (&'static str, Feature);

/// Whether a gated member exists in `rev`; a member without a gate always does.
pub(super) fn passes(rev: Revision, gates: &[Gate], key: &str) -> bool {
    gates.iter().all(|(name, feature)| *name != key || rev.has(*feature))
}

/// The members of an object; `None` when it is something else.
pub(super) fn members_of(raw: &RawValue) -> Option<Members<'_>> {
    members(raw)
}

/// Copies `raw` without the members that `rev` lacks.
pub(super) fn gated(rev: Revision, gates: &[Gate], raw: &RawValue, out: &mut Vec<u8>) {
    object(raw, out, |key, value, out| {
        passes(rev, gates, key) && {
            verbatim(value, out);
            true
        }
    });
}

/// Copies an object. `edit` appends the value of a member, or returns `false` to drop it. What is not an object is
/// copied as it is.
pub(super) fn object(
    raw: &RawValue,
    out: &mut Vec<u8>,
    mut edit: impl FnMut(&str, &RawValue, &mut Vec<u8>) -> bool,
) {
    let Some(all) = members(raw) else { return verbatim(raw, out) };
    out.push(b'{');
    let start = out.len();
    for (key, value) in &all.0 {
        let mark = out.len();
        member(key, start, out);
        if !edit(key, value, out) {
            out.truncate(mark);
        }
    }
    out.push(b'}');
}

/// Appends a key, and a comma before it unless it is the first since `start`.
pub(super) fn member(key: &str, start: usize, out: &mut Vec<u8>) {
    if out.len() > start {
        out.push(b',');
    }
    push_string(out, key);
    out.push(b':');
}

/// Copies an array. `edit` appends one element, or nothing to drop it. What is not an array is copied as it is.
pub(super) fn array(raw: &RawValue, out: &mut Vec<u8>, mut edit: impl FnMut(&RawValue, &mut Vec<u8>)) {
    let Some(items) = elements(raw) else { return verbatim(raw, out) };
    out.push(b'[');
    let start = out.len();
    for item in items {
        let mark = out.len();
        if mark > start {
            out.push(b',');
        }
        let before = out.len();
        edit(item, out);
        if out.len() == before {
            out.truncate(mark);
        }
    }
    out.push(b']');
}

/// The elements of an array; `None` when it is something else.
pub(super) fn elements(raw: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

pub(super) fn verbatim(raw: &RawValue, out: &mut Vec<u8>) {
    out.extend_from_slice(raw.get().as_bytes());
}
