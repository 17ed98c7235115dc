//! How a call comes in from JavaScript: arguments become bytes and numbers, panics and errors become exceptions.
use std::time::Duration;

use bytes::Bytes;
use dovetail_bridge::{BridgeError, Code};
use napi::bindgen_prelude::{Either, Uint8Array};

/// JSON text, or bytes that claim to be JSON.
pub(crate) type Json = Either<String, Uint8Array>;

/// The largest integer that a JavaScript number holds exactly.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// Runs the body of an exported function. No panic and no Rust error type leaves it.
pub(crate) fn entry<T>(body: impl FnOnce() -> Result<T, BridgeError>) -> napi::Result<T> {
    BridgeError::catch(body).map_err(|error| {
        let body = error.to_json();
        napi::Error::from_reason(String::from_utf8_lossy(&body))
    })
}

/// Copies JSON out of JavaScript.
pub(crate) fn bytes(json: Json) -> Bytes {
    match json {
        Either::A(text) => Bytes::from(text),
        Either::B(bytes) => Bytes::copy_from_slice(&bytes),
    }
}

/// Copies JSON that may have been left out.
pub(crate) fn optional_bytes(json: Option<Json>) -> Bytes {
    json.map(bytes).unwrap_or_default()
}

/// Reads a key or a call id.
pub(crate) fn id(number: f64, what: &str) -> Result<u64, BridgeError> {
    if (0.0..=MAX_SAFE_INTEGER).contains(&number) && number.fract() == 0.0 {
        // Exact: a whole number in the range that was just checked.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        return Ok(number as u64);
    }
    Err(BridgeError::new(Code::InvalidArgument, format!("{what}: a safe integer of at least 0 is expected")))
}

/// Reads a time in milliseconds.
pub(crate) fn milliseconds(number: u32) -> Duration {
    Duration::from_millis(number.into())
}
