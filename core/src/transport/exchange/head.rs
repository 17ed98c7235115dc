//! Request heads and plain responses: what headers say, and refusals.
use dovetail_protocol::{Error, ErrorKind, Id, RawValue, Revision, headers};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use super::ExchangeBody;
use crate::server::{Reply, refuse};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

pub(super) fn json(reply: Reply) -> Response<ExchangeBody> {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if reply.frame.is_empty() {
        return plain(status);
    }
    let mut response = Response::new(ExchangeBody::Whole(Some(reply.frame)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

pub(super) fn plain(status: StatusCode) -> Response<ExchangeBody> {
    let mut response = Response::new(ExchangeBody::Whole(None));
    *response.status_mut() = status;
    response
}

pub(super) fn refusal(revision: Revision, error: &Error) -> Response<ExchangeBody> {
    json(refuse(revision, None, error))
}

pub(super) fn refusal_with(revision: Revision, error: &Error, status: StatusCode) -> Response<ExchangeBody> {
    let mut response = refusal(revision, error);
    *response.status_mut() = status;
    response
}

pub(super) fn bad_request(revision: Revision, id: Option<&Id>, error: &Error) -> Response<ExchangeBody> {
    let mut response = json(refuse(revision, id, error));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

pub(super) fn too_large(limit: usize) -> Response<ExchangeBody> {
    refusal_with(
        Revision::LATEST,
        &Error::new(
            ErrorKind::LimitExceeded,
            format!("the body is larger than {limit} bytes (limit `body`)"),
        ),
        StatusCode::PAYLOAD_TOO_LARGE,
    )
}

/// The revision that a header names, for refusals of messages that cannot name one themselves.
pub(super) fn revision_of(head: &HeaderMap) -> Revision {
    header(head, headers::MCP_PROTOCOL_VERSION).and_then(Revision::parse).unwrap_or(Revision::LATEST)
}

/// A header that must not stand twice, as text.
pub(super) fn header<'a>(head: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = head.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() {
        // No body can match a value that is not one value.
        return Some("\u{0}");
    }
    Some(first.to_str().unwrap_or("\u{0}"))
}

pub(super) fn text<'a>(head: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    head.get(name).and_then(|value| value.to_str().ok())
}

pub(super) fn is_json(head: &HeaderMap) -> bool {
    text(head, &CONTENT_TYPE).is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    })
}

/// Which kinds of answer a client takes: JSON, event streams. One that says nothing takes everything (RFC 9110,
/// 12.5.1).
pub(super) fn accepts(head: &HeaderMap) -> (bool, bool) {
    let (mut json, mut events, mut said) = (false, false, false);
    for value in head.get_all(ACCEPT) {
        said = true;
        let Ok(value) = value.to_str() else { continue };
        for range in value.split(',') {
            match range.split(';').next().unwrap_or_default().trim() {
                "*/*" => (json, events) = (true, true),
                range if range.eq_ignore_ascii_case("application/json") || range == "application/*" => {
                    json = true
                }
                range if range.eq_ignore_ascii_case("text/event-stream") || range == "text/*" => {
                    events = true
                }
                _ => {}
            }
        }
    }
    (json || !said, events || !said)
}

/// A string member of the parameters.
pub(super) fn member_text(params: Option<&RawValue>, member: &str) -> Option<String> {
    let members: std::collections::HashMap<&str, &RawValue> = serde_json::from_str(params?.get()).ok()?;
    serde_json::from_str(members.get(member)?.get()).ok()
}
