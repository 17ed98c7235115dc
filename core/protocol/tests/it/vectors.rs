//! The golden wire vectors of `vectors/`: what each revision looks like, byte for byte. A change here is a change
//! that peers see.

use dovetail_protocol::jsonrpc::{parse, write_error};
use dovetail_protocol::revision::{
    adapt_client_capabilities, adapt_info, adapt_params, adapt_result, adapt_server_capabilities,
    decode_result, encode_input_required, encode_result,
};
use dovetail_protocol::tools::{ToolSpec, list_result, value_result};
use dovetail_protocol::{
    Cache, CacheScope, Error, ErrorKind, Id, Limits, Message, Outcome, RawValue, Revision,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    revision: String,
    messages: Vec<Shape>,
    results: Vec<Encoded>,
    errors: Vec<Refusal>,
    values: Vec<Returned>,
    lists: Vec<Listed>,
    adapted: Vec<Adapted>,
    params: Vec<Asked>,
    greetings: Vec<Greeting>,
}

/// A result in the newest shape, and what the revision makes of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Adapted {
    method: String,
    body: Box<RawValue>,
    wire: Box<RawValue>,
}

/// Parameters in the newest shape, and what the revision makes of them: either the wire form or a refusal.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    method: String,
    params: Box<RawValue>,
    wire: Option<Box<RawValue>>,
    refused: Option<String>,
}

