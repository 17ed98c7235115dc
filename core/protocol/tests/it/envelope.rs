//! Messages that are fine, in and out.

use std::borrow::Cow;

use dovetail_protocol::jsonrpc::{parse, write_error, write_notification, write_request, write_result};
use dovetail_protocol::{Id, Limits, Message, WireError};

fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn payloads_are_borrowed_byte_for_byte() {
    let wire = " {\"extra\":[1], \"params\" : {\"n\":1.000,\"big\":1e999,\"s\":\"\\ud800\"} ,\"method\":\"tools/call\",\"id\":\"x\",\"jsonrpc\":\"2.0\"}\n";
    let Message::Request(request) = parse(wire.as_bytes(), &Limits::default()).unwrap() else {
        panic!("not a request")
    };
    assert_eq!(request.id, Id::from("x"));
    assert!(matches!(request.method, Cow::Borrowed("tools/call")));
    let params = request.params.unwrap().get();
    assert_eq!(params, r#"{"n":1.000,"big":1e999,"s":"\ud800"}"#);
    assert!(wire.as_bytes().as_ptr_range().contains(&params.as_ptr()));
}

#[test]
fn every_kind_survives_the_way() {
    let limits = Limits::default();
    let wire = text(|out| write_request(out, &Id::Number(-5), "a\"b", b"{\"x\":\n1}"));
    assert_eq!(wire, r#"{"jsonrpc":"2.0","id":-5,"method":"a\"b","params":{"x":1}}"#);
    assert!(matches!(parse(wire.as_bytes(), &limits), Ok(Message::Request(r)) if r.method == "a\"b"));

    let wire = text(|out| write_notification(out, "n", b""));
    assert_eq!(wire, r#"{"jsonrpc":"2.0","method":"n"}"#);
    assert!(matches!(parse(wire.as_bytes(), &limits), Ok(Message::Notification(n)) if n.params.is_none()));

    let wire = text(|out| write_result(out, &Id::from("ä"), b"{\r\n  \"a\": 1\r\n}"));
    assert_eq!(wire, r#"{"jsonrpc":"2.0","id":"ä","result":{  "a": 1}}"#);
    assert!(matches!(parse(wire.as_bytes(), &limits), Ok(Message::Response(r)) if r.outcome.is_ok()));

    let error = WireError { code: -32601, message: "no\n".into(), data: serde_json::from_str("[1]").ok() };
    let wire = text(|out| write_error(out, Some(&Id::Number(1)), true, &error));
    assert_eq!(wire, r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no\n","data":[1]}}"#);
    let Ok(Message::Response(response)) = parse(wire.as_bytes(), &limits) else { panic!("not a response") };
    let back = response.outcome.unwrap_err();
    assert_eq!((back.code, back.data.unwrap().get()), (-32601, "[1]"));
}

#[test]
fn an_error_to_an_unreadable_message_has_no_id_or_a_null_one() {
    let error = WireError { code: -32700, message: "m".into(), data: None };
    for (null, expected) in [
        (true, r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}}"#),
        (false, r#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"m"}}"#),
    ] {
        let wire = text(|out| write_error(out, None, null, &error));
        assert_eq!(wire, expected);
        let Ok(Message::Response(response)) = parse(wire.as_bytes(), &Limits::default()) else {
            panic!("not a response")
        };
        assert_eq!(response.id, None);
    }
}
