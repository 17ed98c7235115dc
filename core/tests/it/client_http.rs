//! The client and HTTP endpoints that behave well, badly, or like their predecessors.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dovetail::{Client, ElicitAnswer, ErrorKind, Limits, Revision};
use serde_json::json;
use tokio::sync::mpsc;

use crate::client_support::{
    Endpoint, NEW_HELLO, Reply, Seen, answer, bounded, events, json, old_server, result,
};

const CALLED: &str = r#"{"resultType":"complete","content":[{"type":"text","text":"called"}]}"#;

fn modern(seen: &Seen) -> Reply {
    json(&result(seen, if seen.is("server/discover") { NEW_HELLO } else { CALLED }))
}

#[tokio::test]
async fn modern_requests_carry_their_metadata_twice() {
    bounded(async {
        let endpoint = Endpoint::start(modern).await;
        let client =
            Client::builder(endpoint.url.as_str()).header("Authorization", "Bearer t").connect().await;
        let client = client.expect("a server");
        assert_eq!((client.revision(), client.server_info().name.as_str()), (Revision::V2026_07_28, "new"));
        assert_eq!(client.call("naïve tool", json!({"x": 1})).await.expect("an answer").text(), "called");
        let seen = endpoint.seen();
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[1].header("mcp-method"), Some("tools/call"));
        assert_eq!(seen[1].header("mcp-name"), Some("=?base64?bmHDr3ZlIHRvb2w=?="));
        assert_eq!(seen[0].header("mcp-name"), None);
        for request in &seen {
            assert_eq!(request.header("mcp-protocol-version"), Some("2026-07-28"));
            assert_eq!(request.header("authorization"), Some("Bearer t"));
            assert_eq!(request.header("mcp-session-id"), None);
            let accept = request.header("accept").expect("an accept header");
            assert!(accept.contains("application/json") && accept.contains("text/event-stream"));
            assert!(request.param("_meta").contains(r#""io.modelcontextprotocol/clientCapabilities":{}"#));
        }
    })
    .await;
}

#[tokio::test]
async fn a_bare_400_means_a_session() {
    bounded(async {
        let endpoint =
            Endpoint::start(|seen| old_server(seen, "s-1").unwrap_or_else(|| json(&result(seen, CALLED))));
        let endpoint = endpoint.await;
        let client = Client::connect(endpoint.url.as_str()).await.expect("an old server");
        assert_eq!(client.call("x", ()).await.expect("an answer").text(), "called");
        client.close().await;
        // The era is remembered.
        Client::connect(endpoint.url.as_str()).await.expect("an old server").close().await;
        let seen = endpoint.seen();
        let steps: Vec<_> = seen
            .iter()
            .map(|s| (s.method.as_str(), s.header("mcp-session-id"), s.header("mcp-protocol-version")))
            .collect();
        let session = Some("s-1");
        let old = Some("2025-11-25");
        assert_eq!(
            steps,
            [
                ("POST", None, Some("2026-07-28")),
                ("POST", None, None),
                ("POST", session, old),
                ("POST", session, old),
                ("DELETE", session, old),
                ("POST", None, None),
                ("POST", session, old),
                ("DELETE", session, old),
            ]
        );
        assert!(!seen[3].body.contains("_meta"), "{}", seen[3].body);
    })
    .await;
}

#[tokio::test]
async fn a_lost_session_is_replaced_once_and_the_call_sent_again() {
    bounded(async {
        let sessions = AtomicUsize::new(0);
        let endpoint = Endpoint::start(move |seen| {
            if seen.is("initialize") {
                let number = sessions.fetch_add(1, Ordering::SeqCst);
                return old_server(seen, &format!("s-{number}")).expect("an opening");
            }
            old_server(seen, "").unwrap_or_else(|| match seen.header("mcp-session-id") {
                Some("s-1") => json(&result(seen, CALLED)),
                _ => answer("404 Not Found", "", ""),
            })
        });
        let endpoint = endpoint.await;
        let client = Client::connect(endpoint.url.as_str()).await.expect("an old server");
        let (a, b) = tokio::join!(client.call("x", ()).into_future(), client.call("y", ()).into_future());
        assert_eq!(
            (a.expect("an answer").text(), b.expect("an answer").text()),
            ("called".into(), "called".into())
        );
        assert_eq!(endpoint.seen().iter().filter(|seen| seen.is("initialize")).count(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_modern_error_is_never_taken_for_an_old_server() {
    bounded(async {
        let endpoint = Endpoint::start(|seen| {
            let error =
                r#"{"code":-32022,"message":"no","data":{"supported":["2099-01-01"],"requested":"x"}}"#;
            let body = format!(r#"{{"jsonrpc":"2.0","id":{},"error":{error}}}"#, seen.id());
            answer("400 Bad Request", "content-type: application/json\r\n", &body)
        });
        let endpoint = endpoint.await;
        let error = Client::connect(endpoint.url.as_str()).await.expect_err("nothing in common");
        assert_eq!(error.kind, ErrorKind::Negotiation);
        assert!(format!("{:?}", error.context).contains("2099-01-01"), "{error:?}");
        assert_eq!(endpoint.seen().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn statuses_that_are_no_part_of_the_protocol_say_what_to_do() {
    bounded(async {
        let endpoint = Endpoint::start(|_| answer("401 Unauthorized", "", "")).await;
        let error = Client::connect(endpoint.url.as_str()).await.expect_err("not allowed");
        assert_eq!((error.kind, error.http_status), (ErrorKind::Unauthorized, Some(401)));
        assert!(error.detail.contains("header"), "{error}");

        let endpoint = Endpoint::start(|seen| match seen.is("tools/call") {
            true => {
                answer("307 Temporary Redirect", "location: https://elsewhere.invalid/mcp?key=secret\r\n", "")
            }
            false => modern(seen),
        });
        let endpoint = endpoint.await;
        let client = Client::connect(endpoint.url.as_str()).await.expect("a server");
        let error = client.call("x", ()).await.expect_err("a redirect");
        assert_eq!((error.kind, error.http_status), (ErrorKind::Http, Some(307)));
        assert!(
            error.detail.contains("https://elsewhere.invalid/mcp, ") && !error.detail.contains("secret"),
            "{error}"
        );
        assert_eq!(endpoint.seen().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn only_urls_are_accepted_as_strings() {
    for target in ["npx -y server", "file:///etc/passwd", "ftp://host/", "localhost:8000"] {
        let error = bounded(Client::connect(target)).await.expect_err(target);
        assert_eq!(error.kind, ErrorKind::InvalidConfig, "{target}");
        assert!(error.detail.contains("Command"), "{target}: {error}");
    }
    for target in ["http://user:pw@host/", "http://", "http:///x"] {
        let error = bounded(Client::connect(target)).await.expect_err(target);
        assert_eq!(error.kind, ErrorKind::InvalidConfig, "{target}");
        assert!(!error.detail.contains("pw"), "{target}: {error}");
    }
    let builder = Client::builder("http://127.0.0.1:9/").header("Mcp-Session-Id", "mine");
    assert_eq!(bounded(builder.connect()).await.expect_err("reserved").kind, ErrorKind::InvalidConfig);
}

#[tokio::test]
async fn nobody_listening_is_not_an_old_server() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback can be bound");
    let url = format!("http://{}/mcp", socket.local_addr().expect("bound"));
    drop(socket);
    let error = bounded(Client::connect(url)).await.expect_err("nobody there");
    assert_eq!(error.kind, ErrorKind::Transport);
    assert!(error.detail.contains("refused"), "{error}");
}

#[tokio::test]
async fn answers_over_the_limit_are_refused_in_both_forms() {
    let limits = || Limits { body: 4096, ..Limits::default() };
    for streamed in [false, true] {
        bounded(async {
            let endpoint = Endpoint::start(move |seen| {
                if seen.is("server/discover") {
                    return modern(seen);
                }
                let body = result(
                    seen,
                    &format!(r#"{{"content":[{{"type":"text","text":"{}"}}]}}"#, "x".repeat(9000)),
                );
                if streamed { Reply::Say(events(&format!("data: {body}\n\n"))) } else { json(&body) }
            });
            let endpoint = endpoint.await;
            let client =
                Client::builder(endpoint.url.as_str()).limits(limits()).connect().await.expect("a server");
            let error = client.call("x", ()).await.expect_err("too large");
            assert_eq!(error.kind, ErrorKind::LimitExceeded, "{error}");
            assert!(error.detail.contains("4096"), "{error}");
        })
        .await;
    }
}

#[tokio::test]
async fn content_that_is_neither_json_nor_events_is_refused() {
    bounded(async {
        let endpoint = Endpoint::start(|seen| match seen.is("tools/call") {
            true => answer("200 OK", "content-type: text/html\r\n", "<p>hello</p>"),
            false => modern(seen),
        });
        let client = Client::connect(endpoint.await.url.as_str()).await.expect("a server");
        assert_eq!(client.call("x", ()).await.expect_err("a page").kind, ErrorKind::Malformed);
    })
    .await;
}

#[tokio::test]
async fn input_rounds_echo_the_state_exactly_or_not_at_all() {
    const STATE: &str = r#""v1.k.\u00e9\"/=+""#;
    bounded(async {
        let round = AtomicUsize::new(0);
        let endpoint = Endpoint::start(move |seen| {
            if seen.is("server/discover") {
                return modern(seen);
            }
            let ask = r#"{"method":"elicitation/create","params":{"mode":"form","message":"m","requestedSchema":{"type":"object","properties":{}}}}"#;
            let body = match round.fetch_add(1, Ordering::SeqCst) {
                0 => format!(r#"{{"resultType":"input_required","inputRequests":{{"z":{ask},"a":{ask}}},"requestState":{STATE}}}"#),
                1 => format!(r#"{{"resultType":"input_required","inputRequests":{{"b":{ask}}}}}"#),
                2 => r#"{"resultType":"input_required","requestState":"only"}"#.to_owned(),
                _ => CALLED.to_owned(),
            };
            json(&result(seen, &body))
        });
        let endpoint = endpoint.await;
        let client = Client::builder(endpoint.url.as_str()).on_elicit(|_| async { ElicitAnswer::accept(json!({})) });
        let client = client.connect().await.expect("a server");
        assert_eq!(client.call("x", json!({"k": 1})).await.expect("an answer").text(), "called");
        let seen = &endpoint.seen()[1..];
        let answer = r#"{"action":"accept","content":{}}"#;
        let rounds: Vec<_> = seen.iter().map(|s| (s.param("inputResponses"), s.param("requestState"))).collect();
        let null = || "null".to_owned();
        assert_eq!(rounds, [
            (null(), null()),
            (format!(r#"{{"a":{answer},"z":{answer}}}"#), serde_json::from_str::<serde_json::Value>(STATE).expect("a string").to_string()),
            (format!(r#"{{"b":{answer}}}"#), null()),
            (null(), "\"only\"".to_owned()),
        ]);
        assert!(seen[1].body.find(r#""z":{"action""#) < seen[1].body.find(r#""a":{"action""#), "asked in their order");
        let mut ids: Vec<_> = seen.iter().map(Seen::id).collect();
        ids.dedup();
        assert_eq!(ids.len(), 4, "every round is a request of its own");
        assert!(seen.iter().all(|s| s.param("arguments") == r#"{"k":1}"#));
    })
    .await;
}

#[tokio::test]
async fn a_server_that_never_stops_asking_is_stopped() {
    bounded(async {
        let endpoint = Endpoint::start(|seen| match seen.is("tools/call") {
            true => json(&result(seen, r#"{"resultType":"input_required","requestState":"again"}"#)),
            false => modern(seen),
        });
        let endpoint = endpoint.await;
        let limits = Limits { rounds: 3, ..Limits::default() };
        let client = Client::builder(endpoint.url.as_str()).limits(limits).connect().await.expect("a server");
        assert_eq!(client.call("x", ()).await.expect_err("too often").kind, ErrorKind::LimitExceeded);
        assert_eq!(endpoint.seen().len(), 1 + 4);
    })
    .await;
}

#[tokio::test]
async fn a_dropped_call_closes_the_stream_of_the_modern_era_and_is_announced_in_the_older_one() {
    bounded(async {
        let (gone, mut closed) = mpsc::unbounded_channel();
        let endpoint = Endpoint::start(move |seen| match seen.is("tools/call") {
            true => Reply::Hold(events(": open\n\n"), gone.clone()),
            false => modern(seen),
        });
        let endpoint = endpoint.await;
        let client = Client::connect(endpoint.url.as_str()).await.expect("a server");
        let error = client.call("x", ()).timeout(Duration::from_millis(200)).await.expect_err("no answer");
        assert_eq!(error.kind, ErrorKind::DeadlineExceeded);
        closed.recv().await.expect("the stream is closed");
        assert_eq!(endpoint.seen().len(), 2, "nothing else was sent");

        let (gone, mut closed) = mpsc::unbounded_channel();
        let (told, mut cancelled) = mpsc::unbounded_channel();
        let endpoint = Endpoint::start(move |seen| {
            if seen.is("notifications/cancelled") {
                told.send(seen.param("requestId")).expect("the test waits");
            }
            old_server(seen, "s").unwrap_or_else(|| Reply::Hold(String::new(), gone.clone()))
        });
        let endpoint = endpoint.await;
        let client = Client::connect(endpoint.url.as_str()).await.expect("an old server");
        let error = client.call("x", ()).timeout(Duration::from_millis(200)).await.expect_err("no answer");
        assert_eq!(error.kind, ErrorKind::DeadlineExceeded);
        closed.recv().await.expect("the stream is closed");
        let call = endpoint.seen().into_iter().find(|seen| seen.is("tools/call")).expect("the call").id();
        assert_eq!(cancelled.recv().await, Some(call));
    })
    .await;
}

#[tokio::test]
async fn an_older_servers_requests_are_answered_on_the_way() {
    bounded(async {
        let endpoint = Endpoint::start(|seen| {
            old_server(seen, "s").unwrap_or_else(|| {
                let question = r#"{"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{"message":"m","requestedSchema":{"type":"object"}}}"#;
                let ping = r#"{"jsonrpc":"2.0","id":"p","method":"ping"}"#;
                let odd = r#"{"jsonrpc":"2.0","id":"o","method":"sampling/createMessage","params":{}}"#;
                // The answer waits for nothing here; a real server would. What matters is that all are answered.
                Reply::Hold(events(&format!("data: {ping}\n\ndata: {odd}\n\nevent: message\r\ndata: {question}\r\n\r\n")), mpsc::unbounded_channel().0)
            })
        });
        let endpoint = endpoint.await;
        let client = Client::builder(endpoint.url.as_str()).on_elicit(|_| async { Ok(ElicitAnswer::decline()) });
        let client = client.connect().await.expect("an old server");
        client.call("x", ()).timeout(Duration::from_millis(500)).await.expect_err("the stream never ends");
        let seen = endpoint.seen();
        let sent = |id: &str| {
            let wanted = format!(r#"{{"jsonrpc":"2.0","id":"{id}","#);
            seen.iter().find(|s| s.body.starts_with(&wanted)).map(|s| s.body[wanted.len()..].to_owned())
        };
        assert_eq!(sent("p").as_deref(), Some(r#""result":{}}"#));
        assert_eq!(sent("q").as_deref(), Some(r#""result":{"action":"decline"}}"#));
        assert!(sent("o").expect("an answer").contains("-32601"));
    })
    .await;
}

#[tokio::test]
async fn a_broken_stream_of_the_older_era_is_taken_up_where_it_broke() {
    bounded(async {
        let call = std::sync::Mutex::new(String::new());
        let endpoint = Endpoint::start(move |seen| {
            if seen.method == "GET" {
                let id = call.lock().expect("free").clone();
                let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{CALLED}}}"#);
                return Reply::Say(events(&format!("id: 8\ndata: {body}\n\n")));
            }
            old_server(seen, "s").unwrap_or_else(|| {
                *call.lock().expect("free") = seen.id();
                Reply::Say(events("id: 7\nretry: 10\ndata:\n\n"))
            })
        });
        let endpoint = endpoint.await;
        let client = Client::connect(endpoint.url.as_str()).await.expect("an old server");
        assert_eq!(client.call("x", ()).await.expect("an answer").text(), "called");
        let seen = endpoint.seen();
        let resumed = seen.last().expect("requests");
        assert_eq!(
            (resumed.header("last-event-id"), resumed.header("mcp-session-id")),
            (Some("7"), Some("s"))
        );
        assert_eq!(seen.iter().filter(|s| s.is("tools/call")).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn pages_are_walked_and_circles_noticed() {
    bounded(async {
        let endpoint = Endpoint::start(|seen| {
            if seen.is("server/discover") {
                return modern(seen);
            }
            let tool = |name: &str| format!(r#"{{"name":"{name}","inputSchema":{{"type":"object"}}}}"#);
            let page = match seen.param("cursor").as_str() {
                "null" => format!(r#"{{"tools":[{}],"nextCursor":"p\u00b2"}}"#, tool("a")),
                "\"p²\"" => format!(r#"{{"tools":[{}],"nextCursor":"last"}}"#, tool("b")),
                _ => format!(r#"{{"tools":[{}],"nextCursor":"last"}}"#, tool("c")),
            };
            json(&result(seen, &page))
        });
        let endpoint = endpoint.await;
        let client = Client::connect(endpoint.url.as_str()).await.expect("a server");
        let error = client.list_tools().await.expect_err("a circle");
        assert_eq!(error.kind, ErrorKind::Malformed);
        assert_eq!(endpoint.seen().len(), 1 + 3);
    })
    .await;
}

#[tokio::test]
async fn dropping_the_last_client_gives_the_session_back() {
    bounded(async {
        let (told, mut deleted) = mpsc::unbounded_channel();
        let endpoint = Endpoint::start(move |seen| {
            if seen.method == "DELETE" {
                told.send(seen.header("mcp-session-id").map(str::to_owned)).expect("the test waits");
                return answer("405 Method Not Allowed", "", "");
            }
            old_server(seen, "s").expect("nothing else is sent")
        });
        let endpoint = endpoint.await;
        drop(Client::connect(endpoint.url.as_str()).await.expect("an old server"));
        assert_eq!(deleted.recv().await, Some(Some("s".to_owned())));
    })
    .await;
}
