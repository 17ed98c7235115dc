//! Messages that are right for a revision, so that cases only say what matters.
use std::collections::HashMap;

use dovetail::Revision;
use serde_json::{Map, Value, json};

use super::report::shown;
use crate::raw_http::{Headers, plain_headers};
use crate::schema::{REVISIONS, Specification};

/// Who the runner says it is.
const NAME: &str = "runner";

/// A request that waits for its answer.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    method: String,
    revision: String,
}

/// The revision that a request says it speaks, when it is one of ours.
fn stated(message: &Value) -> Option<&str> {
    let meta = message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"].as_str();
    let stated = meta.or_else(|| message["params"]["protocolVersion"].as_str());
    stated.filter(|stated| REVISIONS.contains(stated))
}

/// The requests that one side has sent, by their ids.
#[derive(Debug, Default)]
pub(super) struct Requests {
    sent: HashMap<String, Asked>,
    session: Option<String>,
}

impl Requests {
    /// Remembers what is sent.
    pub(super) fn send(&mut self, message: &Value, place: Revision) {
        let (Some(id), Some(method)) = (message.get("id"), message["method"].as_str()) else { return };
        if method == "initialize" {
            self.session = stated(message).map(str::to_owned);
        }
        let revision = stated(message).or(self.session.as_deref()).unwrap_or(place.as_str()).to_owned();
        self.sent.insert(id.to_string(), Asked { method: method.to_owned(), revision });
    }

    /// The request that a message answers.
    pub(super) fn answered(&self, message: &Value) -> Option<&Asked> {
        self.sent.get(&message.get("id")?.to_string())
    }
}

/// What the messages of one case have in common.
#[derive(Clone, Debug)]
pub(super) struct Era {
    pub(super) revision: Revision,
    pub(super) capabilities: Value,
}

impl Era {
    /// A request of a client, with the metadata that its revision demands.
    pub(super) fn request(&self, id: &Value, method: &str, params: &Map<String, Value>) -> Value {
        let mut params = params.clone();
        if self.revision.is_modern() {
            let meta = params.entry("_meta").or_insert_with(|| json!({}));
            for (name, value) in [
                ("protocolVersion", json!(self.revision.as_str())),
                ("clientInfo", json!({"name": NAME, "version": "1"})),
                ("clientCapabilities", self.capabilities.clone()),
            ] {
                let name = format!("io.modelcontextprotocol/{name}");
                if meta.get(&name).is_none() {
                    meta[name] = value;
                }
            }
        }
        json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
    }

    /// The first message of a session.
    pub(super) fn initialize(&self) -> Value {
        let params = json!({
            "protocolVersion": self.revision.as_str(),
            "capabilities": self.capabilities,
            "clientInfo": {"name": NAME, "version": "1"},
        });
        json!({"jsonrpc": "2.0", "id": "greeting", "method": "initialize", "params": params})
    }

    /// The headers that go with a message of a client over HTTP.
    pub(super) fn headers(&self, message: &Value, session: Option<&str>) -> Headers {
        let mut headers = plain_headers();
        let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
        if let Some(session) = session {
            add("mcp-session-id", session);
            add("mcp-protocol-version", self.revision.as_str());
        }
        if self.revision.is_modern() {
            add("mcp-protocol-version", self.revision.as_str());
            let method = message["method"].as_str().unwrap_or_default();
            add("mcp-method", method);
            let name = match method {
                "tools/call" | "prompts/get" => &message["params"]["name"],
                "resources/read" => &message["params"]["uri"],
                _ => &Value::Null,
            };
            if let Some(name) = name.as_str() {
                add("mcp-name", name);
            }
        }
        headers
    }

    /// Whether a message of whatever is under test follows the schema of its revision: the one that it states, that of the
    /// request it answers, or else that of the place.
    pub(super) fn check(&self, message: &Value, asked: Option<&Asked>) -> Result<(), String> {
        if message.get("jsonrpc").is_none() {
            // A note of the runner's own, or no message at all, which the pattern has to like.
            return Ok(());
        }
        let revision = stated(message).or(asked.map(|asked| asked.revision.as_str()));
        let specification = Specification::of(revision.unwrap_or(self.revision.as_str()))?;
        match specification.message_fault(message, asked.map(|asked| asked.method.as_str())) {
            None => Ok(()),
            Some(fault) => Err(format!("{fault}, in {}", shown(message))),
        }
    }

    /// A message of a server; a result says that it is complete where the revision wants to hear that.
    pub(super) fn of_server(&self, message: &Value) -> Value {
        let mut message = message.clone();
        if !message.is_object() {
            return message;
        }
        message["jsonrpc"] = json!("2.0");
        if self.revision.is_modern()
            && let Some(result) = message.get_mut("result").and_then(Value::as_object_mut)
        {
            result.entry("resultType").or_insert_with(|| json!("complete"));
        }
        message
    }

    /// What the server that is played offers.
    pub(super) fn hello(&self) -> Value {
        let capabilities = json!({
            "tools": {"listChanged": true},
            "resources": {"listChanged": true, "subscribe": true},
            "prompts": {"listChanged": true},
        });
        let info = json!({"name": "played", "version": "1"});
        if self.revision.is_modern() {
            json!({"supportedVersions": [self.revision.as_str()], "capabilities": capabilities,
                "ttlMs": 0, "cacheScope": "private",
                "_meta": {"io.modelcontextprotocol/serverInfo": info}})
        } else {
            json!({"protocolVersion": self.revision.as_str(), "capabilities": capabilities, "serverInfo": info})
        }
    }
}
