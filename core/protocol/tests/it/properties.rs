//! What holds for every input: codecs lose nothing they do not mean to lose, and nothing panics.

use dovetail_protocol::headers::{decode_value, encode_value};
use dovetail_protocol::jsonrpc::{parse, parse_frame, write_notification, write_request, write_result};
use dovetail_protocol::pagination::page;
use dovetail_protocol::param_headers::ParamHeaders;
use dovetail_protocol::revision::{adapt_params, adapt_result, decode_result, encode_result};
use dovetail_protocol::types::Resource;
use dovetail_protocol::uri_template::UriTemplate;
use dovetail_protocol::{Id, Limits, Message, Outcome, RawValue, Revision, methods};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

/// JSON in many spellings: odd numbers, escapes, white space.
fn json() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        Just("1.50".to_owned()),
        Just("-0.0".to_owned()),
        Just("1E+2".to_owned()),
        Just("123456789012345678901234567890".to_owned()),
    ];
    let string = prop_oneof![
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        Just(r#""\u0061\/\ud83d\ude00""#.to_owned()),
    ];
    let leaf = prop_oneof![Just("null".to_owned()), Just("true".to_owned()), number, string];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(" ,"))),
            vec(("[a-z]{1,3}", inner), 0..4).prop_map(|members| {
                let shown: Vec<_> =
                    members.iter().map(|(key, value)| format!("\"{key}\" : {value}")).collect();
                format!("{{ {} }}", shown.join(","))
            }),
        ]
    })
}

fn revision() -> impl Strategy<Value = Revision> {
    proptest::sample::select(Revision::ALL)
}

const RESULTS: [&str; 9] = [
    methods::TOOLS_LIST,
    methods::TOOLS_CALL,
    methods::PROMPTS_LIST,
    methods::PROMPTS_GET,
    methods::RESOURCES_LIST,
    methods::RESOURCES_TEMPLATES_LIST,
    methods::RESOURCES_READ,
    methods::SAMPLING_CREATE,
    methods::ROOTS_LIST,
];
const PARAMS: [&str; 4] =
    [methods::ELICITATION_CREATE, methods::SAMPLING_CREATE, methods::COMPLETION_COMPLETE, methods::PROGRESS];
const KNOWN: [&str; 22] = [
    "tools",
    "prompts",
    "resources",
    "contents",
    "content",
    "messages",
    "roots",
    "structuredContent",
    "type",
    "title",
    "icons",
    "_meta",
    "annotations",
    "outputSchema",
    "requestedSchema",
    "properties",
    "required",
    "oneOf",
    "mode",
    "arguments",
    "resource",
    "context",
];

/// JSON with the names that codecs look for, in places where they may not expect them.
fn confusing() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        json(),
        Just("\"audio\"".to_owned()),
        Just("\"resource_link\"".to_owned()),
        Just("\"url\"".to_owned()),
        Just("\"array\"".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(","))),
            vec((proptest::sample::select(&KNOWN[..]), inner), 0..5).prop_map(|members| {
                let shown: Vec<_> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", shown.join(","))
            }),
        ]
    })
}

