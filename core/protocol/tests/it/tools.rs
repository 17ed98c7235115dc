//! Plain values to tool results and back.

use dovetail_protocol::revision::{encode_result, encode_value_result};
use dovetail_protocol::rounds::QuestionKind;
use dovetail_protocol::tools::{
    ToolSpec, data_of, error_result, error_text, is_error, list_result, value_result,
};
use dovetail_protocol::{Feature, RawValue, Revision};

fn raw(json: &str) -> Box<RawValue> {
    serde_json::from_str(json).unwrap()
}

fn spec(output: Option<&str>) -> ToolSpec {
    ToolSpec { output_schema: output.map(raw), ..ToolSpec::new("t", raw(r#"{"type":"object"}"#)) }
}

#[test]
fn every_value_comes_back_as_itself() {
    for rev in Revision::ALL.iter().filter(|rev| rev.has(Feature::Structured)) {
        for (schema, value) in [
            (Some(r#"{"type":"object"}"#), r#"{"a":1.50}"#),
            (Some(r#"{"type":"integer"}"#), "7"),
            (Some(r#"{"type":"string"}"#), r#""a\n\"b\"""#),
            (Some(r#"{"type":["object","null"]}"#), r#"{"a":1}"#),
            (Some(r#"{"type":["object","null"]}"#), "null"),
            (Some(r#"{"anyOf":[{"type":"array"}]}"#), "[1,2]"),
            (None, r#""plain""#),
            (Some(r#"{"type":"object"}"#), r#"{"_meta":{"a":"\u0041"}}"#),
        ] {
            let body = value_result(*rev, value.as_bytes(), &spec(schema));
            let server = br#"{"name":"n","version":"1"}"#;
            assert_eq!(
                String::from_utf8(encode_value_result(*rev, &body, server)),
                String::from_utf8(encode_result(*rev, &body, server, None)),
            );
            let body = raw(std::str::from_utf8(&body).unwrap());
            assert_eq!(data_of(&body).unwrap().get(), value, "{rev} {schema:?}");
            assert!(!is_error(&body));
        }
    }
}

#[test]
fn a_value_that_another_sdk_wrapped_is_unwrapped_when_the_texts_spell_it() {
    for (content, structured, value) in [
        (r#"[{"type":"text","text":"3"}]"#, r#"{"result":3}"#, "3"),
        (r#"[{"type":"text","text":"ä\n"}]"#, r#"{"result":"ä\n"}"#, r#""ä\n""#),
        (r#"[{"type":"text","text":"{\"a\": 1}"}]"#, r#"{"result":{"a":1}}"#, r#"{"a":1}"#),
        (r#"[{"type":"text","text":"1"},{"type":"text","text":"b"}]"#, r#"{"result":[1,"b"]}"#, r#"[1,"b"]"#),
        // Objects of their own.
        (r#"[{"type":"text","text":"{\"result\":3}"}]"#, r#"{"result":3}"#, r#"{"result":3}"#),
        (r#"[{"type":"text","text":"3"}]"#, r#"{"result":3,"more":4}"#, r#"{"result":3,"more":4}"#),
        (r#"[{"type":"text","text":"done"}]"#, r#"{"result":3}"#, r#"{"result":3}"#),
        (r#"[{"type":"image","text":"3"}]"#, r#"{"result":3}"#, r#"{"result":3}"#),
        (r#"[]"#, r#"{"result":3}"#, r#"{"result":3}"#),
    ] {
        let body = raw(&format!(r#"{{"content":{content},"structuredContent":{structured}}}"#));
        assert_eq!(data_of(&body).unwrap().get(), value, "{content} {structured}");
    }
}

#[test]
fn structured_content_is_an_object_where_it_must_be() {
    let legacy = Revision::V2025_11_25;
    for (schema, value) in [
        (r#"{"type":"integer"}"#, "7"),
        (r#"{"type":["object","null"]}"#, r#"{"a":1}"#),
        (r#"{"type":"object"}"#, r#"{"a":1}"#),
        (r#"{"type":"array"}"#, "[]"),
    ] {
        let body: serde_json::Value =
            serde_json::from_slice(&value_result(legacy, value.as_bytes(), &spec(Some(schema)))).unwrap();
        assert!(body["structuredContent"].is_object(), "{body}");
        let list: serde_json::Value =
            serde_json::from_slice(&list_result(&[spec(Some(schema))], legacy)).unwrap();
        let listed = &list["tools"][0]["outputSchema"];
        assert_eq!(listed["type"], "object", "{listed}");
        let wrapped = listed["properties"].get("result").is_some();
        assert_eq!(wrapped, body["_meta"]["dev.dovetail/wrapped"] == true);
    }
}

#[test]
fn references_still_resolve_in_a_wrapped_schema() {
    let schema = r##"{"$defs":{"N":{"type":"integer"}},"anyOf":[{"$ref":"#/$defs/N"},{"$ref":"#"},{"$ref":"#/anyOf/0"},{"const":{"$ref":"#"}},{"$ref":"https://a.example/#"}]}"##;
    let list: serde_json::Value =
        serde_json::from_slice(&list_result(&[&spec(Some(schema))], Revision::V2025_11_25)).unwrap();
    let listed = &list["tools"][0]["outputSchema"];
    assert_eq!(listed["$defs"]["N"]["type"], "integer");
    let any = &listed["properties"]["result"]["anyOf"];
    assert_eq!(any[0]["$ref"], "#/$defs/N");
    assert_eq!(any[1]["$ref"], "#/properties/result");
    assert_eq!(any[2]["$ref"], "#/properties/result/anyOf/0");
    assert_eq!(any[3]["const"]["$ref"], "#");
    assert_eq!(any[4]["$ref"], "https://a.example/#");

    for (schema, inner) in [("true", "true"), (r##"{"$ref":"#/$defs/A"}"##, r##"{"$ref":"#/$defs/A"}"##)] {
        let list = list_result(&[&spec(Some(schema))], Revision::V2025_11_25);
        let expected =
            format!(r#"{{"type":"object","properties":{{"result":{inner}}},"required":["result"]}}"#);
        assert!(String::from_utf8(list).unwrap().contains(&expected));
    }
}

#[test]
fn definitions_keep_their_schemas_verbatim_and_their_questions_at_home() {
    let json = r#"{"name":"t","title":"T","inputSchema":{"$schema":"x", "type":"object","maximum":1.0},"asks":["form"]}"#;
    let spec: ToolSpec = serde_json::from_str(json).unwrap();
    assert_eq!(spec.asks, [QuestionKind::Form]);
    let list = String::from_utf8(list_result(&[spec], Revision::LATEST)).unwrap();
    assert_eq!(
        list,
        r#"{"tools":[{"name":"t","title":"T","inputSchema":{"$schema":"x", "type":"object","maximum":1.0}}]}"#
    );
}

#[test]
fn results_of_other_servers_are_read_with_care() {
    for (body, data) in [
        (r#"{"content":[{"type":"text","text":"a"}],"structuredContent":null}"#, Some("null")),
        (r#"{"content":[],"structuredContent":{"result":1}}"#, Some(r#"{"result":1}"#)),
        (
            r#"{"content":[],"structuredContent":{"result":1},"_meta":{"dev.dovetail/wrapped":1}}"#,
            Some(r#"{"result":1}"#),
        ),
        (
            r#"{"content":[],"structuredContent":{"result":1},"_meta":{"dev.dovetail/wrapped":true}}"#,
            Some("1"),
        ),
        (r#"{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}"#, None),
        (r#"{"content":[{"type":"image","data":"","mimeType":"image/png"}]}"#, None),
        (r#"{"content":[{"type":"text","text":3}]}"#, None),
        (r#"{"content":[]}"#, None),
        ("{}", None),
        ("[]", None),
    ] {
        let body = raw(body);
        let found = data_of(&body);
        assert_eq!(found.as_deref().map(RawValue::get), data, "{body}");
    }
    let body = raw(std::str::from_utf8(&error_result("bad \"a\"")).unwrap());
    assert!(is_error(&body));
    assert_eq!(error_text(&body), "bad \"a\"");
}
