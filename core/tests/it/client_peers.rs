//! The client and peers that need patience: they move, break, answer late, or speak what is long out of date.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use dovetail::client::Change;
use dovetail::{Client, ErrorKind, Filter, Limits, Options, Revision, Server, http};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::client_support::{
    Endpoint, NEW_HELLO, Reply, Seen, answer, bounded, demo, events, json, log, old_server, parse, result,
    script,
};

const CALLED: &str = r#"{"resultType":"complete","content":[{"type":"text","text":"called"}]}"#;

fn tools(seen: &Seen, list: &str) -> Reply {
    json(&result(
        seen,
        &format!(r#"{{"resultType":"complete","tools":[{list}],"ttlMs":0,"cacheScope":"private"}}"#),
    ))
}

fn refused(seen: &Seen, code: i64) -> Reply {
    let body = format!(r#"{{"jsonrpc":"2.0","id":{},"error":{{"code":{code},"message":"no"}}}}"#, seen.id());
    answer("400 Bad Request", "content-type: application/json\r\n", &body)
}

const MIRRORED: &str = r#"{"name":"x","inputSchema":{"type":"object","properties":{
    "region":{"type":"string","x-mcp-header":"Region"},"n":{"type":"integer","x-mcp-header":"Count"},"q":{"type":"string"}}}}"#;

