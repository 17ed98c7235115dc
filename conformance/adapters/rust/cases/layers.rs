//! The two layers of the fixture, for servers and clients alike; see `conformance/cases/README.md`.
use std::sync::{Arc, Mutex, PoisonError};

use dovetail::middleware::{Layer, Message, Next, NextNotification, Outcome};
use dovetail::{Error, ErrorKind};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use serde_json::{Value, json};

/// What the layers of one server or client saw.
#[derive(Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    fn add(&self, entry: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    /// Its entries; it is empty afterwards.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One of the two.
pub(crate) struct Noting {
    name: &'static str,
    journal: Journal,
}

/// Both, the outer one first.
pub(crate) fn both(journal: &Journal) -> [Noting; 2] {
    ["outer", "inner"].map(|name| Noting { name, journal: journal.clone() })
}

/// What a layer does to a call.
enum Deed {
    Pass,
    Change,
    Answer,
    Refuse(ErrorKind, &'static str),
    Replace,
}

impl Noting {
    fn deed(&self, params: &Value) -> Deed {
        if params["name"] != "add" {
            return Deed::Pass;
        }
        match (self.name, params["arguments"]["a"].as_i64()) {
            ("outer", Some(100)) => Deed::Change,
            ("inner", Some(101)) => Deed::Answer,
            ("inner", Some(102)) => Deed::Refuse(ErrorKind::Forbidden, "refused by a layer"),
            ("inner", Some(103)) => Deed::Refuse(ErrorKind::Internal, "secret"),
            ("outer", Some(104)) => Deed::Replace,
            _ => Deed::Pass,
        }
    }
}

fn text(text: &str) -> Vec<u8> {
    json!({"content": [{"type": "text", "text": text}]}).to_string().into_bytes()
}

impl Layer for Noting {
    fn request(&self, mut message: Message, next: Next) -> BoxFuture<'static, Outcome> {
        let mut params: Value = serde_json::from_slice(&message.params).unwrap_or_default();
        if &*message.method != "tools/call" || params["name"] == "journal" {
            return next.run(message);
        }
        let (name, journal) = (self.name, self.journal.clone());
        journal.add(format!("{name} {}", message.method));
        let deed = self.deed(&params);
        match deed {
            Deed::Answer => return ready(Ok(text("own answer").into())).boxed(),
            Deed::Refuse(kind, detail) => return ready(Err(Error::new(kind, detail))).boxed(),
            Deed::Change => {
                params["arguments"]["a"] = json!(200);
                message.params = params.to_string().into();
            }
            Deed::Pass | Deed::Replace => {}
        }
        async move {
            let outcome = next.run(message).await;
            let ended = outcome.as_ref().map_or_else(|error| error.kind.name(), |_| "done");
            journal.add(format!("{name} {ended}"));
            match deed {
                Deed::Replace => outcome.map(|_| text("changed").into()),
                _ => outcome,
            }
        }
        .boxed()
    }

    fn notification(&self, message: Message, next: NextNotification) -> BoxFuture<'static, ()> {
        self.journal.add(format!("{} {}", self.name, message.method));
        let params: Value = serde_json::from_slice(&message.params).unwrap_or_default();
        if self.name == "inner" && params["uri"] == "note://dropped" {
            return ready(()).boxed();
        }
        next.run(message)
    }
}
