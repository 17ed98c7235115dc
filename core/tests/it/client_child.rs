//! The client and processes that behave well, badly, or not at all.

use std::time::{Duration, Instant};

use dovetail::{Client, Command, ErrorKind, Limits, Revision, stdio};
use serde_json::json;

use crate::client_support::{OLD_SERVER, bounded, demo, log, script, this_binary};

/// What the tests start as a server process; without being told to it does nothing.
#[test]
fn peer() {
    let Ok(peer) = std::env::var("DOVETAIL_TEST_PEER") else { return };
    assert_eq!(peer, "demo");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(demo(None).serve(stdio())).expect("served to the end");
}

fn quick() -> Limits {
    Limits { probe_timeout: Duration::from_millis(300), drain: Duration::from_secs(1), ..Limits::default() }
}

fn assert_gone(pid: &str) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while alive(pid) {
        assert!(Instant::now() < deadline, "process {pid} is still there");
        std::thread::yield_now();
    }
}

/// A zombie counts as gone: it only waits for its parent.
fn alive(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')))
}

#[tokio::test]
async fn a_server_that_answers_the_probe_with_any_error_is_greeted_the_older_way() {
    bounded(async {
        let client = Client::connect(script(OLD_SERVER)).await.expect("an old server");
        assert_eq!((client.revision(), client.server_info().name.as_str()), (Revision::V2025_11_25, "old"));
        assert_eq!(client.call("x", ()).await.expect("an answer").text(), "called");
        client.close().await;
        // Known now: no probe, so this one may not even know what to answer to it.
        let again = Client::connect(script(OLD_SERVER)).await.expect("an old server");
        assert_eq!(again.revision(), Revision::V2025_11_25);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_silent_is_greeted_in_the_same_process_and_its_late_answer_ignored() {
    let late = OLD_SERVER.replace(
        "*'\"initialize\"'*)",
        r#"*never*) ;; *server/discover*) probe=$id;; *'"initialize"'*) echo '{"jsonrpc":"2.0","id":'$probe',"error":{"code":-32601,"message":"late"}}';"#,
    );
    bounded(async {
        let client = Client::builder(script(&late)).limits(quick()).connect().await.expect("an old server");
        assert_eq!(client.revision(), Revision::V2025_11_25);
        assert_eq!(client.call("x", ()).await.expect("an answer").text(), "called");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_dies_at_the_probe_is_started_once_more() {
    let body = format!("*server/discover*) echo unknown first message >&2; exit 3;; {OLD_SERVER}");
    bounded(async {
        let client = Client::connect(script(&body).arg("once more")).await.expect("an old server");
        assert_eq!(client.revision(), Revision::V2025_11_25);
        let strict = script(&body).arg("not once more");
        let error = Client::builder(strict).respawn(false).connect().await.expect_err("no second start");
        assert_eq!(error.kind, ErrorKind::ChildExited);
        assert!(error.detail.contains("unknown first message"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_dies_twice_is_reported_with_both_ends() {
    let body = "*server/discover*) echo first words >&2; exit 3;; *) echo last words >&2; exit 4;;";
    bounded(async {
        let error = Client::connect(script(body)).await.expect_err("no server");
        assert_eq!(error.kind, ErrorKind::ChildExited);
        for part in ["first words", "last words", "exit status: 3", "exit status: 4"] {
            assert!(error.detail.contains(part), "{part}: {error}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_dies_during_a_call_fails_it_with_its_last_words() {
    let body = format!("*tools/call*) echo out of memory >&2; kill -9 $$;; {OLD_SERVER}");
    bounded(async {
        let client = Client::connect(script(&body)).await.expect("an old server");
        let calls = (client.call("x", ()).into_future(), client.call("y", ()).into_future());
        let (first, second) = tokio::join!(calls.0, calls.1);
        for error in [first.expect_err("dead"), second.expect_err("dead")] {
            assert_eq!(error.kind, ErrorKind::ChildExited);
            assert!(error.detail.contains("out of memory") && error.detail.contains("signal: 9"), "{error}");
        }
        let error = client.call("z", ()).await.expect_err("dead");
        assert_eq!(error.kind, ErrorKind::ChildExited);
    })
    .await;
}

#[tokio::test]
async fn junk_on_standard_output_is_logged_and_skipped() {
    let body = format!(
        r#"*tools/call*) echo 'Listening on stdio...'; echo '{{"jsonrpc":"2.0","id":'$id',"result":'; echo '[]'; printf '\377\n';
        echo '{{"jsonrpc":"2.0","id":'$id',"result":{{"content":[{{"type":"text","text":"called"}}]}}}}';; {OLD_SERVER}"#
    );
    let (sink, lines) = log();
    bounded(async {
        let client = Client::builder(script(&body)).log(sink).connect().await.expect("an old server");
        assert_eq!(client.call("x", ()).await.expect("an answer").text(), "called");
    })
    .await;
    let lines = lines.lock().expect("no panic while logging");
    assert_eq!(lines.iter().filter(|line| line.starts_with("skipped")).count(), 4, "{lines:?}");
}

#[tokio::test]
async fn an_answer_over_the_line_limit_fails_its_call_and_no_other() {
    let body = format!(
        r#"*'"long"'*) printf '{{"jsonrpc":"2.0","id":%s,"result":{{"content":[{{"type":"text","text":"' $id; head -c 100000 /dev/zero | tr '\0' x; echo '"}}]}}}}';; {OLD_SERVER}"#
    );
    let limits = Limits { line: 65536, ..quick() };
    bounded(async {
        let client = Client::builder(script(&body)).limits(limits).connect().await.expect("an old server");
        let error = client.call("long", ()).await.expect_err("too long");
        assert_eq!(error.kind, ErrorKind::LimitExceeded);
        assert!(error.detail.contains("line"), "{error}");
        assert_eq!(client.call("x", ()).await.expect("an answer").text(), "called");
    })
    .await;
}

#[tokio::test]
async fn a_process_that_ignores_every_request_to_end_is_gone_after_close() {
    let stubborn = Command::new("/bin/sh").args(["-c", &format!(
        r#"trap '' TERM; sleep 1000 & echo $$ $! >&2; while read -r line; do id=${{line#*\"id\":}}; id=${{id%%,*}}; case "$line" in {OLD_SERVER} esac; done; while :; do sleep 1000; done"#
    )]);
    let (sink, lines) = log();
    bounded(async {
        let client =
            Client::builder(stubborn).limits(quick()).log(sink).connect().await.expect("an old server");
        assert_eq!(client.call("x", ()).await.expect("an answer").text(), "called");
        let start = Instant::now();
        client.close().await;
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    })
    .await;
    let pids = lines.lock().expect("no panic while logging")[0].clone();
    for pid in pids.split(' ') {
        assert_gone(pid);
    }
}

#[tokio::test]
async fn what_a_dead_server_left_behind_does_not_hold_us() {
    let body = format!("*tools/call*) sleep 1000 & echo $! >&2; exit 0;; {OLD_SERVER}");
    let (sink, lines) = log();
    bounded(async {
        let client = Client::builder(script(&body)).log(sink).connect().await.expect("an old server");
        let error = client.call("x", ()).await.expect_err("dead");
        assert_eq!(error.kind, ErrorKind::ChildExited);
    })
    .await;
    assert_gone(&lines.lock().expect("no panic while logging")[0]);
}

#[tokio::test]
async fn dropping_the_last_client_ends_the_process() {
    let body = format!(
        "*tools/call*) echo $$ >&2; {}",
        &OLD_SERVER[OLD_SERVER
            .find("echo '{\"jsonrpc\":\"2.0\",\"id\":'$id',\"result\":{\"content\"")
            .expect("the branch")..]
    );
    let (sink, lines) = log();
    let start = Instant::now();
    let body = format!("{} {body}", &OLD_SERVER[..OLD_SERVER.find("*tools/call*)").expect("the branch")]);
    bounded(async {
        let client =
            Client::builder(script(&body)).limits(quick()).log(sink).connect().await.expect("an old server");
        let clone = client.clone();
        assert_eq!(client.call("x", ()).await.expect("an answer").text(), "called");
        drop(client);
        assert_eq!(clone.call("x", ()).await.expect("an answer").text(), "called");
        drop(clone);
        let pid = lines.lock().expect("no panic while logging")[0].clone();
        tokio::task::spawn_blocking(move || assert_gone(&pid)).await.expect("gone");
    })
    .await;
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_process_gets_a_small_environment_and_no_shell() {
    // Any variable of ours that no shell sets by itself and no server needs.
    let foreign = |name: &str| {
        name.contains('_')
            && name.len() > 1
            && !name.starts_with("LC_")
            && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    };
    let private = std::env::vars().find(|(name, value)| foreign(name) && !value.is_empty());
    let private = private.map_or_else(|| "NONE".to_owned(), |(name, _)| name);
    let body = format!(
        r#"*tools/call*) echo '{{"jsonrpc":"2.0","id":'$id',"result":{{"content":[{{"type":"text","text":"'"$GIVEN|${private}|${{PATH:+found}}|$1"'"}}]}}}}';; {OLD_SERVER}"#
    );
    let command = script(&body).arg("name").arg("$(id)").env("GIVEN", "yes");
    bounded(async {
        let client = Client::connect(command).await.expect("an old server");
        assert_eq!(client.call("x", ()).await.expect("an answer").text(), "yes||found|$(id)", "{private}");
    })
    .await;
}

#[tokio::test]
async fn a_program_that_is_not_there_is_a_mistake_of_the_caller() {
    let error = bounded(Client::connect(Command::new("/no/such/program"))).await.expect_err("nothing there");
    assert_eq!(error.kind, ErrorKind::InvalidConfig);
    assert!(error.detail.contains("/no/such/program"), "{error}");
}

#[tokio::test]
async fn a_pinned_revision_never_falls_back() {
    bounded(async {
        let builder = Client::builder(script(OLD_SERVER).arg("pinned"));
        let error = builder.revision(Revision::V2026_07_28).connect().await.expect_err("an old server");
        assert_eq!(error.kind, ErrorKind::Negotiation);
        let client = Client::builder(this_binary("demo")).revision(Revision::V2025_11_25).connect().await;
        let client = client.expect("a server of both eras");
        let total: i64 =
            client.call("add", json!({"a": 2, "b": 2})).await.expect("a sum").data().expect("a number");
        assert_eq!(total, 4);
    })
    .await;
}

#[tokio::test]
async fn closing_takes_back_what_a_process_still_works_on() {
    bounded(async {
        let client = Client::connect(this_binary("demo")).await.expect("a server");
        let (started, mut start) = tokio::sync::mpsc::unbounded_channel();
        let call = client.call("wait", ()).on_progress(move |_| started.send(()).expect("the test waits"));
        let call = tokio::spawn(call.into_future());
        start.recv().await.expect("the call has reached its tool");
        let clock = Instant::now();
        client.close().await;
        // Half the drain time would pass if the process had to be made to end.
        assert!(clock.elapsed() < Limits::default().drain / 4, "{:?}", clock.elapsed());
        assert_eq!(call.await.expect("no panic").expect_err("closed").kind, ErrorKind::Closed);
    })
    .await;
}