#[tokio::test]
async fn parameters_are_mirrored_and_the_rules_learned_when_the_server_insists() {
    bounded(async {
        let endpoint = Endpoint::start(|seen| {
            if seen.is("server/discover") {
                json(&result(seen, NEW_HELLO))
            } else if seen.is("tools/list") {
                tools(seen, MIRRORED)
            } else if seen.header("mcp-param-region").is_none() {
                refused(seen, -32020)
            } else {
                json(&result(seen, CALLED))
            }
        });
        let endpoint = endpoint.await;
        let client = Client::connect(endpoint.url.as_str()).await.expect("a server");
        let arguments = json!({"region": "süd", "n": 42, "q": "secret"});
        assert_eq!(client.call("x", &arguments).await.expect("an answer").text(), "called");
        let seen = endpoint.seen();
        let methods: Vec<_> = seen.iter().filter_map(|seen| seen.header("mcp-method")).collect();
        assert_eq!(methods, ["server/discover", "tools/call", "tools/list", "tools/call"]);
        assert_eq!(seen[3].header("mcp-param-region"), Some("=?base64?c8O8ZA==?="));
        assert_eq!(seen[3].header("mcp-param-count"), Some("42"));
        assert_eq!(seen[3].header("mcp-param-q"), None);
        client.call("x", &arguments).await.expect("an answer");
        assert_eq!(endpoint.seen().len(), 5, "the rules are known now");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_always_insists_is_asked_twice_and_no_more() {
    bounded(async {
        let endpoint = Endpoint::start(|seen| match seen.header("mcp-method") {
            Some("server/discover") => json(&result(seen, NEW_HELLO)),
            Some("tools/list") => tools(seen, MIRRORED),
            _ => refused(seen, -32020),
        });
        let endpoint = endpoint.await;
        let client = Client::connect(endpoint.url.as_str()).await.expect("a server");
        let error = client.call("x", ()).await.expect_err("a mismatch");
        assert_eq!((error.kind, endpoint.seen().len()), (ErrorKind::HeaderMismatch, 4));
    })
    .await;
}

#[tokio::test]
async fn tools_with_wrong_header_rules_are_left_out_and_reported() {
    bounded(async {
        let endpoint = Endpoint::start(|seen| match seen.is("tools/list") {
            true => {
                let bad = r#"{"name":"bad","inputSchema":{"type":"object","properties":{"a":{"type":"object","x-mcp-header":"A"}}}}"#;
                tools(seen, &format!("{bad},{MIRRORED}"))
            }
            false => json(&result(seen, NEW_HELLO)),
        });
        let endpoint = endpoint.await;
        let (sink, lines) = log();
        let client = Client::builder(endpoint.url.as_str()).log(sink).connect().await.expect("a server");
        let names: Vec<_> = client.list_tools().await.expect("tools").into_iter().map(|tool| tool.name).collect();
        assert_eq!(names, ["x"]);
        assert!(lines.lock().expect("free").iter().any(|line| line.contains("bad")));
    })
    .await;
}

#[tokio::test]
async fn only_what_is_safe_is_sent_again() {
    bounded(async {
        let failures = AtomicUsize::new(0);
        let endpoint = Endpoint::start(move |seen| {
            if seen.is("server/discover") {
                return json(&result(seen, NEW_HELLO));
            }
            if failures.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
                return answer("503 Service Unavailable", "retry-after: 0\r\n", "");
            }
            match seen.is("tools/list") {
                true => tools(
                    seen,
                    r#"{"name":"r","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}}"#,
                ),
                false => json(&result(seen, CALLED)),
            }
        });
        let endpoint = endpoint.await;
        let client = Client::connect(endpoint.url.as_str()).await.expect("a server");
        let sent = |method: &str| endpoint.seen().iter().filter(|seen| seen.is(method)).count();
        assert_eq!(client.list_tools().await.expect("tools").len(), 1);
        assert_eq!(sent("tools/list"), 2);
        assert_eq!(client.call("r", ()).await.expect("it only reads").text(), "called");
        assert_eq!(sent("tools/call"), 2);
        let error = client.call("w", ()).await.expect_err("nobody knows what it does");
        assert_eq!((error.http_status, sent("tools/call")), (Some(503), 3));
        client.call("w", ()).await.expect("the next one works");
        let proud = client.with_options(Options { retries: Some(0), ..Options::default() }).expect("options");
        proud.list_tools().await.expect_err("no second try");
    })
    .await;
}

#[tokio::test]
async fn a_late_answer_to_the_probe_still_counts() {
    const LATE: &str = r#"
*server/discover*) first=$id;;
*'"initialize"'*) echo '{"jsonrpc":"2.0","id":'$first',"result":{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{},"ttlMs":0,"cacheScope":"private"}}'
  echo '{"jsonrpc":"2.0","id":'$id',"error":{"code":-32601,"message":"not here"}}';;
*tools/call*) echo '{"jsonrpc":"2.0","id":'$id',"result":{"content":[{"type":"text","text":"called"}]}}';;
"#;
    bounded(async {
        let limits = Limits { probe_timeout: Duration::from_millis(100), ..Limits::default() };
        let client = Client::builder(script(LATE)).limits(limits).connect().await.expect("a slow server");
        assert_eq!(client.revision(), Revision::LATEST);
        assert_eq!(client.call("x", ()).await.expect("an answer").text(), "called");
        client.close().await;
    })
    .await;
}

const OLDER: &str =
    r#"{"protocolVersion":"2025-03-26","capabilities":{},"serverInfo":{"name":"older","version":"1"}}"#;

#[tokio::test]
async fn batches_are_read_where_they_exist() {
    for (hello, expected) in [(OLDER, true), (crate::client_support::OLD_HELLO, false)] {
        bounded(async {
            let endpoint = Endpoint::start(move |seen| {
                if seen.is("initialize") {
                    return json(&result(seen, hello));
                }
                old_server(seen, "").unwrap_or_else(|| {
                    let log = r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"hi"}}"#;
                    json(&format!("[{log},{}]", result(seen, CALLED)))
                })
            });
            let endpoint = endpoint.await;
            let (sink, lines) = log();
            let client = Client::builder(endpoint.url.as_str()).log(sink).connect().await.expect("a server");
            let called = client.call("x", ()).await;
            assert_eq!(called.is_ok(), expected, "{called:?}");
            assert_eq!(lines.lock().expect("free").iter().any(|line| line == "hi"), expected);
        })
        .await;
    }
}

