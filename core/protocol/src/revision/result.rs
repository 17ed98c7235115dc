//! Results on the wire: one pair of functions, dispatched to the codec of the revision.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{Feature, Revision, adapt_result, v2026_07_28};
use crate::error::{Error, ErrorKind};
use crate::raw::{is_object, members};

/// Who may reuse a cached result.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum CacheScope {
    /// Anyone: the result does not depend on who asks.
    Public,
    /// Only the caller it was made for.
    Private,
}

/// The cache hints of a result. Specification: server utilities, "Caching".
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub struct Cache {
    /// Milliseconds the result stays fresh after it was received. 0: ask again every time.
    pub ttl_ms: u64,
    /// Who may reuse it.
    pub scope: CacheScope,
}

/// What a response turned out to be.
#[derive(Clone, Debug)]
pub enum Outcome<'a> {
    /// The final result, as received.
    Complete(&'a RawValue),
    /// The server needs input before it goes on.
    InputRequired {
        /// Requests to fulfil, by the server's keys; an object.
        requests: Option<&'a RawValue>,
        /// To be echoed byte for byte, and only if present.
        state: Option<Cow<'a, str>>,
    },
}

/// Turns the body of a finished result into what travels on `rev`.
///
/// `body` is a JSON object without `resultType`; `server_info` is an `Implementation` or empty. Revisions with
/// typed results get `resultType`, the server's identity in `_meta` (merged into one the body brings) and, with
/// `cache`, the hints; the others get the body unchanged. The body is spliced, not parsed, unless it has a `_meta`.
pub fn encode_result(rev: Revision, body: &[u8], server_info: &[u8], cache: Option<Cache>) -> Vec<u8> {
    if rev.has(Feature::ResultType) {
        v2026_07_28::encode_result(body, server_info, cache)
    } else {
        body.to_vec()
    }
}

/// As [`encode_result`] without hints, for a body of [`value_result`](crate::tools::value_result): what it says about
/// itself is known, and need not be looked for in what may be a long text.
pub fn encode_value_result(rev: Revision, body: &[u8], server_info: &[u8]) -> Vec<u8> {
    if rev.has(Feature::ResultType) && rev.has(Feature::AnyStructured) {
        v2026_07_28::encode_without_meta(body, server_info, None)
    } else {
        encode_result(rev, body, server_info, None)
    }
}

/// Completes a result that something else than the codec made, such as a layer of the program: adds what travels on `rev`
/// unless it is there, and drops what an older revision does not know. Fails with [`ErrorKind::Internal`] when `body`
/// is not a JSON object.
pub fn complete_result(
    rev: Revision,
    method: &str,
    body: &[u8],
    server_info: &[u8],
    cache: Option<Cache>,
) -> Result<Vec<u8>, Error> {
    let members = serde_json::from_slice::<&RawValue>(body).ok().and_then(members);
    let members =
        members.ok_or_else(|| Error::new(ErrorKind::Internal, "a layer's result is not a JSON object"))?;
    if !rev.has(Feature::ResultType) {
        return Ok(adapt_result(rev, method, body).into_owned());
    }
    if members.get("resultType").is_some() {
        return Ok(body.to_vec());
    }
    let cache = cache.filter(|_| members.get("ttlMs").is_none() && members.get("cacheScope").is_none());
    Ok(encode_result(rev, body, server_info, cache))
}

/// The result that asks for input. `requests` is the JSON object of [`Run::input_required`], `state` its sealed
/// form; at least one must be given. Fails with [`ErrorKind::Internal`] on a revision that cannot express it.
///
/// [`Run::input_required`]: crate::rounds::Run::input_required
pub fn encode_input_required(
    rev: Revision,
    requests: Option<&[u8]>,
    state: Option<&str>,
    server_info: &[u8],
) -> Result<Vec<u8>, Error> {
    if !rev.has(Feature::InputRequired) || (requests.is_none() && state.is_none()) {
        return Err(Error::new(ErrorKind::Internal, format!("no input_required result to send on {rev}")));
    }
    Ok(v2026_07_28::encode_input_required(requests, state, server_info))
}

/// Reads a result as `rev` defines it. An absent `resultType` means complete.
///
/// Fails with [`ErrorKind::Malformed`] when the result is not an object, has an unknown `resultType`, or asks for
/// input without saying what.
pub fn decode_result<'a>(rev: Revision, raw: &'a RawValue) -> Result<Outcome<'a>, Error> {
    if rev.has(Feature::ResultType) {
        v2026_07_28::decode_result(raw)
    } else if is_object(raw) {
        Ok(Outcome::Complete(raw))
    } else {
        Err(Error::new(ErrorKind::Malformed, "the result is not an object"))
    }
}
