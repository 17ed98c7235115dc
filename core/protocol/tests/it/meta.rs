//! Request metadata and the parameters built on it.

use dovetail_protocol::meta::{
    ClientCapabilities, Progress, RequestMeta, cancelled_params, parse_cancelled, progress_params, write_meta,
};
use dovetail_protocol::types::CallParams;
use dovetail_protocol::{ErrorKind, Id, RawValue, Revision};

fn raw(json: &str) -> &RawValue {
    serde_json::from_str(json).unwrap()
}

#[test]
fn what_a_client_writes_a_server_reads() {
    let mut out = br#"{"_meta":"#.to_vec();
    let token = Id::from("t");
    let info = br#"{"name":"c","version":"1"}"#;
    let extra = br#" { "traceparent":"00-x" } "#;
    write_meta(&mut out, Revision::LATEST, info, br#"{"roots":{}}"#, Some(&token), Some(extra));
    out.push(b'}');
    let json = String::from_utf8(out).unwrap();
    let meta = RequestMeta::of_params(Some(raw(&json))).unwrap();
    let (version, capabilities) = meta.require_modern().unwrap();
    assert_eq!((version, capabilities.get()), ("2026-07-28", r#"{"roots":{}}"#));
    assert_eq!(meta.client_info.unwrap().get().as_bytes(), info);
    assert_eq!(meta.progress_token, Some(token.clone()));
    assert!(meta.raw.unwrap().get().contains("traceparent"));

    let legacy = |progress, extra| {
        let mut out = Vec::new();
        write_meta(&mut out, Revision::LEGACY[0], info, b"", progress, extra);
        String::from_utf8(out).unwrap()
    };
    assert_eq!(legacy(None, None), "{}");
    assert_eq!(legacy(None, Some(b"{ }".as_slice())), "{}");
    assert_eq!(legacy(Some(&token), Some(br#"{"a":1}"#.as_slice())), r#"{"progressToken":"t","a":1}"#);
}

#[test]
fn a_modern_request_names_its_revision_and_capabilities() {
    for (json, lacking) in [
        ("{}", "protocolVersion"),
        (r#"{"_meta":{}}"#, "protocolVersion"),
        (r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#, "clientCapabilities"),
    ] {
        let meta = RequestMeta::of_params(Some(raw(json))).unwrap();
        let error = meta.require_modern().unwrap_err();
        assert_eq!((error.kind, error.detail.contains(lacking)), (ErrorKind::InvalidParams, true), "{json}");
    }
    assert!(RequestMeta::of_params(None).unwrap().require_modern().is_err());
}

#[test]
fn known_keys_have_their_types_and_errors_quote_nothing() {
    for json in [
        r#"{"_meta":"secret"}"#,
        r#"{"_meta":{},"_meta":{}}"#,
        r#"{"_meta":{"progressToken":1.5}}"#,
        r#"{"_meta":{"progressToken":{"secret":1}}}"#,
        r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":["secret"]}}"#,
        r#"{"_meta":{"io.modelcontextprotocol/clientInfo":"secret"}}"#,
        r#"{"_meta":{"io.modelcontextprotocol/clientCapabilities":"secret"}}"#,
        r#"{"_meta":{"io.modelcontextprotocol/logLevel":"secret"}}"#,
    ] {
        let error = RequestMeta::of_params(Some(raw(json))).unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidParams, "{json}");
        assert!(!error.detail.contains("secret"), "{}", error.detail);
    }
}

#[test]
fn call_parameters_are_read_in_any_order() {
    let json = r#"{"requestState":"v1.x","arguments":{"a":1},"task":{},"name":"a\u0064d","inputResponses":{},"_meta":{"progressToken":3}}"#;
    let call = CallParams::parse(Some(raw(json))).unwrap();
    assert_eq!(call.name, "add");
    assert_eq!(call.arguments.unwrap().get(), r#"{"a":1}"#);
    assert_eq!(call.request_state.as_deref(), Some("v1.x"));
    assert_eq!(call.input_responses.unwrap().get(), "{}");
    assert_eq!(call.meta.progress_token, Some(Id::Number(3)));
    for bad in [
        "{}",
        r#"{"name":1}"#,
        r#"{"name":"a","name":"b"}"#,
        r#"{"name":"a","arguments":[]}"#,
        r#"{"name":"a","requestState":{}}"#,
    ] {
        assert_eq!(CallParams::parse(Some(raw(bad))).unwrap_err().kind, ErrorKind::InvalidParams, "{bad}");
    }
    assert!(CallParams::parse(None).is_err());
}

#[test]
fn an_empty_elicitation_capability_means_forms() {
    for (json, form, url) in [
        ("{}", false, false),
        (r#"{"elicitation":{}}"#, true, false),
        (r#"{"elicitation":{"form":{}}}"#, true, false),
        (r#"{"elicitation":{"url":{}}}"#, false, true),
        (r#"{"elicitation":{"form":{},"url":{}},"sampling":{},"roots":{"listChanged":true}}"#, true, true),
    ] {
        let read = ClientCapabilities::parse(raw(json)).unwrap();
        assert_eq!((read.elicitation_form, read.elicitation_url), (form, url), "{json}");
        let written = String::from_utf8(read.to_json()).unwrap();
        assert_eq!(ClientCapabilities::parse(raw(&written)).unwrap(), read);
    }
    assert!(ClientCapabilities::parse(raw(r#"{"sampling":true}"#)).is_err());
}

#[test]
fn progress_and_cancellation_survive_the_way() {
    let token = Id::Number(1);
    let params = progress_params(&token, 2.0, Some(0.5), Some("half\n"));
    let json = String::from_utf8(params).unwrap();
    assert_eq!(json, r#"{"progressToken":1,"progress":2,"total":0.5,"message":"half\n"}"#);
    let read = Progress::parse(Some(raw(&json))).unwrap();
    assert_eq!(
        (read.token, read.progress, read.total, read.message.as_deref()),
        (token, 2.0, Some(0.5), Some("half\n"))
    );
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 1e300] {
        let params = progress_params(&Id::Number(1), odd, None, None);
        assert!(Progress::parse(Some(raw(std::str::from_utf8(&params).unwrap()))).is_ok(), "{odd}");
    }

    let params = cancelled_params(&Id::from("r"), Some("why"));
    let json = String::from_utf8(params).unwrap();
    let (id, reason) = parse_cancelled(Some(raw(&json))).unwrap();
    assert_eq!((id, reason.as_deref()), (Id::from("r"), Some("why")));
    assert!(parse_cancelled(Some(raw("{}"))).is_err());
}

#[test]
fn sampling_says_what_else_it_brings() {
    for (json, tools, context) in [
        (r#"{"sampling":{}}"#, false, false),
        (r#"{"sampling":{"tools":{}}}"#, true, false),
        (r#"{"sampling":{"context":{}}}"#, false, true),
        (r#"{"sampling":{"tools":{},"context":{}}}"#, true, true),
    ] {
        let read = ClientCapabilities::parse(raw(json)).unwrap();
        assert_eq!((read.sampling, read.sampling_tools, read.sampling_context), (true, tools, context));
        assert_eq!(String::from_utf8(read.to_json()).unwrap(), json);
    }
}
