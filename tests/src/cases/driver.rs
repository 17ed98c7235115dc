//! The client program under test: commands in, answers and events out.
use std::collections::HashMap;
use std::process::Stdio;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin};

use super::report::{Inbox, shown};
use crate::process::{self, Tail};

/// The name of the command that connects.
pub(super) const CONNECT: &str = "connect";

/// The process; it is ended, with what it started, when this is dropped.
pub(super) struct Driver {
    child: Child,
    id: u32,
    input: ChildStdin,
    inbox: Inbox,
    stderr: Tail,
    given: u64,
    names: HashMap<String, u64>,
}

impl Drop for Driver {
    fn drop(&mut self) {
        process::end_group(self.id);
    }
}

impl Driver {
    pub(super) fn start(argv: &[String]) -> Result<Self, String> {
        let mut child = process::command(argv)?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", argv.join(" ")))?;
        let id = child.id().ok_or("the client has no id")?;
        let input = child.stdin.take().ok_or("the client has no input")?;
        let output = child.stdout.take().ok_or("the client has no output")?;
        let stderr = process::tail(&mut child);
        let (sender, inbox) = Inbox::new();
        tokio::spawn(async move {
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let said = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if sender.send(said).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, id, input, inbox, stderr, given: 0, names: HashMap::new() })
    }

    /// Resolves when nothing more can come of this client, with why: the program has ended, or, while it
    /// connects, it could not.
    pub(super) async fn failed(&mut self, connects: bool) -> String {
        let connecting = self.names.get(CONNECT).copied().filter(|_| connects);
        let refused = self.inbox.take(&"nothing", |said| {
            said.get("error").is_some() && connecting.is_some_and(|id| said["id"].as_u64() == Some(id))
        });
        tokio::select! {
            refused = refused => match refused {
                Ok(refused) => format!("the client said {}", shown(&refused)),
                // A program without output is about to end.
                Err(_) => std::future::pending().await,
            },
            status = self.child.wait() => match status {
                Ok(status) => format!("the client has ended ({status})"),
                Err(error) => error.to_string(),
            },
        }
    }

    pub(super) async fn last_words(&mut self) -> String {
        process::end_group(self.id);
        self.stderr.finish().await
    }

    /// Gives a command; `of` may be the name of another one.
    pub(super) async fn command(
        &mut self,
        name: Option<&str>,
        mut command: Map<String, Value>,
    ) -> Result<u64, String> {
        self.given += 1;
        let id = self.given;
        if let Some(name) = name {
            self.names.insert(name.to_owned(), id);
        }
        if let Some(Value::String(of)) = command.get("of") {
            let of = self.named(of)?;
            command.insert("of".to_owned(), json!(of));
        }
        command.insert("id".to_owned(), json!(id));
        let line = format!("{}\n", Value::Object(command));
        self.input
            .write_all(line.as_bytes())
            .await
            .map_err(|error| format!("the client's input: {error}"))?;
        Ok(id)
    }

    /// The id of a command that has a name.
    pub(super) fn named(&self, name: &str) -> Result<u64, String> {
        self.names.get(name).copied().ok_or_else(|| format!("no command is named {name:?}"))
    }

    /// The answer to a command, without its id.
    pub(super) async fn answer(&mut self, id: u64) -> Result<Value, String> {
        let wanted = format!("an answer to command {id}");
        let mut answer = self.inbox.take(&wanted, |said| said["id"].as_u64() == Some(id)).await?;
        if let Some(members) = answer.as_object_mut() {
            members.remove("id");
        }
        Ok(answer)
    }

    /// The first event that fits.
    pub(super) async fn event(
        &mut self,
        wanted: &dyn std::fmt::Display,
        fits: impl FnMut(&Value) -> bool,
    ) -> Result<Value, String> {
        self.inbox.take(wanted, fits).await
    }

    /// What it said and nobody wanted to hear.
    pub(super) fn rest(&mut self) -> Vec<Value> {
        self.inbox.rest()
    }
}