/// Who the peers are, in the newest shape.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Greeting {
    info: Box<RawValue>,
    server: Box<RawValue>,
    client: Box<RawValue>,
    wire: [Box<RawValue>; 3],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    kind: String,
    wire: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Encoded {
    body: Option<Box<RawValue>>,
    requests: Option<Box<RawValue>>,
    state: Option<String>,
    #[serde(default)]
    server_info: Option<Box<RawValue>>,
    ttl_ms: Option<u64>,
    wire: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    name: String,
    id: Option<Id>,
    http: u16,
    wire: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Returned {
    spec: ToolSpec,
    value: String,
    wire: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    spec: ToolSpec,
    wire: Box<RawValue>,
}

#[test]
fn the_wire_of_2024_11_05_stays_as_it_is() {
    check(include_str!("../../vectors/2024-11-05.json"));
}

#[test]
fn the_wire_of_2025_03_26_stays_as_it_is() {
    check(include_str!("../../vectors/2025-03-26.json"));
}

#[test]
fn the_wire_of_2025_06_18_stays_as_it_is() {
    check(include_str!("../../vectors/2025-06-18.json"));
}

#[test]
fn the_wire_of_2025_11_25_stays_as_it_is() {
    check(include_str!("../../vectors/2025-11-25.json"));
}

#[test]
fn the_wire_of_2026_07_28_stays_as_it_is() {
    check(include_str!("../../vectors/2026-07-28.json"));
}

fn check(json: &str) {
    let file: File = serde_json::from_str(json).unwrap();
    let rev = Revision::parse(&file.revision).unwrap();
    for Shape { kind, wire } in &file.messages {
        let found = match parse(wire.get().as_bytes(), &Limits::default()).unwrap() {
            Message::Request(_) => "request",
            Message::Notification(_) => "notification",
            Message::Response(_) => "response",
        };
        assert_eq!(found, kind, "{wire}");
    }
    for vector in &file.results {
        result(rev, vector);
    }
    for Refusal { name, id, http, wire } in &file.errors {
        let kind = ErrorKind::ALL.iter().copied().find(|kind| kind.name() == name).unwrap();
        let error = match kind {
            ErrorKind::UnsupportedProtocolVersion => {
                dovetail_protocol::error::unsupported_version("1900-01-01")
            }
            ErrorKind::MissingClientCapability => {
                dovetail_protocol::error::missing_capability(br#"{"elicitation":{"form":{}}}"#)
            }
            ErrorKind::UnknownResource => dovetail_protocol::error::unknown_resource("x:a"),
            kind => Error::new(kind, "detail"),
        };
        let mut out = Vec::new();
        write_error(&mut out, id.as_ref(), rev.null_id(), &error.to_wire(rev));
        assert_eq!(std::str::from_utf8(&out).unwrap(), wire.get());
        assert_eq!(kind.http_status(rev), *http, "{name}");
    }
    for Returned { spec, value, wire } in &file.values {
        let body = value_result(rev, value.as_bytes(), spec);
        assert_eq!(std::str::from_utf8(&body).unwrap(), wire.get());
    }
    for Listed { spec, wire } in &file.lists {
        let body = list_result(std::slice::from_ref(spec), rev);
        assert_eq!(std::str::from_utf8(&body).unwrap(), wire.get());
    }
    for Adapted { method, body, wire } in &file.adapted {
        let adapted = adapt_result(rev, method, body.get().as_bytes());
        assert_eq!(std::str::from_utf8(&adapted).unwrap(), wire.get());
        assert_eq!(adapt_result(rev, method, &adapted), adapted, "adapting twice changes nothing");
    }
    for Asked { method, params, wire, refused } in &file.params {
        match adapt_params(rev, method, params.get().as_bytes()) {
            Ok(adapted) => {
                assert_eq!(Some(std::str::from_utf8(&adapted).unwrap()), wire.as_deref().map(RawValue::get));
            }
            Err(error) => assert_eq!(Some(error.kind.name()), refused.as_deref(), "{params}"),
        }
    }
    for Greeting { info, server, client, wire } in &file.greetings {
        let adapted = [
            adapt_info(rev, info.get().as_bytes()),
            adapt_server_capabilities(rev, server.get().as_bytes()),
            adapt_client_capabilities(rev, client.get().as_bytes()),
        ];
        for (adapted, wire) in adapted.iter().zip(wire) {
            assert_eq!(std::str::from_utf8(adapted).unwrap(), wire.get());
        }
    }
}

fn result(rev: Revision, vector: &Encoded) {
    let info = vector.server_info.as_ref().map_or(&b""[..], |raw| raw.get().as_bytes());
    let wire = match &vector.body {
        Some(body) => {
            let cache = vector.ttl_ms.map(|ttl_ms| Cache { ttl_ms, scope: CacheScope::Private });
            encode_result(rev, body.get().as_bytes(), info, cache)
        }
        None => {
            let requests = vector.requests.as_ref().map(|raw| raw.get().as_bytes());
            encode_input_required(rev, requests, vector.state.as_deref(), info).unwrap()
        }
    };
    assert_eq!(std::str::from_utf8(&wire).unwrap(), vector.wire.get());
    match decode_result(rev, &vector.wire).unwrap() {
        Outcome::Complete(raw) => assert_eq!((raw.get(), vector.body.is_some()), (vector.wire.get(), true)),
        Outcome::InputRequired { requests, state } => {
            assert_eq!(requests.map(RawValue::get), vector.requests.as_deref().map(RawValue::get));
            assert_eq!(state.as_deref(), vector.state.as_deref());
        }
    }
}

#[test]
fn an_old_revision_has_no_way_to_ask_in_a_result() {
    let error = encode_input_required(Revision::V2025_11_25, None, Some("s"), b"").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Internal);
}

#[test]
fn results_that_break_the_protocol_are_refused() {
    for bad in [
        "[]",
        "null",
        r#"{"resultType":"task"}"#,
        r#"{"resultType":1}"#,
        r#"{"resultType":"input_required"}"#,
        r#"{"resultType":"input_required","inputRequests":[]}"#,
        r#"{"resultType":"input_required","requestState":1}"#,
        r#"{"resultType":"complete","resultType":"input_required","requestState":"s"}"#,
    ] {
        let raw: Box<RawValue> = serde_json::from_str(bad).unwrap();
        assert_eq!(decode_result(Revision::LATEST, &raw).unwrap_err().kind, ErrorKind::Malformed, "{bad}");
    }
    let raw: Box<RawValue> = serde_json::from_str(r#"{"tools":[]}"#).unwrap();
    assert!(
        matches!(decode_result(Revision::LATEST, &raw), Ok(Outcome::Complete(_))),
        "absent means complete"
    );
}
