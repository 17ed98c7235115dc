//! Wire types: what is known has a field, what is not survives, what is wrong is refused.

use dovetail_protocol::tools::ToolSpec;
use dovetail_protocol::types::{
    Annotations, CallParams, CompleteParams, Content, Contents, Level, ListParams, LogMessage, Prompt,
    PromptMessage, Reference, Resource, ResourceTemplate, Role, Root, SampleAnswer, SampleRequest,
    ServerCapabilities, SetLevelParams, UriParams, complete_params, completion_body, list_body, log_params,
    parse_completion, parse_list, parse_prompt, parse_read, parse_roots, prompt_body, read_body, roots_body,
};
use dovetail_protocol::{ErrorKind, RawValue, Revision};

fn raw(json: impl AsRef<[u8]>) -> Box<RawValue> {
    serde_json::from_slice(json.as_ref()).unwrap()
}

#[test]
fn definitions_keep_what_they_do_not_know() {
    let wire = r#"{"uri":"x:a","name":"a","size":3,"annotations":{"audience":["assistant"],"priority":0.5,"mood":"good"},"later":{"n":1.50}}"#;
    let resource: Resource = serde_json::from_str(wire).unwrap();
    assert_eq!((resource.size, resource.extra.get("later").unwrap().get()), (Some(3), r#"{"n":1.50}"#));
    assert_eq!(resource.annotations.as_ref().unwrap().audience, [Role::Assistant]);
    assert_eq!(serde_json::to_string(&resource).unwrap(), wire);
    for bad in [r#"{"uri":"x:a"}"#, r#"{"uri":1,"name":"a"}"#, r#"{"uri":"a","uri":"b","name":"a"}"#, "[]"] {
        assert!(serde_json::from_str::<Resource>(bad).is_err(), "{bad}");
    }
    let tool: ToolSpec = serde_json::from_str(
        r#"{"name":"t","inputSchema":{"type":"object"},"execution":{"taskSupport":"optional"}}"#,
    )
    .unwrap();
    assert_eq!(tool.extra.iter().map(|(key, _)| key).collect::<Vec<_>>(), ["execution"]);
}

#[test]
fn listings_are_read_page_by_page() {
    let body = list_body::<Prompt, _>(Revision::LATEST, &[Prompt::new("a"), Prompt::new("b")], Some("next"));
    let listing = parse_list::<Prompt>(&raw(&body)).unwrap();
    assert_eq!(listing.items.iter().map(|prompt| prompt.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(listing.next_cursor.as_deref(), Some("next"));
    let body =
        list_body::<ResourceTemplate, _>(Revision::LATEST, &[ResourceTemplate::new("x:{a}", "x")], None);
    assert_eq!(body, br#"{"resourceTemplates":[{"uriTemplate":"x:{a}","name":"x"}]}"#);
    let error = parse_list::<Prompt>(&raw(r#"{"prompts":[{"name":"a"},{}]}"#)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed);
    assert!(error.detail.contains("prompts[1]"), "{error}");
    for bad in ["{}", "[]", r#"{"prompts":{}}"#, r#"{"prompts":[],"nextCursor":1}"#] {
        assert_eq!(parse_list::<Prompt>(&raw(bad)).unwrap_err().kind, ErrorKind::Malformed, "{bad}");
    }
}

#[test]
fn content_is_made_and_read() {
    let image = Content::image(&[1, 2, 3], "image/png");
    assert_eq!(image.raw().get(), r#"{"type":"image","data":"AQID","mimeType":"image/png"}"#);
    assert_eq!((image.kind().as_ref(), image.data().unwrap().as_slice()), ("image", &[1, 2, 3][..]));
    assert_eq!(Content::text("a\"b").as_text().as_deref(), Some("a\"b"));
    let link = Content::link(&Resource::new("x:a", "a"));
    assert_eq!(link.raw().get(), r#"{"type":"resource_link","uri":"x:a","name":"a"}"#);
    assert_eq!(link.linked().unwrap().uri, "x:a");
    let inside = Content::resource(&Contents::blob("x:a", b"ab").with_mime_type("a/b"));
    assert_eq!(inside.contents().unwrap().bytes().unwrap().as_ref(), b"ab");
    let noted =
        Content::text("t").with_annotations(&Annotations { priority: Some(1.0), ..Annotations::default() });
    assert_eq!(noted.raw().get(), r#"{"type":"text","text":"t","annotations":{"priority":1.0}}"#);
    assert!(Content::from_raw(raw("{}")).is_err() && Content::from_raw(raw("[]")).is_err());
    assert!(Content::text("t").data().is_err());
    assert!(Contents { blob: Some("!".into()), ..Contents::text("x:a", "t") }.bytes().is_err());
}

#[test]
fn results_of_reads_and_prompts_come_back() {
    let contents = parse_read(&raw(read_body(&[Contents::text("x:a", "ü")]))).unwrap();
    assert_eq!(contents[0].text.as_deref(), Some("ü"));
    let body = prompt_body(Some("d"), &[PromptMessage::user("hi"), PromptMessage::assistant("ho")]);
    let prompt = parse_prompt(&raw(body)).unwrap();
    assert_eq!((prompt.description.as_deref(), prompt.messages[1].role), (Some("d"), Role::Assistant));
    assert_eq!(prompt.messages[0].content.as_text().as_deref(), Some("hi"));
    assert!(
        parse_read(&raw("{}")).is_err() && parse_prompt(&raw(r#"{"messages":[{"role":"user"}]}"#)).is_err()
    );
    let roots = parse_roots(&raw(roots_body(&[Root::new("file:///a")]))).unwrap();
    assert_eq!(roots[0].uri, "file:///a");
    assert!(parse_roots(&raw(r#"{"roots":[{"uri":"https://a.example"}]}"#)).is_err());
}

#[test]
fn parameters_are_strict_where_it_matters() {
    let read =
        raw(r#"{"uri":"x:\u0061","requestState":"s","inputResponses":{},"_meta":{"progressToken":1}}"#);
    let read = CallParams::parse_read(Some(&read)).unwrap();
    assert_eq!((read.name.as_ref(), read.request_state.as_deref()), ("x:a", Some("s")));
    assert!(read.meta.progress_token.is_some() && read.input_responses.is_some());
    assert!(ListParams::parse(None).unwrap().cursor.is_none());
    for bad in [r#"{"cursor":1}"#, r#"{"_meta":[]}"#, r#"{"cursor":"a","cursor":"b"}"#] {
        assert_eq!(ListParams::parse(Some(&raw(bad))).unwrap_err().kind, ErrorKind::InvalidParams, "{bad}");
    }
    for bad in ["{}", r#"{"uri":1}"#] {
        assert!(
            CallParams::parse_read(Some(&raw(bad))).is_err() && UriParams::parse(Some(&raw(bad))).is_err()
        );
    }
    assert!(CallParams::parse(Some(&raw(r#"{"name":"a","arguments":[]}"#))).is_err());
    assert!(CallParams::parse(None).is_err());
}

#[test]
fn completion_travels_both_ways() {
    for reference in [Reference::Prompt { name: "p".into() }, Reference::Resource { uri: "x:{a}".into() }] {
        let context = [("b".to_owned(), "c".to_owned())];
        let wire = raw(complete_params(&reference, "a", "v\"", &context));
        let read = CompleteParams::parse(Some(&wire)).unwrap();
        assert_eq!((&read.reference, read.argument.as_ref(), read.value.as_ref()), (&reference, "a", "v\""));
        assert_eq!(read.context, context);
    }
    for bad in [
        "{}",
        r#"{"ref":{"type":"ref/tool","name":"t"},"argument":{"name":"a","value":""}}"#,
        r#"{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a"}}"#,
        r#"{"ref":{"type":"ref/prompt","name":"p"},"argument":["a",""]}"#,
        r#"{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":""},"context":{"arguments":{"a":1}}}"#,
    ] {
        assert_eq!(
            CompleteParams::parse(Some(&raw(bad))).unwrap_err().kind,
            ErrorKind::InvalidParams,
            "{bad}"
        );
    }
    let many: Vec<String> = (0..150).map(|n| n.to_string()).collect();
    let read = parse_completion(&raw(completion_body(&many, None, false))).unwrap();
    assert_eq!((read.values.len(), read.total, read.has_more), (100, Some(150), Some(true)));
    let read = parse_completion(&raw(completion_body(&many[..2], None, false))).unwrap();
    assert_eq!((read.values.len(), read.total, read.has_more), (2, None, Some(false)));
}

#[test]
fn levels_have_an_order() {
    assert!(Level::ALL.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(Level::ALL.map(|level| Level::parse(level.as_str())), Level::ALL.map(Some));
    let params = raw(log_params(Level::Notice, Some("l"), br#"{"n":1.0}"#));
    let line = LogMessage::parse(Some(&params)).unwrap();
    assert_eq!(
        (line.level, line.logger.as_deref(), line.data.get()),
        (Level::Notice, Some("l"), r#"{"n":1.0}"#)
    );
    let set = SetLevelParams::parse(Some(&raw(SetLevelParams { level: Level::Alert }.to_json()))).unwrap();
    assert_eq!(set.level, Level::Alert);
    for bad in ["{}", r#"{"level":"loud"}"#, r#"{"level":1}"#] {
        assert!(
            SetLevelParams::parse(Some(&raw(bad))).is_err() && LogMessage::parse(Some(&raw(bad))).is_err()
        );
    }
}

#[test]
fn capabilities_say_what_is_there() {
    let wire = r#"{"tools":{"listChanged":true},"resources":{"subscribe":true},"completions":{},"extensions":{"a.example/x":{"n":1.0}}}"#;
    let read = ServerCapabilities::parse(&raw(wire)).unwrap();
    assert!(read.tools.unwrap().list_changed && read.prompts.is_none() && !read.logging);
    assert_eq!(String::from_utf8(read.to_json(Revision::LATEST)).unwrap(), wire);
    assert_eq!(
        String::from_utf8(read.to_json(Revision::V2024_11_05)).unwrap(),
        r#"{"tools":{"listChanged":true},"resources":{"subscribe":true}}"#
    );
    assert_eq!(
        dovetail_protocol::meta::extension(&raw(wire), "a.example/x").map(RawValue::get),
        Some(r#"{"n":1.0}"#)
    );
    assert!(ServerCapabilities::parse(&raw(r#"{"tools":true}"#)).is_err());
}

#[test]
fn questions_to_a_model_travel_both_ways() {
    let wire = r#"{"messages":[{"role":"user","content":{"type":"text","text":"a"}},{"role":"assistant","content":[{"type":"text","text":"b"},{"type":"text","text":"c"}]}],"maxTokens":10,"temperature":0.5,"later":1.0}"#;
    let request = SampleRequest::parse(&raw(wire)).unwrap();
    assert_eq!(request.messages[1].content.0.len(), 2);
    assert_eq!(request.to_params().get(), wire);
    let answer = SampleAnswer::parse(&raw(SampleAnswer::text("m", "hello").to_json())).unwrap();
    assert_eq!(answer.content.0[0].as_text().as_deref(), Some("hello"));
    assert!(SampleAnswer::parse(&raw(r#"{"role":"assistant","content":[1],"model":"m"}"#)).is_err());
}
