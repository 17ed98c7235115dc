//! Writes envelopes around payloads that are JSON already.
//!
//! Appends compact bytes without a trailing newline. Raw line breaks inside a payload are dropped: they are white
//! space there, and would break both framings.

use super::id::push_integer;
use super::{Id, WireError};
use crate::raw::{push_payload, push_string};

/// Appends a successful response. `result` must be a JSON object. A vector without room gets exactly what it needs, at
/// least when the result has no line breaks and the id no escapes.
pub fn write_result(out: &mut Vec<u8>, id: &Id, result: &[u8]) {
    out.reserve_exact(br#"{"jsonrpc":"2.0","id":,"result":}"#.len() + id.length() + result.len());
    out.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
    id.write(out);
    out.extend_from_slice(br#","result":"#);
    push_payload(out, result);
    out.push(b'}');
}

/// Appends an error response. Without an id, `null_id` decides between `"id":null` and no member at all; see
/// [`Revision::null_id`](crate::Revision::null_id).
pub fn write_error(out: &mut Vec<u8>, id: Option<&Id>, null_id: bool, error: &WireError) {
    out.extend_from_slice(br#"{"jsonrpc":"2.0","#);
    match id {
        Some(id) => {
            out.extend_from_slice(br#""id":"#);
            id.write(out);
            out.push(b',');
        }
        None if null_id => out.extend_from_slice(br#""id":null,"#),
        None => {}
    }
    out.extend_from_slice(br#""error":{"code":"#);
    push_integer(out, error.code);
    out.extend_from_slice(br#","message":"#);
    push_string(out, &error.message);
    if let Some(data) = &error.data {
        out.extend_from_slice(br#","data":"#);
        push_payload(out, data.get().as_bytes());
    }
    out.extend_from_slice(b"}}");
}

/// Appends a request. `params` must be a JSON object; an empty slice leaves the member out.
pub fn write_request(out: &mut Vec<u8>, id: &Id, method: &str, params: &[u8]) {
    out.reserve(params.len() + method.len() + 64);
    out.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
    id.write(out);
    out.push(b',');
    write_call(out, method, params);
}

/// Appends a notification. `params` must be a JSON object; an empty slice leaves the member out.
pub fn write_notification(out: &mut Vec<u8>, method: &str, params: &[u8]) {
    out.reserve(params.len() + method.len() + 48);
    out.extend_from_slice(br#"{"jsonrpc":"2.0","#);
    write_call(out, method, params);
}

fn write_call(out: &mut Vec<u8>, method: &str, params: &[u8]) {
    out.extend_from_slice(br#""method":"#);
    push_string(out, method);
    if !params.is_empty() {
        out.extend_from_slice(br#","params":"#);
        push_payload(out, params);
    }
    out.push(b'}');
}
