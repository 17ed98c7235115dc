//! A server under test over its standard streams.
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin};
use tokio::sync::mpsc::UnboundedSender;

use crate::process::{self, Tail};

/// How long a server may take to end once its input has.
const END: Duration = Duration::from_secs(15);

/// The process; it is ended when this is dropped.
pub(super) struct StdioWire {
    child: Child,
    id: u32,
    input: Option<ChildStdin>,
    stderr: Tail,
}

impl Drop for StdioWire {
    fn drop(&mut self) {
        process::end_group(self.id);
    }
}

impl StdioWire {
    pub(super) fn start(argv: &[String], inbox: UnboundedSender<Value>) -> Result<Self, String> {
        let mut child = process::command(argv)?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", argv.join(" ")))?;
        let id = child.id().ok_or("the server has no id")?;
        let input = child.stdin.take();
        let output = child.stdout.take().ok_or("the server has no output")?;
        let stderr = process::tail(&mut child);
        tokio::spawn(async move {
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let message = serde_json::from_str(&line).unwrap_or(Value::String(line));
                let all = if let Value::Array(batch) = message { batch } else { vec![message] };
                for message in all {
                    if inbox.send(message).is_err() {
                        return;
                    }
                }
            }
        });
        Ok(Self { child, id, input, stderr })
    }

    pub(super) async fn send(&mut self, text: &str) -> Result<(), String> {
        let input = self.input.as_mut().ok_or("the server's input is closed")?;
        input
            .write_all(format!("{text}\n").as_bytes())
            .await
            .map_err(|error| format!("the server's input: {error}"))
    }

    /// Waits until it has ended; with its input closed before, or not.
    pub(super) async fn end(&mut self, close: bool) -> Result<(), String> {
        if close {
            self.input = None;
        }
        match tokio::time::timeout(END, self.child.wait()).await {
            Ok(Ok(status)) if status.code() == Some(0) => Ok(()),
            Ok(Ok(status)) => Err(format!("expected that the server ends with status 0, got {status}")),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("the server has not ended after {} s", END.as_secs())),
        }
    }

    pub(super) async fn last_words(&mut self) -> String {
        process::end_group(self.id);
        self.stderr.finish().await
    }
}