#[tokio::test]
async fn the_stream_between_requests_is_taken_up_where_it_broke() {
    bounded(async {
        let opened = AtomicUsize::new(0);
        let hello = r#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true},"prompts":{"listChanged":true}},"serverInfo":{"name":"old","version":"1"}}"#;
        let endpoint = Endpoint::start(move |seen| {
            if seen.is("initialize") {
                let headers = "content-type: application/json\r\nmcp-session-id: s\r\n";
                return answer("200 OK", headers, &result(seen, hello));
            }
            if seen.method == "GET" {
                let change = |what: &str| {
                    format!(r#"data: {{"jsonrpc":"2.0","method":"notifications/{what}/list_changed"}}"#)
                };
                return match opened.fetch_add(1, Ordering::SeqCst) {
                    0 => Reply::Say(events(&format!("id: 5\nretry: 10\n{}\n\n", change("tools")))),
                    1 => Reply::Hold(events(&format!("id: 6\n{}\n\n", change("prompts"))), mpsc::unbounded_channel().0),
                    _ => answer("405 Method Not Allowed", "", ""),
                };
            }
            old_server(seen, "s").expect("nothing else is sent")
        });
        let endpoint = endpoint.await;
        let client = Client::connect(endpoint.url.as_str()).await.expect("an old server");
        assert!(endpoint.seen().iter().all(|seen| seen.method != "GET"), "nobody listens yet");
        let filter = Filter { tools_list_changed: true, prompts_list_changed: true, ..Filter::default() };
        let mut listening = client.listen(filter).await.expect("a stream");
        assert_eq!(listening.next().await.expect("open").expect("news"), Change::ToolsListChanged);
        assert_eq!(listening.next().await.expect("open").expect("news"), Change::PromptsListChanged);
        let seen = endpoint.seen();
        let last: Vec<_> =
            seen.iter().filter(|seen| seen.method == "GET").map(|seen| seen.header("last-event-id")).collect();
        assert_eq!(last, [None, Some("5")]);
    })
    .await;
}

#[tokio::test]
async fn a_broken_subscription_is_opened_again_and_everything_counts_as_changed() {
    bounded(async {
        let opened = AtomicUsize::new(0);
        let endpoint = Endpoint::start(move |seen| {
            if seen.is("server/discover") {
                return json(&result(seen, NEW_HELLO));
            }
            let granted = r#""notifications":{"toolsListChanged":true}"#;
            let ack = format!(
                r#"data: {{"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{{"_meta":{{"io.modelcontextprotocol/subscriptionId":{}}},{granted}}}}}"#,
                seen.id()
            );
            match opened.fetch_add(1, Ordering::SeqCst) {
                0 => Reply::Say(events(&format!("{ack}\n\n"))),
                1 => Reply::Say(events(&format!("{ack}\n\ndata: {}\n\n", result(seen, r#"{"resultType":"complete"}"#)))),
                _ => answer("500 Internal Server Error", "", ""),
            }
        });
        let endpoint = endpoint.await;
        let client = Client::connect(endpoint.url.as_str()).await.expect("a server");
        let filter = Filter { tools_list_changed: true, prompts_list_changed: true, ..Filter::default() };
        let mut listening = client.listen(filter).await.expect("a stream");
        assert!(listening.granted().tools_list_changed && !listening.granted().prompts_list_changed);
        assert_eq!(listening.next().await.expect("open").expect("news"), Change::ToolsListChanged);
        assert!(listening.next().await.is_none(), "the server has closed it");
        assert_eq!(endpoint.seen().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn the_first_transport_is_found_when_there_is_no_other() {
    bounded(async {
        let listener = demo(None).listen(http("127.0.0.1:0").sse(true)).await.expect("loopback can be bound");
        let url = listener.url().replace("/mcp", "/sse");
        tokio::spawn(listener.run());
        let client = Client::connect(url.as_str()).await.expect("an old server");
        assert!(!client.revision().is_modern());
        assert_eq!(client.call("add", json!({"a": 1, "b": 2})).await.expect("an answer").text(), "3");
        let (told, mut reports) = mpsc::unbounded_channel();
        let call =
            client.call("count", ()).on_progress(move |report| told.send(report).expect("the test waits"));
        assert_eq!(call.await.expect("an answer").text(), "done");
        assert!(reports.recv().await.is_some());
        client.close().await;
        let error = Client::builder(url.as_str()).sse(false).connect().await.expect_err("switched off");
        assert_eq!(error.kind, ErrorKind::Http);
    })
    .await;
}

/// A server of the first transport whose event stream breaks at the first call.
async fn breaking() -> String {
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("loopback can be bound");
    let url = format!("http://{}/sse", socket.local_addr().expect("bound"));
    tokio::spawn(async move {
        let (mut stream, mut calls) = (None, 0);
        while let Ok((mut peer, _)) = socket.accept().await {
            let mut bytes = Vec::new();
            let seen = loop {
                if let Some(seen) = parse(&bytes) {
                    break seen;
                }
                let Ok(1..) = peer.read_buf(&mut bytes).await else { return };
            };
            if seen.method == "GET" {
                let head = events("event: endpoint\ndata: /messages?session=1\n\n");
                peer.write_all(head.as_bytes()).await.expect("the client reads");
                stream = Some(peer);
                continue;
            }
            let status = if seen.is("server/discover") || seen.is("initialize") && stream.is_none() {
                "405 No"
            } else {
                "202 Accepted"
            };
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            peer.write_all(head.as_bytes()).await.expect("the client reads");
            drop(peer);
            calls += usize::from(seen.is("tools/call"));
            if seen.is("tools/call") && calls == 1 {
                stream = None;
                continue;
            }
            let body = match (seen.is("initialize"), seen.is("tools/call") || seen.is("tools/list")) {
                (true, _) => result(&seen, &OLDER.replace("2025-03-26", "2024-11-05")),
                (_, true) => result(&seen, r#"{"content":[{"type":"text","text":"called"}],"tools":[]}"#),
                _ => continue,
            };
            if let Some(stream) = &mut stream {
                stream
                    .write_all(format!("event: message\ndata: {body}\n\n").as_bytes())
                    .await
                    .expect("the client reads");
            }
        }
    });
    url
}

#[tokio::test]
async fn a_broken_stream_of_the_first_transport_means_a_new_session() {
    bounded(async {
        let client = Client::connect(breaking().await).await.expect("an old server");
        assert_eq!(client.revision(), Revision::V2024_11_05);
        let error = client.call("x", ()).await.expect_err("nobody knows whether it was done");
        assert_eq!(error.kind, ErrorKind::Transport);
        assert_eq!(client.call("x", ()).await.expect("a new session").text(), "called");
        client.close().await;
        assert_eq!(client.call("x", ()).await.expect_err("closed").kind, ErrorKind::Closed);
    })
    .await;
}

#[tokio::test]
async fn the_address_of_the_first_transport_must_stay_at_home() {
    bounded(async {
        let elsewhere = Endpoint::start(|_| answer("202 Accepted", "", "")).await;
        let address = elsewhere.url.clone();
        let endpoint = Endpoint::start(move |seen| match seen.method.as_str() {
            "GET" => Reply::Hold(
                events(&format!("event: endpoint\ndata: {address}\n\n")),
                mpsc::unbounded_channel().0,
            ),
            _ => answer("405 Method Not Allowed", "", ""),
        });
        let endpoint = endpoint.await;
        let builder = Client::builder(endpoint.url.as_str()).header("Authorization", "Bearer secret");
        let error = builder.connect().await.expect_err("it leads elsewhere");
        assert!(error.detail.contains("another origin"), "{error}");
        assert!(elsewhere.seen().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_restarted_server_is_found_again_with_what_was_subscribed() {
    bounded(async {
        let down = std::sync::Arc::new(AtomicBool::new(false));
        let sessions = AtomicUsize::new(0);
        let current = Mutex::new(String::new());
        let hello = r#"{"protocolVersion":"2025-11-25","capabilities":{"resources":{"subscribe":true}},"serverInfo":{"name":"old","version":"1"}}"#;
        let restart = down.clone();
        let endpoint = Endpoint::start(move |seen| {
            if seen.is("initialize") {
                let id = format!("s-{}", sessions.fetch_add(1, Ordering::SeqCst));
                let headers = format!("content-type: application/json\r\nmcp-session-id: {id}\r\n");
                *current.lock().expect("free") = id;
                return answer("200 OK", &headers, &result(seen, hello));
            }
            if restart.swap(false, Ordering::SeqCst) {
                current.lock().expect("free").clear();
            }
            if seen.header("mcp-session-id").is_some_and(|id| id != current.lock().expect("free").as_str()) {
                return answer("404 Not Found", "", "");
            }
            if seen.method == "GET" {
                return answer("405 Method Not Allowed", "", "");
            }
            old_server(seen, "").unwrap_or_else(|| json(&result(seen, CALLED)))
        });
        let endpoint = endpoint.await;
        let client = Client::connect(endpoint.url.as_str()).await.expect("an old server");
        client.subscribe("test://a").await.expect("a subscription");
        client.subscribe("test://a").await.expect("the same again");
        down.store(true, Ordering::SeqCst);
        assert_eq!(client.call("x", ()).await.expect("an answer").text(), "called");
        let seen = endpoint.seen();
        let subscribed: Vec<_> =
            seen.iter().filter(|seen| seen.is("resources/subscribe")).map(|seen| seen.header("mcp-session-id")).collect();
        assert_eq!(subscribed, [Some("s-0"), Some("s-1")]);
        drop(client);
    })
    .await;
}

#[tokio::test]
async fn a_server_may_not_ask_for_input_to_list_its_tools() {
    bounded(async {
        let endpoint = Endpoint::start(|seen| match seen.is("server/discover") {
            true => json(&result(seen, NEW_HELLO)),
            false => json(&result(seen, r#"{"resultType":"input_required","requestState":"s"}"#)),
        });
        let client = Client::connect(endpoint.await.url.as_str()).await.expect("a server");
        assert_eq!(client.list_tools().await.expect_err("not here").kind, ErrorKind::Malformed);
    })
    .await;
}

#[tokio::test]
async fn whoever_only_listens_finds_a_restarted_server_too() {
    bounded(async {
        let (sessions, streams) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let hello = r#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"old","version":"1"}}"#;
        let endpoint = Endpoint::start(move |seen| {
            if seen.is("initialize") {
                let number = sessions.fetch_add(1, Ordering::SeqCst);
                if number == 1 {
                    return answer("503 Service Unavailable", "retry-after: 0\r\n", "");
                }
                let headers = format!("content-type: application/json\r\nmcp-session-id: s-{number}\r\n");
                return answer("200 OK", &headers, &result(seen, hello));
            }
            if seen.method == "GET" {
                return match (seen.header("mcp-session-id"), streams.fetch_add(1, Ordering::SeqCst)) {
                    (Some("s-0"), 0) => Reply::Say(events("retry: 10\n\n")),
                    (Some("s-2"), _) => Reply::Hold(events(": open\n\n"), mpsc::unbounded_channel().0),
                    _ => answer("404 Not Found", "", ""),
                };
            }
            old_server(seen, "").unwrap_or_else(|| json(&result(seen, CALLED)))
        });
        let endpoint = endpoint.await;
        let client = Client::connect(endpoint.url.as_str()).await.expect("an old server");
        let filter = Filter { tools_list_changed: true, ..Filter::default() };
        let mut listening = client.listen(filter).await.expect("a stream");
        // Nothing was said, but a stream without ids that breaks, and a new session, may have missed something.
        assert_eq!(listening.next().await.expect("open").expect("news"), Change::ToolsListChanged);
        while !endpoint.seen().iter().any(|seen| seen.header("mcp-session-id") == Some("s-2")) {
            tokio::task::yield_now().await;
        }
        assert_eq!(client.call("x", ()).await.expect("an answer").text(), "called");
        assert_eq!(endpoint.seen().last().expect("requests").header("mcp-session-id"), Some("s-2"));
    })
    .await;
}

#[tokio::test]
async fn a_session_that_cannot_be_replaced_at_once_is_replaced_later() {
    bounded(async {
        let sessions = AtomicUsize::new(0);
        let endpoint = Endpoint::start(move |seen| {
            if seen.is("initialize") {
                return match sessions.fetch_add(1, Ordering::SeqCst) {
                    1 => answer("500 Internal Server Error", "", ""),
                    number => old_server(seen, &format!("s-{number}")).expect("an opening"),
                };
            }
            old_server(seen, "").unwrap_or_else(|| match seen.header("mcp-session-id") {
                Some("s-2") => json(&result(seen, CALLED)),
                _ => answer("404 Not Found", "", ""),
            })
        });
        let endpoint = endpoint.await;
        let client = Client::connect(endpoint.url.as_str()).await.expect("an old server");
        let error = client.call("x", ()).await.expect_err("no new session");
        assert_eq!(error.http_status, Some(500));
        assert_eq!(client.call("x", ()).await.expect("a new session").text(), "called");
        let calls = endpoint.seen().into_iter().filter(|seen| seen.is("tools/call"));
        let sessions: Vec<_> = calls.map(|seen| seen.header("mcp-session-id").map(str::to_owned)).collect();
        assert_eq!(sessions, [Some("s-0".to_owned()), Some("s-2".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_only_names_its_revisions_is_believed() {
    bounded(async {
        let endpoint = Endpoint::start(|seen| {
            if seen.is("initialize") && seen.param("protocolVersion") != "\"2025-03-26\"" {
                let error = r#"{"code":-32602,"message":"no","data":{"supported":["2024-11-05","2025-03-26"],"requested":"x"}}"#;
                return json(&format!(r#"{{"jsonrpc":"2.0","id":{},"error":{error}}}"#, seen.id()));
            }
            if seen.is("initialize") {
                return json(&result(seen, OLDER));
            }
            old_server(seen, "").unwrap_or_else(|| json(&result(seen, CALLED)))
        });
        let client = Client::connect(endpoint.await.url.as_str()).await.expect("an old server");
        assert_eq!(client.revision(), Revision::V2025_03_26);
    })
    .await;
}

#[tokio::test]
async fn metadata_is_sent_and_the_protocols_own_keys_are_not_taken() {
    bounded(async {
        let endpoint = Endpoint::start(|seen| match seen.is("server/discover") {
            true => json(&result(seen, NEW_HELLO)),
            false => json(&result(seen, CALLED)),
        });
        let endpoint = endpoint.await;
        let client = Client::connect(endpoint.url.as_str()).await.expect("a server");
        client.call("x", ()).meta(json!({"example.com/trace": "t"})).await.expect("an answer");
        let meta = endpoint.seen()[1].param("_meta");
        assert!(meta.contains(r#""example.com/trace":"t""#) && meta.contains("clientInfo"), "{meta}");
        let own = json!({"io.modelcontextprotocol/protocolVersion": "1999-01-01"});
        let error = client.call("x", ()).meta(own).await.expect_err("reserved");
        assert_eq!(error.kind, ErrorKind::InvalidParams);
        let server = Server::new("empty");
        let client = Client::connect(&server).await.expect("a server");
        assert_eq!(client.request("no/such", ()).await.expect_err("unknown").kind, ErrorKind::MethodNotFound);
    })
    .await;
}
