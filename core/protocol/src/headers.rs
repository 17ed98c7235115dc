//! HTTP header rules: names, value encoding, and the check of mirrored headers against the body.
//!
//! Pure text in and out. Must never know an HTTP library, and never repair a value: what does not match is refused.
//! Specification: Streamable HTTP, "Request Metadata" and "Server Validation".

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::{Error, ErrorKind};
use crate::methods;

/// The revision of the request. All names here are lower case; HTTP compares them without case.
pub const MCP_PROTOCOL_VERSION: &str = "mcp-protocol-version";
/// The JSON-RPC method, mirrored.
pub const MCP_METHOD: &str = "mcp-method";
/// The tool or prompt name or resource URI, mirrored and possibly encoded.
pub const MCP_NAME: &str = "mcp-name";
/// The session of the session revisions.
pub const MCP_SESSION_ID: &str = "mcp-session-id";
/// Where a resumed event stream goes on (session revisions).
pub const LAST_EVENT_ID: &str = "last-event-id";
/// The header that keeps reverse proxies from holding events back, with value `no`.
pub const X_ACCEL_BUFFERING: &str = "x-accel-buffering";

const PREFIX: &str = "=?base64?";
const SUFFIX: &str = "?=";

/// `value` as it may travel in a header: unchanged when it is plain ASCII without padding, else Base64 in the
/// sentinel form. A plain value that looks like the sentinel is encoded too.
pub fn encode_value(value: &str) -> Cow<'_, str> {
    let padded = value.starts_with([' ', '\t']) || value.ends_with([' ', '\t']);
    let sentinel = value.starts_with(PREFIX) && value.ends_with(SUFFIX);
    let plain = value.bytes().all(is_field_byte) && !padded && !sentinel;
    if plain {
        Cow::Borrowed(value)
    } else {
        Cow::Owned(format!("{PREFIX}{}{SUFFIX}", STANDARD.encode(value)))
    }
}

/// The value a header stands for. Fails with [`ErrorKind::HeaderMismatch`] on characters a header must not hold,
/// and on Base64 that is not exact (alphabet, padding, trailing bits) or not UTF-8.
pub fn decode_value(value: &str) -> Result<Cow<'_, str>, Error> {
    if !value.bytes().all(is_field_byte) {
        return Err(mismatch("a header value holds characters outside visible ASCII"));
    }
    let encoded = value.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    let Some(encoded) = encoded else { return Ok(Cow::Borrowed(value)) };
    let bytes = STANDARD.decode(encoded).map_err(|_| mismatch("a header value is not valid Base64"))?;
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| mismatch("an encoded header value is not UTF-8"))
}

/// The member of `params` that [`MCP_NAME`] mirrors, for methods that have one.
pub fn name_source(method: &str) -> Option<&'static str> {
    match method {
        methods::TOOLS_CALL | methods::PROMPTS_GET => Some("name"),
        methods::RESOURCES_READ => Some("uri"),
        _ => None,
    }
}

/// The mirrored headers of one request, surrounding white space removed. A header sent twice must have been
/// refused before: there is no telling which one an intermediary believed.
#[derive(Copy, Clone, Debug, Default)]
pub struct StandardHeaders<'a> {
    /// [`MCP_PROTOCOL_VERSION`].
    pub version: Option<&'a str>,
    /// [`MCP_METHOD`].
    pub method: Option<&'a str>,
    /// [`MCP_NAME`], as received.
    pub name: Option<&'a str>,
}

/// Checks that what intermediaries saw is what the body says. `body_name` is the member [`name_source`] names;
/// `None` for methods without one. Values are compared with case. Fails with [`ErrorKind::HeaderMismatch`].
pub fn check(
    headers: &StandardHeaders<'_>,
    body_version: &str,
    body_method: &str,
    body_name: Option<&str>,
) -> Result<(), Error> {
    same(headers.version, body_version, "MCP-Protocol-Version")?;
    same(headers.method, body_method, "Mcp-Method")?;
    if let Some(expected) = body_name {
        let value = headers.name.ok_or_else(|| mismatch("header Mcp-Name is missing"))?;
        if decode_value(value)? != expected {
            return Err(mismatch("header Mcp-Name does not match the body"));
        }
    }
    Ok(())
}

fn same(header: Option<&str>, body: &str, name: &str) -> Result<(), Error> {
    match header {
        None => Err(mismatch(&format!("header {name} is missing"))),
        Some(value) if value == body => Ok(()),
        Some(_) => Err(mismatch(&format!("header {name} does not match the body"))),
    }
}

fn is_field_byte(byte: u8) -> bool {
    matches!(byte, b'\t' | 0x20..=0x7e)
}

fn mismatch(detail: &str) -> Error {
    Error::new(ErrorKind::HeaderMismatch, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_specification_hold_both_ways() {
        for (value, header) in [
            ("us-west1", "us-west1"),
            ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
            (" padded ", "=?base64?IHBhZGRlZCA=?="),
            ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
            ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
            ("a\tb", "a\tb"),
            ("", ""),
            ("=?base64?=", "=?base64?PT9iYXNlNjQ/PQ==?="),
            ("=?BASE64?x?=", "=?BASE64?x?="),
        ] {
            assert_eq!(encode_value(value), header);
            assert_eq!(decode_value(header).expect("valid"), value);
        }
    }

    #[test]
    fn inexact_values_are_refused() {
        for bad in [
            "=?base64?SGVsbG8?=",
            "=?base64?SGVs bG8=?=",
            "=?base64?SGVsbG9=?=",
            "=?base64?_-8=?=",
            "=?base64?/w==?=",
            "caf\u{e9}",
            "a\nb",
            "a\0",
            "a\u{7f}",
        ] {
            assert_eq!(decode_value(bad).expect_err(bad).kind, ErrorKind::HeaderMismatch);
        }
    }

    #[test]
    fn headers_must_be_there_and_match() {
        let good = StandardHeaders {
            version: Some("2026-07-28"),
            method: Some("tools/call"),
            name: Some("=?base64?w6k=?="),
        };
        let ok =
            |headers: &StandardHeaders<'_>| check(headers, "2026-07-28", "tools/call", Some("é")).is_ok();
        assert!(ok(&good));
        assert!(!ok(&StandardHeaders { version: None, ..good }));
        assert!(!ok(&StandardHeaders { version: Some("2025-11-25"), ..good }));
        assert!(!ok(&StandardHeaders { method: None, ..good }));
        assert!(!ok(&StandardHeaders { method: Some("Tools/call"), ..good }));
        assert!(!ok(&StandardHeaders { name: None, ..good }));
        assert!(!ok(&StandardHeaders { name: Some("e"), ..good }));
        assert!(!ok(&StandardHeaders { name: Some("=?base64?w6k?="), ..good }));
        assert!(
            check(&StandardHeaders { method: Some("tools/list"), ..good }, "2026-07-28", "tools/list", None)
                .is_ok()
        );
    }
}
