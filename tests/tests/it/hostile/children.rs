//! Server programs that die or talk nonsense, seen from a client.
use dovetail::{Client, Command, ErrorKind};
use serde_json::json;

use crate::programs::{SERVER, run};

fn shell(script: &str) -> Command {
    Command::new("/bin/sh").arg("-c").arg(script)
}

#[test]
fn a_program_that_ends_at_once_is_reported_with_its_status_and_its_last_words() {
    run(async {
        let error =
            Client::connect(shell("echo 'no licence found' >&2; exit 3")).await.expect_err("it is gone");
        assert_eq!(error.kind, ErrorKind::ChildExited, "{error:?}");
        let said = format!("{error:?}");
        assert!(said.contains("no licence found") && said.contains('3'), "{error:?}");
    });
}

#[test]
fn a_program_that_does_not_exist_is_reported() {
    run(async {
        let error = Client::connect(Command::new("/no/such/program")).await.expect_err("there is none");
        assert!(format!("{error:?}").contains("/no/such/program"), "{error:?}");
    });
}

#[test]
fn a_program_that_dies_under_a_call_fails_the_call() {
    run(async {
        let hello = json!({"jsonrpc": "2.0", "id": 1, "result": {"resultType": "complete",
            "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}, "ttlMs": 0, "cacheScope": "private"}});
        let script = format!("read probe; echo '{hello}'; read call; echo 'out of memory' >&2; exit 9");
        let client = Client::connect(shell(&script)).await.expect("it greets");
        let error = client.call("anything", json!({})).await.expect_err("it is gone");
        assert_eq!(error.kind, ErrorKind::ChildExited, "{error:?}");
        assert!(format!("{error:?}").contains("out of memory"), "{error:?}");
        let error = client.call("again", json!({})).await.expect_err("it stays gone");
        assert!(matches!(error.kind, ErrorKind::ChildExited | ErrorKind::Closed), "{error:?}");
    });
}

#[test]
fn a_program_that_prints_junk_before_and_between_is_understood_all_the_same() {
    run(async {
        let script = format!(
            "echo 'Welcome to our server!'; echo '{{\"level\":\"info\"}}'; echo; exec {SERVER} --stdio"
        );
        let client = Client::connect(shell(&script)).await.expect("the junk is skipped");
        let sum: i64 =
            client.call("add", json!({"a": 2, "b": 3})).await.expect("a result").data().expect("a number");
        assert_eq!(sum, 5);
        client.close().await;
    });
}

#[test]
fn a_program_that_only_prints_junk_is_given_up() {
    run(async {
        let error = Client::connect(shell("echo hello; echo world; exit 0")).await.expect_err("no server");
        assert!(matches!(error.kind, ErrorKind::ChildExited | ErrorKind::Malformed), "{error:?}");
    });
}
