//! Bad input on standard streams: one process takes it all and goes on.
use std::process::Stdio;

use dovetail_tests::process;
use dovetail_tests::raw_http::modern_call;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

use crate::programs::{LIMIT, SERVER, run};

/// Bytes of the longest line that the server reads.
const LINE: usize = 4 * 1024 * 1024;

struct Server {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    next: i64,
}

impl Server {
    fn start() -> Self {
        let argv = [SERVER.to_owned(), "--stdio".to_owned()];
        let mut child = process::command(&argv)
            .expect("a command")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, input, output, next: 1 }
    }

    async fn write(&mut self, line: &[u8]) {
        self.input.write_all(line).await.expect("the server reads");
        self.input.write_all(b"\n").await.expect("the server reads");
    }

    async fn read(&mut self) -> Value {
        let line = tokio::time::timeout(LIMIT, self.output.next_line()).await.expect("an answer in time");
        let line = line.expect("readable").expect("the server lives");
        serde_json::from_str(&line).expect("only messages on standard output")
    }

    /// A good call is the next thing that is answered.
    async fn assert_alive(&mut self, after: &str) {
        let id = self.next;
        self.next += 1;
        let (body, _) = modern_call(id, "add", &json!({"a": 2, "b": 3}), &json!({}));
        self.write(body.to_string().as_bytes()).await;
        let answer = self.read().await;
        assert_eq!(answer["id"], id, "after {after}: {answer}");
        assert_eq!(answer["result"]["structuredContent"], 5, "after {after}: {answer}");
    }
}

#[test]
fn no_first_message_kills_the_server() {
    run(async {
        for (what, line, code) in [
            ("no JSON", "hello, who is there?", -32700),
            ("an unknown method", r#"{"jsonrpc":"2.0","id":"x","method":"who/knows","params":{}}"#, -32602),
            ("a call without a handshake", r#"{"jsonrpc":"2.0","id":"x","method":"tools/list"}"#, -32602),
            ("HTTP", "GET / HTTP/1.1", -32700),
        ] {
            let mut server = Server::start();
            server.write(line.as_bytes()).await;
            let answer = server.read().await;
            assert_eq!(answer["error"]["code"], code, "{what}: {answer}");
            server.assert_alive(what).await;
        }
    });
}

#[test]
fn broken_lines_are_answered_and_the_next_one_is_read() {
    run(async {
        let mut server = Server::start();
        let deep = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"x","params":{}{}}}"#,
            "[".repeat(100),
            "]".repeat(100)
        );
        let long =
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"x","params":{{"x":"{}"}}}}"#, "x".repeat(LINE));
        for (what, line, code) in [
            ("half a message", r#"{"jsonrpc":"2.0""#, -32700),
            ("a batch", "[]", -32600),
            ("an id of null", r#"{"jsonrpc":"2.0","id":null,"method":"tools/list"}"#, -32600),
            ("an id with a fraction", r#"{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}"#, -32600),
            ("two ids", r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"tools/list"}"#, -32600),
            ("deep nesting", deep.as_str(), -31002),
            ("a line over the limit", long.as_str(), -31002),
        ] {
            server.write(line.as_bytes()).await;
            let answer = server.read().await;
            assert_eq!(answer["error"]["code"], code, "{what}: {answer}");
            // No revision here has an id of null.
            assert_ne!(answer.get("id"), Some(&Value::Null), "{what}: {answer}");
            server.assert_alive(what).await;
        }
    });
}

#[test]
fn what_needs_no_answer_gets_none() {
    run(async {
        let mut server = Server::start();
        for (what, line) in [
            ("an empty line", ""),
            ("an answer to nothing", r#"{"jsonrpc":"2.0","id":77,"result":{}}"#),
            ("a broken answer", r#"{"jsonrpc":"2.0","id":77,"result":{},"error":{}}"#),
            ("an unknown notification", r#"{"jsonrpc":"2.0","method":"notifications/who/knows"}"#),
            (
                "a cancellation of nothing",
                r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":77}}"#,
            ),
            (
                "a cancellation of what is no id",
                r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}"#,
            ),
        ] {
            server.write(line.as_bytes()).await;
            server.assert_alive(what).await;
        }
    });
}

#[test]
fn the_server_ends_with_its_input() {
    run(async {
        let mut server = Server::start();
        server.assert_alive("nothing").await;
        drop(server.input);
        let status =
            tokio::time::timeout(LIMIT, server.child.wait()).await.expect("it ends").expect("a status");
        assert!(status.success(), "{status}");
    });
}
