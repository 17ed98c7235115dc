//! Good conversations have no fault, and each kind of fault is found.
use super::*;

fn record(dir: Direction, message: &Value) -> Record {
    Record::new(dir, "stdio", message.to_string().as_bytes())
}

fn call(id: i64) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": "add", "arguments": {},
        "_meta": {VERSION: "2026-07-28", "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {}}}})
}

fn result(id: i64, result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}

fn found(messages: &[(Direction, Value)], revision: &str) -> Vec<String> {
    let records: Vec<Record> = messages.iter().map(|(dir, message)| record(*dir, message)).collect();
    faults(&records, revision)
}

fn request(id: i64, method: &str, params: &Value) -> Value {
    let mut message = call(id);
    message["method"] = json!(method);
    let meta = message["params"]["_meta"].take();
    message["params"] = params.clone();
    message["params"]["_meta"] = meta;
    message
}

fn answered_call(id: i64, answers: &Value) -> Value {
    request(id, "tools/call", &json!({"name": "ask", "inputResponses": answers}))
}

fn asking() -> Value {
    json!({"resultType": "input_required", "inputRequests": {"q": {"method": "roots/list"}}})
}

fn listen(id: i64) -> Value {
    request(id, "subscriptions/listen", &json!({"notifications": {"toolsListChanged": true}}))
}

fn changed(meta: &Value) -> Value {
    json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed", "params": {"_meta": meta}})
}

fn logged() -> Value {
    json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": 1}})
}

#[test]
fn good_rounds_subscriptions_and_logs_have_no_fault() {
    let meta = json!({rules::SUBSCRIPTION: 3});
    let done = json!({"resultType": "complete", "content": [],
        "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "s", "version": "1"}}});
    let mut logging = call(4);
    logging["params"]["_meta"][LOG_LEVEL] = json!("info");
    let messages = [
        (Direction::C2s, call(1)),
        (Direction::S2c, result(1, &asking())),
        (Direction::C2s, answered_call(2, &json!({"q": {"roots": [{"uri": "file:///a"}]}}))),
        (Direction::S2c, result(2, &done)),
        (Direction::C2s, listen(3)),
        (
            Direction::S2c,
            json!({"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged",
                "params": {"notifications": {"toolsListChanged": true}, "_meta": meta}}),
        ),
        (Direction::S2c, changed(&meta)),
        (Direction::C2s, logging),
        (Direction::S2c, logged()),
    ];
    assert_eq!(found(&messages, "2026-07-28"), Vec::<String>::new());
}

#[test]
fn an_answer_in_another_stream_of_the_session_is_found() {
    let mut ask = record(
        Direction::C2s,
        &json!({"jsonrpc": "2.0", "id": 1, "method": "resources/subscribe", "params": {"uri": "a:b"}}),
    );
    let mut answer = record(Direction::S2c, &result(1, &json!({})));
    (ask.exchange, answer.exchange) = (Some(1), Some(2));
    assert_eq!(faults(&[ask, answer], "2025-11-25"), Vec::<String>::new());
}

#[test]
fn a_good_conversation_has_no_fault() {
    let good = json!({"resultType": "complete", "content": [{"type": "text", "text": "5"}],
        "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "s", "version": "1"}}});
    let found = found(&[(Direction::C2s, call(1)), (Direction::S2c, result(1, &good))], "2026-07-28");
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn every_kind_of_fault_is_found() {
    for (what, messages, revision) in [
        (
            "a result without its type",
            vec![(Direction::C2s, call(1)), (Direction::S2c, result(1, &json!({"content": []})))],
            "2026-07-28",
        ),
        (
            "a result without content",
            vec![(Direction::C2s, call(1)), (Direction::S2c, result(1, &json!({"resultType": "complete"})))],
            "2026-07-28",
        ),
        (
            "an answer to nothing",
            vec![(Direction::S2c, result(1, &json!({"resultType": "complete"})))],
            "2026-07-28",
        ),
        (
            "a method of the other era",
            vec![(Direction::C2s, json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover"}))],
            "2025-11-25",
        ),
        (
            "a request of the server",
            vec![(
                Direction::S2c,
                json!({"jsonrpc": "2.0", "id": 1, "method": "elicitation/create", "params": {}}),
            )],
            "2026-07-28",
        ),
        (
            "an id of null",
            vec![(
                Direction::S2c,
                json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32700, "message": "x"}}),
            )],
            "2026-07-28",
        ),
        (
            "an error without its data",
            vec![
                (Direction::C2s, call(1)),
                (
                    Direction::S2c,
                    json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32021, "message": "x"}}),
                ),
            ],
            "2026-07-28",
        ),
        (
            "a broken error",
            vec![(Direction::S2c, json!({"jsonrpc": "2.0", "error": {"code": "x"}}))],
            "2025-11-25",
        ),
        ("an id twice", vec![(Direction::C2s, call(1)), (Direction::C2s, call(1))], "2026-07-28"),
        (
            "an unknown notification",
            vec![(Direction::C2s, json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))],
            "2026-07-28",
        ),
        (
            "a question in a listing",
            vec![
                (Direction::C2s, request(1, "tools/list", &json!({}))),
                (Direction::S2c, result(1, &json!({"resultType": "input_required", "requestState": "s"}))),
            ],
            "2026-07-28",
        ),
        (
            "a round that asks nothing",
            vec![
                (Direction::C2s, call(1)),
                (Direction::S2c, result(1, &json!({"resultType": "input_required"}))),
            ],
            "2026-07-28",
        ),
        (
            "an answer to no question",
            vec![(Direction::C2s, answered_call(1, &json!({"q": {"action": "decline"}})))],
            "2026-07-28",
        ),
        (
            "an answer of another kind",
            vec![
                (Direction::C2s, call(1)),
                (Direction::S2c, result(1, &asking())),
                (Direction::C2s, answered_call(2, &json!({"q": {"action": "decline"}}))),
            ],
            "2026-07-28",
        ),
        ("a change without a subscription", vec![(Direction::S2c, changed(&json!({})))], "2026-07-28"),
        (
            "a change of another subscription",
            vec![(Direction::C2s, listen(1)), (Direction::S2c, changed(&json!({rules::SUBSCRIPTION: 2})))],
            "2026-07-28",
        ),
        (
            "a change before the acknowledgement",
            vec![(Direction::C2s, listen(1)), (Direction::S2c, changed(&json!({rules::SUBSCRIPTION: 1})))],
            "2026-07-28",
        ),
        (
            "a log message that nobody asked for",
            vec![(Direction::C2s, call(1)), (Direction::S2c, logged())],
            "2026-07-28",
        ),
        (
            "resources without names",
            vec![
                (Direction::C2s, json!({"jsonrpc": "2.0", "id": 1, "method": "resources/list"})),
                (Direction::S2c, result(1, &json!({"resources": [{"uri": "a:b"}]}))),
            ],
            "2025-11-25",
        ),
        (
            "a subscription of the other era",
            vec![(Direction::C2s, request(1, "resources/subscribe", &json!({"uri": "a:b"})))],
            "2026-07-28",
        ),
        (
            "roots that are none",
            vec![
                (Direction::S2c, json!({"jsonrpc": "2.0", "id": 1, "method": "roots/list"})),
                (Direction::C2s, result(1, &json!({"roots": [{"name": "n"}]}))),
            ],
            "2025-11-25",
        ),
    ] {
        assert_eq!(found(&messages, revision).len(), 1, "{what}: {:?}", found(&messages, revision));
    }
    let junk = Record::new(Direction::S2c, "stdio", b"hello");
    assert_eq!(faults(&[junk], "2026-07-28").len(), 1);
}
