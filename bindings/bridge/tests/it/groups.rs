//! One client over several servers.
use dovetail_bridge::{Code, Kind};
use serde_json::{Value, json};

use crate::pump::{Pump, value};

/// A server with tools and a resource of its own, beside what both have.
fn server(name: &str) -> Pump {
    let schema = json!({"type": "object"});
    let config = json!({
        "info": {"name": name, "version": "1"},
        "tools": [
            {"name": "who", "inputSchema": schema, "handler": 1},
            {"name": format!("only_{name}"), "inputSchema": schema, "handler": 1},
        ],
        "prompts": [{"name": "greet", "handler": 1}],
        "resources": [
            {"uri": "note://shared", "name": "shared", "handler": 1},
            {"uri": format!("note://{name}"), "name": name, "handler": 1},
        ],
        "resourceTemplates": [{"uriTemplate": format!("{name}://{{x}}"), "name": "t", "handler": 1}],
    });
    Pump::server(&config).expect("a server")
}

/// A client of a group, in this order.
fn group(members: &[(&str, &Pump)]) -> Pump {
    let members: Vec<String> =
        members.iter().map(|(name, server)| format!(r#""{name}":{{"server":{}}}"#, server.id())).collect();
    let config = format!(r#"{{"target":{{"group":{{{}}}}}}}"#, members.join(","));
    Pump::open(&config, None).expect("a usable configuration")
}

fn names(list: &Value, member: &str, key: &str) -> Vec<String> {
    list[member]
        .as_array()
        .expect("a list")
        .iter()
        .map(|item| item[key].as_str().expect("a text").to_owned())
        .collect()
}

#[test]
fn a_group_sends_each_request_to_the_server_that_has_what_it_names() {
    let (mut b, mut a) = (server("b"), server("a"));
    let mut group = group(&[("b", &b), ("a", &a)]);
    let (code, info) = group.done(1);
    assert_eq!(
        (code, &info["info"]["name"], &info["servers"]["a"]["info"]["name"]),
        (0, &json!("b"), &json!("a"))
    );

    group.request(2, "list_tools", &json!({}));
    let tools = group.done(2).1;
    assert_eq!(names(&tools, "tools", "name"), ["b_who", "only_b", "a_who", "only_a"]);
    assert_eq!(names(&tools, "tools", "server"), ["b", "b", "a", "a"]);
    group.request(2, "list_prompts", &json!({}));
    assert_eq!(names(&group.done(2).1, "prompts", "name"), ["b_greet", "a_greet"]);
    group.request(2, "list_resources", &json!({}));
    assert_eq!(names(&group.done(2).1, "resources", "uri"), ["note://shared", "note://b", "note://a"]);
    group.request(2, "list_resource_templates", &json!({}));
    assert_eq!(names(&group.done(2).1, "resourceTemplates", "server"), ["b", "a"]);

    for (operation, params, of_a) in [
        ("call_tool", json!({"name": "a_who"}), true),
        ("call_tool", json!({"name": "b_who"}), false),
        ("call_tool", json!({"name": "only_a"}), true),
        ("get_prompt", json!({"name": "a_greet"}), true),
        ("read_resource", json!({"uri": "note://a"}), true),
        ("read_resource", json!({"uri": "note://shared"}), false),
        ("read_resource", json!({"uri": "a://anything"}), true),
    ] {
        group.request(3, operation, &params);
        let owner = if of_a { &mut a } else { &mut b };
        let call = owner.next(Kind::Call);
        owner.reply(call.key, &json!("mine"));
        assert_eq!(group.done(3).0, 0, "{operation} {params}");
    }
    for (operation, params, code) in [
        ("call_tool", json!({"name": "who"}), Code::UnknownTool),
        ("get_prompt", json!({"name": "greet"}), Code::UnknownPrompt),
        ("read_resource", json!({"uri": "note://c"}), Code::UnknownResource),
        ("raw", json!({"method": "tools/list"}), Code::InvalidArgument),
    ] {
        group.request(3, operation, &params);
        assert_eq!(group.done(3).0, code as i32, "{operation}");
    }
    for (operation, options, code) in [
        ("list_tools", json!({"server": "a"}), 0),
        ("ping", json!({"server": "c"}), Code::InvalidArgument as i32),
    ] {
        group.session.request(3, operation, "{}".into(), options.to_string().into()).expect("known");
        let (got, list) = group.done(3);
        assert_eq!(got, code);
        if code == 0 {
            assert_eq!(names(&list, "tools", "name"), ["who", "only_a"]);
        }
    }
}

#[test]
fn a_group_listens_to_all_of_its_servers() {
    let (a, b) = (server("a"), server("b"));
    let mut group = group(&[("a", &a), ("b", &b)]).connected();
    group.request(2, "listen", &json!({"tools": true, "uris": ["note://b"]}));
    let granted = value(&group.next(Kind::Ready).payload);
    assert_eq!((&granted["tools"], &granted["uris"]), (&json!(true), &json!(["note://b"])));
    a.session.update(br#"{"updated": ["note://b"]}"#).expect("a server");
    b.session.update(br#"{"updated": ["note://b"]}"#).expect("a server");
    assert_eq!(value(&group.next(Kind::Change).payload), json!({"kind": "resource", "uri": "note://b"}));
    for member in [&a, &b] {
        member.session.update(br#"{"changed": ["tools"]}"#).expect("a server");
        assert_eq!(value(&group.next(Kind::Change).payload), json!({"kind": "tools"}));
    }
    assert!(group.is_quiet(), "what is not the owner's is not told");
    group.session.cancel(2).expect("open");
    assert_eq!(group.done(2).0, Code::Cancelled as i32);
}

#[test]
fn targets_that_name_nothing_or_too_much_are_refused() {
    let a = server("a");
    let client = Pump::client(&a, &json!({}));
    for (target, code) in [
        (json!({}), Code::InvalidArgument),
        (json!({"url": "http://127.0.0.1:1/mcp", "command": "x"}), Code::InvalidArgument),
        (json!({"group": {}}), Code::InvalidArgument),
        (json!({"group": {"a": {"group": {"b": {"server": a.id()}}}}}), Code::InvalidArgument),
        (json!({"group": {"a": {"server": a.id()}}, "url": "http://127.0.0.1:1/mcp"}), Code::InvalidArgument),
        (json!({"server": true}), Code::InvalidArgument),
        (json!({"server": 4_000_000_000u64}), Code::InvalidArgument),
        (json!({"server": client.id()}), Code::InvalidState),
    ] {
        let error = Pump::open(&json!({"target": target}).to_string(), None).err().expect("not usable");
        assert_eq!(error.code, code, "{target}");
    }
    let config =
        format!(r#"{{"target":{{"group":{{"a":{{"server":{}}},"b":{{"url":"ftp://nowhere"}}}}}}}}"#, a.id());
    let error = match Pump::open(&config, None) {
        Ok(mut opened) => opened.done(1).1["detail"].to_string(),
        Err(error) => error.detail,
    };
    assert!(error.contains("b: "), "the member is named: {error}");
    let mut twice = group(&[("a", &a), ("a", &a)]);
    let (code, error) = twice.done(1);
    assert_eq!(code, Code::InvalidArgument as i32, "{error}");
}
