//! Plain values that are texts, answered with the text itself.
use dovetail_bridge::{Code, Kind, Shape};
use serde_json::json;

use crate::pump::{Pump, offering};

#[test]
fn a_text_becomes_the_string_that_it_is() {
    let mut server = Pump::server(&offering(&json!({}))).expect("a server");
    let mut client = Pump::client(&server, &json!({}));
    for text in ["", "plain", "a \"quote\", a \\ and\na line \u{1}", "wörter 🦀", "null", "{\"a\":1}"] {
        client.call(2, "add");
        let call = server.next(Kind::Call);
        server.session.reply(call.key, Shape::Text, text.into()).expect("a text");
        let (code, result) = client.done(2);
        assert_eq!((code, &result["result"]["content"][0]["text"]), (0, &json!(text)), "{result}");
    }
}

#[test]
fn a_text_that_is_no_utf_8_is_refused_and_the_call_waits() {
    let mut server = Pump::server(&offering(&json!({}))).expect("a server");
    let mut client = Pump::client(&server, &json!({}));
    client.call(2, "add");
    let call = server.next(Kind::Call);
    let refused = server.session.reply(call.key, Shape::Text, b"\xff"[..].into()).expect_err("no UTF-8");
    assert_eq!(refused.code, Code::InvalidArgument);
    server.session.reply(call.key, Shape::Text, "good".into()).expect("it waits");
    assert_eq!(client.done(2).0, 0);
}
