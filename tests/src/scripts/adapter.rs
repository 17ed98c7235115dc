//! A running `bridge` adapter.
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

use crate::process::{self, Tail};

/// How long one answer may take; the longest is a payload of 8 MB in a debug build.
const ANSWER: Duration = Duration::from_secs(60);

/// The most events that one fetch may give.
const BATCH: usize = 64;

/// How long one fetch waits for its first event, in ms.
const FETCH: u64 = 5_000;

/// A program that obeys one command a line; it is ended when this is dropped.
pub(super) struct Adapter {
    child: Child,
    id: u32,
    commands: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    stderr: Tail,
}

impl Drop for Adapter {
    fn drop(&mut self) {
        process::end_group(self.id);
    }
}

impl Adapter {
    pub(super) fn start(argv: &[String]) -> Result<Self, String> {
        let mut child = process::command(argv)?
            // One script panics on demand.
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", argv.join(" ")))?;
        let id = child.id().ok_or("the adapter has no id")?;
        let commands = child.stdin.take().ok_or("the adapter has no input")?;
        let answers = child.stdout.take().ok_or("the adapter has no output")?;
        let stderr = process::tail(&mut child);
        Ok(Self { child, id, commands, answers: BufReader::new(answers).lines(), stderr })
    }

    /// What it said besides its answers, for a report; it is ended for that.
    pub(super) async fn last_words(&mut self) -> String {
        process::end_group(self.id);
        self.stderr.finish().await
    }

    /// Sends a command and reads its answer.
    pub(super) async fn command(&mut self, command: &Value) -> Result<Value, String> {
        self.tell(command).await?;
        let line = tokio::time::timeout(ANSWER, self.answers.next_line())
            .await
            .map_err(|_| format!("no answer to {command}"))?
            .map_err(|error| format!("{command}: {error}"))?
            .ok_or_else(|| format!("the adapter ended at {command}"))?;
        serde_json::from_str(&line).map_err(|error| format!("{command} was answered with {line:?}: {error}"))
    }

    /// Sends a command and does not wait.
    pub(super) async fn tell(&mut self, command: &Value) -> Result<(), String> {
        let line = format!("{command}\n");
        self.commands.write_all(line.as_bytes()).await.map_err(|error| format!("{command}: {error}"))
    }

    /// Fetches what is there, waiting `timeout` ms for the first event.
    pub(super) async fn fetch(&mut self, timeout: u64) -> Result<Vec<Value>, String> {
        let answer = self.command(&json!({"do": "next", "max": BATCH, "timeout": timeout})).await?;
        match answer["events"].as_array() {
            Some(events) if events.len() <= BATCH => Ok(events.clone()),
            _ => Err(format!("not a batch of at most {BATCH} events: {answer}")),
        }
    }

    /// Fetches at least one event.
    pub(super) async fn fetch_some(&mut self) -> Result<Vec<Value>, String> {
        let events = self.fetch(FETCH).await?;
        if events.is_empty() { Err(format!("no event came within {FETCH} ms")) } else { Ok(events) }
    }

    /// Events that wait now.
    pub(super) async fn queued(&mut self) -> Result<u64, String> {
        let answer = self.command(&json!({"do": "status"})).await?;
        let queued = answer["status"]["queued"].as_u64();
        queued.ok_or_else(|| format!("no status: {answer}"))
    }

    /// Waits until the program has ended by itself.
    pub(super) async fn ended(&mut self, within: Duration) -> Result<Option<i32>, String> {
        match tokio::time::timeout(within, self.child.wait()).await {
            Ok(Ok(status)) => Ok(status.code()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("the program has not ended after {} ms", within.as_millis())),
        }
    }
}