fn raw(json: &str) -> Box<RawValue> {
    serde_json::from_str(json).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn unknown_members_of_a_result_survive_every_codec_byte_for_byte(
        rev in revision(),
        method in proptest::sample::select(&RESULTS[..]),
        value in json(),
    ) {
        let value = raw(&value);
        // The second member makes every codec look closely.
        let body = format!(r#"{{"later":{value},"structuredContent":{{"audio":"_meta"}}}}"#);
        let adapted = adapt_result(rev, method, body.as_bytes());
        let wire = encode_result(rev, &adapted, br#"{"name":"s","version":"1"}"#, None);
        let found: std::collections::BTreeMap<String, Box<RawValue>> = serde_json::from_slice(&wire).unwrap();
        prop_assert_eq!(found["later"].get(), value.get());
        let wire = raw(std::str::from_utf8(&wire).unwrap());
        let complete = matches!(decode_result(rev, &wire), Ok(Outcome::Complete(result)) if result.get() == wire.get());
        prop_assert!(complete);
    }

    #[test]
    fn codecs_make_valid_json_of_anything_and_are_done_after_once(
        rev in revision(),
        body in confusing(),
        result in proptest::sample::select(&RESULTS[..]),
        params in proptest::sample::select(&PARAMS[..]),
    ) {
        let adapted = adapt_result(rev, result, body.as_bytes());
        prop_assert!(serde_json::from_slice::<&RawValue>(&adapted).is_ok());
        prop_assert_eq!(&adapt_result(rev, result, &adapted), &adapted);
        if rev == Revision::LATEST {
            prop_assert_eq!(&*adapted, body.as_bytes());
        }
        if let Ok(adapted) = adapt_params(rev, params, body.as_bytes()) {
            prop_assert!(serde_json::from_slice::<&RawValue>(&adapted).is_ok());
        }
    }

    #[test]
    fn envelopes_carry_payloads_unchanged(id in any::<i64>(), method in any::<String>(), value in json()) {
        let params = format!("{{\"v\":{}}}", raw(&value));
        let (id, limits) = (Id::Number(id), Limits::default());
        let mut out = Vec::new();
        write_request(&mut out, &id, &method, params.as_bytes());
        match parse(&out, &limits).unwrap() {
            Message::Request(request) => {
                prop_assert_eq!((&request.id, request.method.as_ref()), (&id, method.as_str()));
                prop_assert_eq!(request.params.unwrap().get(), params.as_str());
            }
            other => prop_assert!(false, "{other:?}"),
        }
        out.clear();
        write_notification(&mut out, &method, params.as_bytes());
        let read = parse(&out, &limits).unwrap();
        prop_assert!(matches!(read, Message::Notification(n) if n.params.unwrap().get() == params));
        out.clear();
        write_result(&mut out, &id, params.as_bytes());
        let read = parse(&out, &limits).unwrap();
        prop_assert!(matches!(read, Message::Response(r) if r.outcome.as_ref().unwrap().get() == params));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in vec(any::<u8>(), 0..64), text in confusing()) {
        let limits = Limits { depth: 8, batch: 3, ..Limits::default() };
        let _ = parse_frame(&bytes, &limits);
        let _ = parse_frame(text.as_bytes(), &limits);
        let _ = ParamHeaders::collect(&raw(&text));
    }

    #[test]
    fn definitions_come_back_as_they_were(title in any::<Option<String>>(), size in any::<Option<u64>>(), value in json()) {
        let mut resource = Resource { title, size, ..Resource::new("x:a", "a") };
        let value = raw(&value);
        resource.extra.insert("later", value.clone());
        let wire = serde_json::to_string(&resource).unwrap();
        let back: Resource = serde_json::from_str(&wire).unwrap();
        prop_assert_eq!(&back.title, &resource.title);
        prop_assert_eq!(back.extra.get("later").unwrap().get(), value.get());
        prop_assert_eq!(serde_json::to_string(&back).unwrap(), wire);
    }

    #[test]
    fn header_values_come_back(text in any::<String>()) {
        let encoded = encode_value(&text);
        prop_assert!(encoded.bytes().all(|b| matches!(b, b'\t' | 0x20..=0x7e)));
        let decoded = decode_value(&encoded).unwrap();
        prop_assert_eq!(decoded.as_ref(), text.as_str());
    }

    #[test]
    fn mirrored_parameters_are_accepted_as_they_were_written(
        text in any::<String>(),
        n in -9_007_199_254_740_991i64..=9_007_199_254_740_991,
        flag in any::<Option<bool>>(),
    ) {
        let headers = ParamHeaders::collect(&raw(
            r#"{"properties":{"s":{"type":"string","x-mcp-header":"S"},"n":{"type":"integer","x-mcp-header":"N"},"b":{"type":"boolean","x-mcp-header":"B"}}}"#,
        )).unwrap();
        let arguments = raw(&serde_json::json!({"s": text, "n": n, "b": flag}).to_string());
        let written = headers.write(Some(&arguments)).unwrap();
        prop_assert_eq!(written.len(), 2 + usize::from(flag.is_some()));
        let lookup = |name: &str| written.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        prop_assert!(headers.check(Some(&arguments), lookup).is_ok());
        let other = raw(&serde_json::json!({"s": text, "n": n.wrapping_add(1), "b": flag}).to_string());
        prop_assert!(headers.check(Some(&other), lookup).is_err());
    }

    #[test]
    fn expanded_templates_match(a in ".{1,20}", b in "[^?#%]{1,20}", q in any::<Option<String>>()) {
        let template = UriTemplate::parse("x://{a}/y/{+b}{?q}").unwrap();
        let mut values = vec![("a", a.as_str()), ("b", b.as_str())];
        values.extend(q.as_deref().map(|q| ("q", q)));
        let uri = template.expand(&values);
        let found = template.matches(&uri);
        let found: Option<Vec<_>> =
            found.as_ref().map(|found| found.iter().map(|(name, value)| (*name, value.as_str())).collect());
        prop_assert_eq!(found, Some(values));
    }

    #[test]
    fn templates_never_panic(template in "[a{}+?&/,x:]{0,24}", uri in "[a?&=/%2x:,]{0,24}") {
        if let Ok(template) = UriTemplate::parse(&template) {
            let _ = template.matches(&uri);
        }
    }

    #[test]
    fn pages_hold_every_entry_once(keys in btree_set("[a-z]{1,4}", 0..40), size in 1usize..7) {
        let keys: Vec<String> = keys.into_iter().collect();
        let (mut seen, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let page = page("m", &keys, Some(size), cursor.as_deref()).unwrap();
            prop_assert!(page.range.len() <= size);
            seen.extend_from_slice(&keys[page.range]);
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        prop_assert_eq!(seen, keys);
    }
}
