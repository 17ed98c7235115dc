//! Exchanges under other people's HTTP servers: whom they answer to, and what happens when the peer goes.
use bytes::Bytes;
use dovetail_bridge::{Code, Kind};
use serde_json::{Value, json};

use crate::pump::{Pump, offering};

fn head(host: &str, more: &[(&str, &str)]) -> Bytes {
    let mut headers = vec![
        ("host", host),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "add"),
    ];
    headers.extend(more);
    json!({"method": "POST", "path": "/anything", "headers": headers}).to_string().into()
}

fn body() -> Bytes {
    let meta: Value = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "add", "arguments": {}, "_meta": meta}})
        .to_string()
        .into()
}

/// The status that a request of this host gets.
fn status(server: &mut Pump, host: &str) -> i32 {
    server.session.exchange(2, head(host, &[]), body()).expect("a server");
    let event = server.find(|event| matches!(event.kind, Kind::Head | Kind::Call));
    let status = match event.kind {
        Kind::Call => {
            server.reply(event.key, &json!("ok"));
            server.next(Kind::Head).code
        }
        _ => event.code,
    };
    assert_eq!(server.done(2).0, 0);
    while !server.is_quiet() {
        server.next(Kind::Chunk);
    }
    status
}

#[test]
fn exchanges_answer_to_loopback_until_a_host_says_whom_else() {
    let mut server = Pump::server(&offering(&json!({}))).expect("a server");
    assert_eq!(status(&mut server, "localhost"), 200);
    assert_eq!(status(&mut server, "mcp.example"), 403);
    let rules =
        json!({"exchange": true, "allowedHosts": ["mcp.example"], "allowedOrigins": ["https://app.example"]});
    server.session.serve(5, rules.to_string().into()).expect("a server");
    assert_eq!(server.next(Kind::Ready).key, 5);
    assert_eq!(status(&mut server, "mcp.example"), 200);
    assert_eq!(status(&mut server, "localhost"), 200);
    assert_eq!(status(&mut server, "other.example"), 403);
    let again = server.session.serve(6, rules.to_string().into()).expect_err("one set of rules");
    assert_eq!(again.code, Code::InvalidState);
    server.session.cancel(5).expect("open");
    assert_eq!(server.done(5).0, Code::Cancelled as i32);
    assert_eq!(status(&mut server, "mcp.example"), 403);
    server.session.serve(6, rules.to_string().into()).expect("they are free again");
    server.next(Kind::Ready);
    server.session.close(9, std::time::Duration::from_millis(100)).expect("open");
    assert_eq!(server.done(6).0, Code::Closed as i32, "it ends with the session");
    server.next(Kind::Closed);
}

#[test]
fn rules_of_exchanges_that_cannot_be_are_refused() {
    let server = Pump::server(&offering(&json!({}))).expect("a server");
    for config in [
        json!({}),
        json!({"exchange": false}),
        json!({"exchange": true, "http": "127.0.0.1:0"}),
        json!({"exchange": true, "stdio": true}),
    ] {
        let error = server.session.serve(5, config.to_string().into()).expect_err("not usable");
        assert_eq!(error.code, Code::InvalidArgument, "{config}");
    }
    let client = Pump::client(&server, &json!({}));
    let error = client.session.exchange(2, head("localhost", &[]), body()).expect_err("no server");
    assert_eq!(error.code, Code::InvalidState);
}

#[test]
fn a_peer_that_has_gone_takes_its_request_back() {
    let mut server = Pump::server(&offering(&json!({"layers": [7]}))).expect("a server");
    server.session.exchange(2, head("localhost", &[]), body()).expect("a server");
    let (outer, _, _) = server.intercept();
    server.proceed(outer, 20);
    let call = server.next(Kind::Call);
    server.session.cancel(2).expect("open");
    let taken = [server.next(Kind::Cancelled).key, server.next(Kind::Cancelled).key];
    assert!(taken.contains(&call.key) && taken.contains(&outer));
    assert_eq!(server.done(20).0, Code::Cancelled as i32);
    assert_eq!(server.done(2).0, Code::Cancelled as i32);
}

#[test]
fn who_calls_is_what_the_hosts_http_stack_says() {
    let mut server = Pump::server(&offering(&json!({"layers": [7]}))).expect("a server");
    let mut named: Value = serde_json::from_slice(&head("localhost", &[])).expect("JSON");
    named["principal"] = json!("ada");
    server.session.exchange(2, named.to_string().into(), body()).expect("a server");
    let (call, _, message) = server.intercept();
    assert_eq!(message["principal"], "ada");
    server.proceed(call, 0);
    let call = server.next(Kind::Call);
    let info = crate::pump::value(&server.session.call_info(call.key).expect("it waits"));
    assert_eq!(info["principal"], "ada");
    server.reply(call.key, &json!("ok"));
    assert_eq!(server.next(Kind::Head).code, 200);
}

#[test]
fn a_body_beyond_the_limit_is_refused() {
    let mut server = Pump::server(&offering(&json!({"limits": {"body": 40}}))).expect("a server");
    assert_eq!(status(&mut server, "localhost"), 413);
}
