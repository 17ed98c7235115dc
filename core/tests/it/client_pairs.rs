//! Our client and our server together, in both eras, over every transport.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use dovetail::{Client, ClientBuilder, ElicitAnswer, ElicitRequest, ErrorKind, Revision, Server, http};
use serde_json::json;
use tokio::sync::mpsc;

use crate::client_support::{bounded, demo, this_binary};

#[derive(Copy, Clone, Debug)]
enum Way {
    Memory,
    Child,
    Http,
}

const WAYS: [Way; 3] = [Way::Memory, Way::Child, Way::Http];

async fn listen(server: Server) -> String {
    let listener = server.listen(http("127.0.0.1:0")).await.expect("loopback can be bound");
    let url = listener.url();
    tokio::spawn(listener.run());
    url
}

async fn builder(way: Way) -> ClientBuilder {
    match way {
        Way::Memory => Client::builder(demo(None)),
        Way::Child => Client::builder(this_binary("demo")),
        Way::Http => Client::builder(listen(demo(None)).await),
    }
}

async fn everywhere(check: impl AsyncFn(ClientBuilder, String)) {
    since(Revision::V2024_11_05, check).await;
}

/// In every revision that has forms.
async fn where_forms_are(check: impl AsyncFn(ClientBuilder, String)) {
    since(Revision::V2025_06_18, check).await;
}

async fn since(first: Revision, check: impl AsyncFn(ClientBuilder, String)) {
    for way in WAYS {
        for revision in Revision::ALL.iter().filter(|revision| **revision >= first) {
            let label = format!("{way:?} {revision}");
            let builder = builder(way).await.revision(*revision);
            bounded(check(builder, label)).await;
        }
    }
}

#[tokio::test]
async fn calls_return_typed_values() {
    everywhere(async |builder, label| {
        let client = builder.connect().await.expect(&label);
        let total: i64 =
            client.call("add", json!({"a": 1, "b": 2})).await.expect(&label).data().expect(&label);
        assert_eq!(total, 3, "{label}");
        assert_eq!(client.server_info().name, "demo", "{label}");
        let names: Vec<_> =
            client.list_tools().await.expect(&label).into_iter().map(|tool| tool.name).collect();
        assert!(names.contains(&"remove".to_owned()), "{label} {names:?}");
        client.close().await;
        let error = client.call("add", json!({"a": 1, "b": 2})).await.expect_err(&label);
        assert_eq!(error.kind, ErrorKind::Closed, "{label}");
    })
    .await;
}

#[tokio::test]
async fn the_newest_revision_is_found_by_itself() {
    for way in WAYS {
        let client = bounded(builder(way).await.connect()).await.expect("a server");
        assert_eq!(client.revision(), Revision::LATEST, "{way:?}");
    }
}

#[tokio::test]
async fn progress_arrives_before_the_result() {
    everywhere(async |builder, label| {
        let client = builder.connect().await.expect(&label);
        let reports = Arc::new(Mutex::new(Vec::new()));
        let sink = reports.clone();
        let call = client.call("count", ()).on_progress(move |p| sink.lock().expect("free").push(p.progress));
        assert_eq!(call.await.expect(&label).text(), "done", "{label}");
        let reports = reports.lock().expect("free").clone();
        // The server coalesces what waits to be written, so only the order and the end are certain.
        assert!(reports.windows(2).all(|pair| pair[0] < pair[1]), "{label} {reports:?}");
        assert_eq!(reports.last(), Some(&3.0), "{label}");
    })
    .await;
}

#[tokio::test]
async fn questions_reach_the_user_and_answers_the_tool() {
    where_forms_are(async |builder, label| {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let record = asked.clone();
        let client = builder.on_elicit(move |request: ElicitRequest| {
            record.lock().expect("free").push(request.message.clone());
            let schema: serde_json::Value = serde_json::from_str(request.schema.get()).expect("a schema");
            let field = schema["required"][0].as_str().expect("one field is required").to_owned();
            async move { ElicitAnswer::accept(json!({ field: true })) }
        });
        let client = client.connect().await.expect(&label);
        assert_eq!(
            client.call("remove", json!({"path": "x"})).await.expect(&label).text(),
            "deleted",
            "{label}"
        );
        assert_eq!(asked.lock().expect("free").as_slice(), ["Delete x?"], "{label}");
    })
    .await;
}

