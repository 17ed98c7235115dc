//! The newest shape on older revisions, beyond what the vectors show.

use dovetail_protocol::revision::{adapt_params, adapt_result, question_params};
use dovetail_protocol::rounds::{Question, QuestionKind};
use dovetail_protocol::tools::{ToolSpec, data_of, shape_result};
use dovetail_protocol::types::SampleRequest;
use dovetail_protocol::{ErrorKind, Feature, RawValue, Revision, methods};

fn raw(json: &str) -> Box<RawValue> {
    serde_json::from_str(json).unwrap()
}

fn adapted(rev: Revision, method: &str, body: &str) -> String {
    String::from_utf8(adapt_result(rev, method, body.as_bytes()).into_owned()).unwrap()
}

#[test]
fn nothing_is_copied_when_nothing_changes() {
    for (method, body) in [
        (methods::TOOLS_CALL, r#"{"content":[{"type":"text","text":"a"}]}"#),
        (methods::RESOURCES_READ, r#"{"contents":[{"uri":"x:a","text":"a"}]}"#),
        (methods::PROMPTS_GET, r#"{"messages":[]}"#),
        ("example/other", r#"{"icons":[]}"#),
        (methods::TOOLS_CALL, "not JSON: audio"),
    ] {
        for rev in Revision::ALL {
            let adapted = adapt_result(*rev, method, body.as_bytes());
            assert!(matches!(adapted, std::borrow::Cow::Borrowed(_)), "{rev} {method}");
        }
    }
}

#[test]
fn an_escape_hides_no_member() {
    let body = r#"{"content":[{"type":"\u0061udio","data":"AAAA","mimeType":"audio/wav"}]}"#;
    assert!(adapted(Revision::V2024_11_05, methods::TOOLS_CALL, body).contains("[audio audio/wav, 3 bytes]"));
    let body = r#"{"content":[],"\u0073tructuredContent":{"a":1}}"#;
    assert_eq!(adapted(Revision::V2025_03_26, methods::TOOLS_CALL, body), r#"{"content":[]}"#);
}

#[test]
fn unknown_members_and_kinds_stay_byte_for_byte() {
    let body = r#"{"content":[{"type":"hologram","x":1.50,"_meta":{}}, 7],"later":{"a" : 1e5},"structuredContent":{}}"#;
    assert_eq!(
        adapted(Revision::V2024_11_05, methods::TOOLS_CALL, body),
        r#"{"content":[{"type":"hologram","x":1.50},7],"later":{"a" : 1e5}}"#
    );
}

#[test]
fn a_link_to_follow_has_a_name_where_links_have_names() {
    let question = Question::url("m", "https://a.example/x?y=1").unwrap();
    let params = |rev| question_params(rev, &question, "id-1").map(|params| params.into_owned());
    let legacy = String::from_utf8(params(Revision::V2025_11_25).unwrap()).unwrap();
    assert!(legacy.ends_with(r#","elicitationId":"id-1"}"#), "{legacy}");
    assert_eq!(params(Revision::V2025_06_18).unwrap_err().kind, ErrorKind::MissingClientCapability);
    assert_eq!(params(Revision::V2026_07_28).unwrap_err().kind, ErrorKind::Internal);
}

#[test]
fn questions_say_what_a_client_must_be_able_to_do() {
    let plain = SampleRequest::new("hello", 10);
    let tools = SampleRequest { tools: Some(raw(r#"[{"name":"t"}]"#)), ..plain.clone() };
    let (plain, tools) = (Question::sample(&plain), Question::sample(&tools));
    assert_eq!(plain.required_capability(), br#"{"sampling":{}}"#);
    assert_eq!(tools.required_capability(), br#"{"sampling":{"tools":{}}}"#);
    let can = |json: &str| dovetail_protocol::meta::ClientCapabilities::parse(&raw(json)).unwrap();
    assert!(plain.can(&can(r#"{"sampling":{}}"#)) && !tools.can(&can(r#"{"sampling":{}}"#)));
    assert!(tools.can(&can(r#"{"sampling":{"tools":{}}}"#)) && !plain.can(&can("{}")));
    assert_eq!(Question::roots().kind, QuestionKind::Roots);
    for bad in
        ["javascript:x", "https://", "http://a b/", "https://u@a.example/", "https://a.example/ü", "/x", "é"]
    {
        assert_eq!(Question::url("m", bad).unwrap_err().kind, ErrorKind::InvalidConfig, "{bad}");
    }
}

#[test]
fn tools_for_a_model_are_never_dropped_in_silence() {
    for rev in Revision::LEGACY.iter().filter(|rev| !rev.has(Feature::SamplingTools)) {
        for params in [
            r#"{"messages":[],"maxTokens":1,"tools":[{"name":"t","inputSchema":{}}]}"#,
            r#"{"messages":[{"role":"user","content":[{"type":"tool_result","toolUseId":"1","content":[]}]}],"maxTokens":1}"#,
        ] {
            let error = adapt_params(*rev, methods::SAMPLING_CREATE, params.as_bytes()).unwrap_err();
            assert_eq!(error.kind, ErrorKind::MissingClientCapability);
        }
    }
}

#[test]
fn results_of_handlers_arrive_as_their_schema_says() {
    let spec = |schema: Option<&str>| ToolSpec {
        output_schema: schema.map(raw),
        ..ToolSpec::new("t", raw(r#"{"type":"object"}"#))
    };
    let mixed = spec(Some(r#"{"type":["object","null"]}"#));
    for (body, spec) in [
        (r#"{"content":[],"structuredContent":{"a":1.50}}"#, &mixed),
        (r#"{"content":[],"structuredContent":null}"#, &mixed),
        (r#"{"structuredContent":{"a":1},"_meta":{"b/c":1}}"#, &mixed),
        (r#"{"content":[],"structuredContent":[1]}"#, &spec(None)),
        (r#"{"content":[],"structuredContent":{"a":1}}"#, &spec(Some(r#"{"type":"object"}"#))),
    ] {
        let expected: serde_json::Value = serde_json::from_str(body).unwrap();
        for rev in Revision::ALL.iter().filter(|rev| rev.has(Feature::Structured)) {
            let shaped = raw(std::str::from_utf8(&shape_result(*rev, body.as_bytes(), spec)).unwrap());
            let value: serde_json::Value = serde_json::from_str(data_of(&shaped).unwrap().get()).unwrap();
            assert_eq!(value, expected["structuredContent"], "{rev} {shaped}");
            let object: serde_json::Value = serde_json::from_str(shaped.get()).unwrap();
            assert!(object["content"].is_array());
            assert_eq!(object["_meta"]["b/c"], expected["_meta"]["b/c"]);
            assert!(rev.has(Feature::AnyStructured) || object["structuredContent"].is_object(), "{shaped}");
        }
    }
    let shaped = shape_result(Revision::V2024_11_05, br#"{"structuredContent":{"a":1}}"#, &mixed);
    assert_eq!(shaped, br#"{"content":[{"type":"text","text":"{\"a\":1}"}]}"#);
}
