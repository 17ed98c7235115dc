//! Layers of a host around a server's and a client's messages.
use std::time::Duration;

use dovetail_bridge::{Code, Kind, Reply, Shape};
use serde_json::json;

use crate::pump::{Pump, offering};

#[test]
fn layers_stand_in_order_around_requests_and_see_the_outcome() {
    let mut server = Pump::server(&offering(&json!({"layers": [7, 8]}))).expect("a server");
    let mut client = Pump::client_behind(&mut server, &json!({"layers": [5]}));
    client.call(2, "sum");
    let (outgoing, layer, message) = client.intercept();
    assert_eq!(
        (layer, &message["method"], &message["notification"]),
        (5, &json!("tools/call"), &json!(false))
    );
    let renamed = br#"{"params":{"name":"add","arguments":{"n":1}}}"#;
    client.session.proceed(outgoing, 0, renamed).expect("it waits");

    let (outer, layer, message) = server.intercept();
    assert_eq!((layer, &message["params"]["name"]), (7, &json!("add")));
    server.proceed(outer, 20);
    let (inner, layer, _) = server.intercept();
    assert_eq!(layer, 8);
    server.session.proceed(inner, 21, br#"{"params":{"name":"add","arguments":{"n":2}}}"#).expect("it waits");
    let call = server.next(Kind::Call);
    assert_eq!(&*call.payload, br#"{"n":2}"#);
    server.reply(call.key, &json!("three"));
    assert_eq!(server.done(21).1["content"][0]["text"], "three");
    server.whole(inner, &json!({"content": [{"type": "text", "text": "four"}]}));
    let (code, outcome) = server.done(20);
    assert_eq!((code, &outcome["content"][0]["text"]), (0, &json!("four")));
    server.outcome(outer);
    assert_eq!(client.done(2).1["data"], "four");
    assert!(server.is_quiet() && client.is_quiet());
}

#[test]
fn a_layer_sees_the_methods_that_it_names_and_no_others() {
    let layers = json!({"layers": [{"handler": 7, "methods": ["tools/call"]}]});
    let mut server = Pump::server(&offering(&layers)).expect("a server");
    let mut client = Pump::client(&server, &json!({}));
    client.request(2, "list_tools", &json!({}));
    assert_eq!(client.done(2).0, 0);
    client.call(3, "add");
    let (call, _, message) = server.intercept();
    assert_eq!(message["method"], "tools/call");
    server.fail(call, &json!({"kind": "error", "name": "forbidden", "detail": "not today"}));
    let (code, error) = client.done(3);
    assert_eq!((code, &error["detail"]), (60, &json!("not today")));
    assert!(server.is_quiet());
}

#[test]
fn a_layer_works_when_every_place_is_taken_and_is_not_asked_for_more() {
    let more = json!({"layers": [7], "limits": {"inFlight": 2}});
    let mut server = Pump::server(&offering(&more)).expect("a server");
    let mut client = Pump::client_behind(&mut server, &json!({}));
    for key in [2, 3] {
        client.call(key, "add");
    }
    let (first, _, _) = server.intercept();
    let (second, _, _) = server.intercept();
    // Both places are taken by requests in the layer.
    client.call(4, "add");
    assert_eq!(client.done(4).1["name"], "busy");
    server.proceed(first, 20);
    server.proceed(second, 21);
    let (one, two) = (server.next(Kind::Call), server.next(Kind::Call));
    // Both are taken by handlers now; the layers go on all the same.
    client.call(5, "add");
    assert_eq!(client.done(5).1["name"], "busy");
    server.reply(one.key, &json!(1));
    assert_eq!(server.done(20).0, 0);
    server.outcome(first);
    server.reply(two.key, &json!(2));
    assert_eq!(server.done(21).0, 0);
    server.outcome(second);
    assert_eq!((client.done(2).0, client.done(3).0), (0, 0));
    assert!(server.is_quiet());
}

#[test]
fn a_request_that_is_taken_back_takes_back_what_its_layers_wait_for() {
    let mut server = Pump::server(&offering(&json!({"layers": [7]}))).expect("a server");
    let mut client = Pump::client_behind(&mut server, &json!({}));
    client.call(2, "add");
    let (waiting, _, _) = server.intercept();
    client.session.cancel(2).expect("open");
    assert_eq!(server.next(Kind::Cancelled).key, waiting);
    assert_eq!(client.done(2).1["name"], "cancelled");
    // The notification that took it back has passed the layer, too, which could not hold it back.
    let (told, _, message) = server.intercept();
    assert_eq!(message["notification"], true);
    server.session.reply(told, Shape::Whole, "{}".into()).expect("it waits");

    client.call(3, "add");
    let (outer, _, _) = server.intercept();
    server.proceed(outer, 20);
    let call = server.next(Kind::Call);
    client.session.cancel(3).expect("open");
    assert_eq!(server.done(20).1["name"], "cancelled");
    let taken = [server.next(Kind::Cancelled).key, server.next(Kind::Cancelled).key];
    assert!(taken.contains(&outer) && taken.contains(&call.key));
}

#[test]
fn a_server_that_closes_takes_back_what_waits_in_its_layers() {
    let mut server = Pump::server(&offering(&json!({"layers": [7]}))).expect("a server");
    let mut client = Pump::client_behind(&mut server, &json!({}));
    client.call(2, "add");
    client.call(3, "add");
    let (first, _, _) = server.intercept();
    let (second, _, _) = server.intercept();
    server.proceed(second, 20);
    server.next(Kind::Call);
    server.session.close(9, Duration::from_millis(50)).expect("open");
    let taken = [server.next(Kind::Cancelled).key, server.next(Kind::Cancelled).key];
    assert!(taken.contains(&first) || taken.contains(&second), "{taken:?}");
    server.next(Kind::Cancelled);
    assert_ne!(server.done(20).0, 0);
    assert_eq!(server.done(9).0, 0);
    server.next(Kind::Closed);
    assert!(server.is_quiet(), "nothing comes after the last event");
    assert_ne!(client.done(2).0, 0);
    assert_ne!(client.done(3).0, 0);
}

#[test]
fn notifications_pass_the_layers_of_a_client_without_holding_anything_up() {
    let mut server = Pump::server(&offering(&json!({}))).expect("a server");
    let layers = json!({"layers": [{"handler": 5, "methods": ["notifications/resources/updated"]}]});
    let mut client = Pump::client(&server, &layers);
    client.request(2, "listen", &json!({"uris": ["note://a", "note://b"]}));
    client.next(Kind::Ready);
    for uri in ["note://a", "note://b", "note://a"] {
        server.session.update(json!({"updated": [uri]}).to_string().as_bytes()).expect("a server");
        // While the layer thinks about this one, calls come and go.
        let (call, layer, message) = client.intercept();
        assert_eq!((layer, &message["params"]["uri"]), (5, &json!(uri)));
        client.call(3, "add");
        let handled = server.next(Kind::Call);
        server.reply(handled.key, &json!("ok"));
        assert_eq!(client.done(3).0, 0);
        if uri == "note://a" {
            client.proceed(call, 4);
            assert_eq!(client.done(4), (0, json!({})));
            client.outcome(call);
            let change = client.next(Kind::Change);
            assert_eq!(crate::pump::value(&change.payload)["uri"], "note://a");
        } else {
            client.session.reply(call, Shape::Whole, "{}".into()).expect("it waits");
        }
    }
    assert!(client.is_quiet(), "the one in the middle was dropped");
}

#[test]
fn many_replies_go_at_once_and_a_bad_one_keeps_none_back() {
    let mut server = Pump::server(&offering(&json!({}))).expect("a server");
    let mut client = Pump::client(&server, &json!({}));
    for key in 2..5 {
        client.call(key, "add");
    }
    let calls = [(); 3].map(|()| server.next(Kind::Call).key);
    let reply = |call, shape, json: &'static str| Ok(Reply { call, shape, json: json.as_bytes() });
    let replies = [
        reply(calls[0], Shape::Value, "1"),
        reply(calls[1], Shape::Outcome, ""),
        reply(4_000_000, Shape::Value, "1"),
        reply(calls[1], Shape::Value, "{"),
        Ok(Reply { call: calls[1], shape: Shape::Value, json: b"\"\xff\"" }),
        Ok(Reply { call: calls[1], shape: Shape::Text, json: b"\xff" }),
        reply(calls[2], Shape::Value, "3"),
    ];
    let (late, fault) = server.session.reply_batch(replies).expect("an open session");
    let fault = fault.expect("some are bad");
    assert_eq!((late, fault.code), (1, Code::InvalidState));
    assert_eq!(fault.context, [("call".to_owned(), calls[1].to_string())]);
    server.reply(calls[1], &json!(2));
    let data = [2, 3, 4].map(|key| client.done(key).1["data"].clone());
    assert_eq!(data.len(), 3);
    assert!(
        [1, 2, 3].iter().all(|n| data.iter().any(|data| data.to_string().contains(&n.to_string()))),
        "{data:?}"
    );
}

#[test]
fn progress_passes_the_layers_of_a_client_and_comes_before_the_answer() {
    let mut server = Pump::server(&offering(&json!({}))).expect("a server");
    let layers = json!({"layers": [{"handler": 5, "methods": ["notifications/progress"]}]});
    let mut client = Pump::client(&server, &layers);
    let options = json!({"progress": true}).to_string();
    client.session.request(2, "call_tool", r#"{"name":"add"}"#.into(), options.into()).expect("known");
    let call = server.next(Kind::Call);
    server.session.progress(call.key, br#"{"progress":1}"#).expect("it waits");
    server.reply(call.key, &json!("ok"));
    let (report, _, message) = client.intercept();
    assert_eq!(message["params"]["progress"].as_f64(), Some(1.0));
    client.proceed(report, 0);
    let progress = client.find(|event| matches!(event.kind, Kind::Progress | Kind::Done) && event.key == 2);
    assert_eq!(progress.kind, Kind::Progress);
    assert_eq!(client.done(2).0, 0);
}

#[test]
fn a_layer_that_holds_reports_back_does_not_hold_the_answer_back() {
    let mut server = Pump::server(&offering(&json!({}))).expect("a server");
    let more =
        json!({"layers": [{"handler": 5, "methods": ["notifications/progress"]}], "limits": {"hook": 300}});
    let mut client = Pump::client(&server, &more);
    let options = json!({"progress": true}).to_string();
    client.session.request(2, "call_tool", r#"{"name":"add"}"#.into(), options.into()).expect("known");
    let call = server.next(Kind::Call);
    for step in 1..=12 {
        let report = json!({"progress": step}).to_string();
        server.session.progress(call.key, report.as_bytes()).expect("it waits");
    }
    server.reply(call.key, &json!("ok"));
    let mut asked = 0;
    loop {
        let event = client.find(|event| matches!(event.kind, Kind::Intercept | Kind::Done));
        if event.kind == Kind::Done {
            assert_eq!((event.code, event.key), (0, 2));
            break;
        }
        asked += 1;
    }
    assert!(asked <= 3, "the answer waited for {asked} reports");
}