#[tokio::test]
async fn a_declined_question_and_no_handler_at_all_are_different() {
    where_forms_are(async |builder, label| {
        let client =
            builder.on_elicit(|_| async { Ok(ElicitAnswer::decline()) }).connect().await.expect(&label);
        assert_eq!(
            client.call("remove", json!({"path": "x"})).await.expect(&label).text(),
            "kept",
            "{label}"
        );
    })
    .await;
    everywhere(async |builder, label| {
        let client = builder.connect().await.expect(&label);
        let error = client.call("remove", json!({"path": "x"})).await.expect_err(&label);
        assert_eq!(error.kind, ErrorKind::MissingClientCapability, "{label} {error}");
    })
    .await;
}

#[tokio::test]
async fn failed_tools_are_errors_unless_asked_for_raw() {
    everywhere(async |builder, label| {
        let client = builder.connect().await.expect(&label);
        let error = client.call("fail", ()).await.expect_err(&label);
        assert_eq!((error.kind, error.detail.as_str()), (ErrorKind::ToolError, "it broke"), "{label}");
        let result = client.call("fail", ()).raw().await.expect(&label);
        assert!(result.is_error(), "{label}");
        let error = client.call("no-such-tool", ()).await.expect_err(&label);
        assert!(matches!(error.kind, ErrorKind::UnknownTool | ErrorKind::InvalidParams), "{label} {error}");
        let error = client.call("add", 7).await.expect_err(&label);
        assert_eq!(error.kind, ErrorKind::InvalidParams, "{label}");
    })
    .await;
}

#[tokio::test]
async fn dropping_or_outwaiting_a_call_cancels_it_at_the_server() {
    for way in [Way::Memory, Way::Http] {
        for revision in Revision::ALL {
            bounded(async {
                let label = format!("{way:?} {revision}");
                let (tell, mut dropped) = mpsc::unbounded_channel();
                let server = demo(Some(tell));
                let builder = match way {
                    Way::Http => Client::builder(listen(server).await),
                    Way::Memory | Way::Child => Client::builder(server),
                };
                let client = builder.revision(*revision).connect().await.expect(&label);

                let (started, mut start) = mpsc::unbounded_channel();
                let call =
                    client.call("wait", ()).on_progress(move |_| started.send(()).expect("the test waits"));
                tokio::select! {
                    outcome = call => panic!("{label}: {outcome:?}"),
                    _ = start.recv() => {}
                }
                dropped.recv().await.expect("the run is dropped");

                let short = Duration::from_millis(200);
                let error = client.call("wait", ()).timeout(short).await.expect_err(&label);
                assert_eq!(error.kind, ErrorKind::DeadlineExceeded, "{label}");
                dropped.recv().await.expect("the run is dropped");
                let total: i64 =
                    client.call("add", json!({"a": 1, "b": 1})).await.expect(&label).data().expect(&label);
                assert_eq!(total, 2, "{label}");
            })
            .await;
        }
    }
}

/// The server's session is the same process, so the paused clock is everybody's.
#[tokio::test(start_paused = true)]
async fn a_person_may_think_longer_than_a_server_may_work() {
    let with_forms = |revision: &&Revision| **revision >= Revision::V2025_06_18;
    for revision in Revision::ALL.iter().filter(with_forms) {
        let builder = Client::builder(demo(None)).revision(*revision).timeout(Duration::from_secs(2));
        let builder = builder.on_elicit(|_| async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            Ok(ElicitAnswer::cancel())
        });
        let client = builder.connect().await.expect("a server");
        assert_eq!(
            client.call("remove", json!({"path": "x"})).await.expect("an answer").text(),
            "kept",
            "{revision}"
        );
    }
}

#[test]
fn a_client_works_on_threads_too() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(bounded(async {
        let client = Client::connect(listen(demo(None)).await).await.expect("a server");
        let calls: Vec<_> = (0..200)
            .map(|n| tokio::spawn(client.call("add", json!({"a": n, "b": 1})).into_future()))
            .collect();
        for (n, call) in (0..).zip(calls) {
            let total: i64 = call.await.expect("no panic").expect("an answer").data().expect("a number");
            assert_eq!(total, n + 1);
        }
    }));
}
