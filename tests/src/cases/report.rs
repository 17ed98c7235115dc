//! What came in and was not taken yet, and how a failure tells about it.
use std::collections::VecDeque;

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::PATIENCE;

/// Characters of one message in a report.
const SHOWN: usize = 600;

/// Messages in the order in which they came, taken in the order in which they are wanted.
#[derive(Debug)]
pub(super) struct Inbox {
    receiver: UnboundedReceiver<Value>,
    waiting: VecDeque<Value>,
}

impl Inbox {
    /// An inbox and what fills it.
    pub(super) fn new() -> (UnboundedSender<Value>, Self) {
        let (sender, receiver) = unbounded_channel();
        (sender, Self { receiver, waiting: VecDeque::new() })
    }

    /// The first message that fits, now or later; the others stay.
    ///
    /// # Errors
    /// When it does not come in time, or nothing comes any more.
    pub(super) async fn take(
        &mut self,
        wanted: &dyn std::fmt::Display,
        mut fits: impl FnMut(&Value) -> bool,
    ) -> Result<Value, String> {
        if let Some(at) = self.waiting.iter().position(&mut fits) {
            return Ok(self.waiting.remove(at).expect("it was found there"));
        }
        let coming = async {
            while let Some(message) = self.receiver.recv().await {
                if fits(&message) {
                    return Some(message);
                }
                self.waiting.push_back(message);
            }
            None
        };
        match tokio::time::timeout(PATIENCE, coming).await {
            Ok(Some(message)) => Ok(message),
            Ok(None) => Err(format!("expected {wanted}, but nothing comes any more; got {}", self.got())),
            Err(_) => Err(format!("expected {wanted}, which did not come; got {}", self.got())),
        }
    }

    /// What came and was not taken.
    pub(super) fn rest(&mut self) -> Vec<Value> {
        while let Ok(message) = self.receiver.try_recv() {
            self.waiting.push_back(message);
        }
        self.waiting.drain(..).collect()
    }

    fn got(&self) -> String {
        let all: Vec<String> = self.waiting.iter().map(shown).collect();
        if all.is_empty() { "nothing".to_owned() } else { all.join(" | ") }
    }
}

/// A message, shortened.
pub(super) fn shown(message: &Value) -> String {
    let text = message.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
