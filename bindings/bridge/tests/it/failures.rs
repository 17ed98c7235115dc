//! Failures by the names of the contract.
use dovetail_bridge::{Code, Kind};
use serde_json::json;

use crate::pump::{Pump, offering};

#[test]
fn a_prompt_refuses_arguments_that_do_not_convert() {
    let mut server = Pump::server(&offering(&json!({}))).expect("a server");
    let mut client = Pump::client(&server, &json!({}));
    client.request(2, "get_prompt", &json!({"name": "greet", "arguments": {"who": "one"}}));
    let call = server.next(Kind::Call);
    server.fail(call.key, &json!({"kind": "error", "name": "invalid_params", "detail": "who is a number"}));
    let (code, error) = client.done(2);
    assert_eq!((code, &error["detail"]), (Code::InvalidParams as i32, &json!("who is a number")));
}

#[test]
fn a_resource_handler_says_that_there_is_no_such_resource() {
    for revision in ["2026-07-28", "2025-06-18"] {
        let mut server = Pump::server(&offering(&json!({}))).expect("a server");
        let mut client = Pump::client(&server, &json!({"revision": revision}));
        client.request(2, "read_resource", &json!({"uri": "note://nobody"}));
        let call = server.next(Kind::Call);
        server.fail(
            call.key,
            &json!({"kind": "error", "name": "unknown_resource", "detail": "nobody wrote that"}),
        );
        let (code, error) = client.done(2);
        assert_eq!(code, Code::UnknownResource as i32, "{revision}");
        assert_eq!(error["rpc"]["data"], json!({"uri": "note://nobody"}), "{revision}");
    }
}

#[test]
fn every_name_of_the_contract_can_refuse_a_tool_call() {
    let mut server = Pump::server(&offering(&json!({}))).expect("a server");
    // What says that it was not executed would be tried again.
    let mut client = Pump::client(&server, &json!({"limits": {"retries": 0}}));
    for code in Code::ALL {
        client.call(2, "add");
        let call = server.next(Kind::Call);
        server.fail(call.key, &json!({"kind": "error", "name": code.name(), "detail": "refused"}));
        let (got, error) = client.done(2);
        assert_ne!(got, 0, "{}", code.name());
        assert_eq!(error["detail"], "refused", "{}", code.name());
    }
}

#[test]
fn an_error_of_a_peer_is_passed_on_as_it_is() {
    let mut server = Pump::server(&offering(&json!({}))).expect("a server");
    let mut client = Pump::client(&server, &json!({}));
    client.call(2, "add");
    let call = server.next(Kind::Call);
    let rpc = json!({"code": -31999, "message": "odd", "data": {"big": 12345678901234567890u64}});
    server.fail(call.key, &json!({"kind": "error", "name": "rpc", "detail": "odd", "rpc": rpc}));
    let (code, error) = client.done(2);
    assert_eq!((code, &error["rpc"]), (Code::Rpc as i32, &rpc));
}
