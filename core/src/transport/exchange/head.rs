//! Request heads and plain responses: what headers say, and refusals.
use std::sync::Arc;

use dovetail_protocol::{Error, ErrorKind, Id, RawValue, Revision, headers};
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};

use super::{ExchangeBody, Principal};
use crate::server::{Reply, refuse};

pub(super) fn json(reply: Reply) -> Response<ExchangeBody> {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if reply.frame.is_empty() {
        return plain(status);
    }
    let mut response = Response::new(ExchangeBody::Whole(Some(reply.frame)));
    *response.status_mut() = status;
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

/// A request head: its parts, and the headers that matter here, found in one pass.
pub(super) struct Head<'a> {
    pub(super) parts: &'a Parts,
    pub(super) host: Option<&'a HeaderValue>,
    pub(super) origin: Option<&'a HeaderValue>,
    pub(super) version: Option<&'a str>,
    pub(super) method: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) session: Option<&'a str>,
    /// Whether the body claims to be JSON.
    pub(super) json: bool,
    /// Which kinds of answer the client takes. One that says nothing takes everything (RFC 9110, 12.5.1).
    pub(super) takes_json: bool,
    pub(super) takes_events: bool,
    /// Bytes of all names and values.
    pub(super) size: usize,
}

impl<'a> Head<'a> {
    pub(super) fn read(parts: &'a Parts) -> Self {
        let mut head = Self {
            parts,
            host: None,
            origin: None,
            version: None,
            method: None,
            name: None,
            session: None,
            json: false,
            takes_json: false,
            takes_events: false,
            size: 0,
        };
        let mut content_type = None;
        let mut said = false;
        for (name, value) in &parts.headers {
            head.size += name.as_str().len() + value.len();
            match name.as_str() {
                "host" => head.host = head.host.or(Some(value)),
                "origin" => head.origin = head.origin.or(Some(value)),
                "content-type" => content_type = content_type.or(Some(value)),
                "accept" => {
                    said = true;
                    head.accept(value);
                }
                headers::MCP_PROTOCOL_VERSION => single(&mut head.version, value),
                headers::MCP_METHOD => single(&mut head.method, value),
                headers::MCP_NAME => single(&mut head.name, value),
                headers::MCP_SESSION_ID => single(&mut head.session, value),
                _ => {}
            }
        }
        head.json = content_type.is_some_and(is_json);
        head.takes_json |= !said;
        head.takes_events |= !said;
        head
    }

    fn accept(&mut self, value: &HeaderValue) {
        // As nearly every client spells it.
        if value == "application/json, text/event-stream" {
            (self.takes_json, self.takes_events) = (true, true);
            return;
        }
        let Ok(value) = value.to_str() else { return };
        for range in value.split(',') {
            match range.split(';').next().unwrap_or_default().trim() {
                "*/*" => (self.takes_json, self.takes_events) = (true, true),
                "application/*" => self.takes_json = true,
                "text/*" => self.takes_events = true,
                range if range.eq_ignore_ascii_case("application/json") => self.takes_json = true,
                range if range.eq_ignore_ascii_case("text/event-stream") => self.takes_events = true,
                _ => {}
            }
        }
    }

    /// The revision that a header names, for refusals of messages that cannot name one themselves.
    pub(super) fn revision(&self) -> Revision {
        self.version.and_then(Revision::parse).unwrap_or(Revision::LATEST)
    }

    /// A header that must not stand twice, as text.
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        let mut found = None;
        for value in self.parts.headers.get_all(name) {
            single(&mut found, value);
        }
        found
    }

    /// Who sends the request, as a layer in front found out.
    pub(super) fn principal(&self) -> Option<Arc<str>> {
        self.parts.extensions.get::<Principal>().map(|principal| principal.0.clone())
    }
}

/// Takes the value of a header that must not stand twice: no body can match a value that is not one value.
fn single<'a>(found: &mut Option<&'a str>, value: &'a HeaderValue) {
    const NEVER: &str = "\u{0}";
    *found = Some(if found.is_some() { NEVER } else { value.to_str().unwrap_or(NEVER) });
}

fn is_json(value: &HeaderValue) -> bool {
    value == "application/json"
        || value.to_str().is_ok_and(|value| {
            let essence = value.split(';').next().unwrap_or_default().trim();
            essence.eq_ignore_ascii_case("application/json")
        })
}

/// A string member of the parameters.
pub(super) fn member_text(params: Option<&RawValue>, member: &str) -> Option<String> {
    let members: std::collections::HashMap<&str, &RawValue> = serde_json::from_str(params?.get()).ok()?;
    serde_json::from_str(members.get(member)?.get()).ok()
}
