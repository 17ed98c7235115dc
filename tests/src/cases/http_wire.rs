//! A server under test over HTTP: every message is a request of its own, and whatever comes back goes to the inbox.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;

use super::http_exchange::{Answer, messages, send};
use crate::process::HttpServer;
use crate::raw_http::Headers;

/// The server, and the requests that are open; everything ends when this is dropped.
pub(super) struct HttpWire {
    pub(super) server: HttpServer,
    pub(super) authority: String,
    pub(super) path: String,
    inbox: UnboundedSender<Value>,
    open: HashMap<String, AbortHandle>,
    /// The last event id on the stream of each request.
    seen: Arc<Mutex<HashMap<String, String>>>,
}

impl Drop for HttpWire {
    fn drop(&mut self) {
        for (_, request) in self.open.drain() {
            request.abort();
        }
    }
}

impl HttpWire {
    pub(super) async fn start(
        server: &[String],
        options: &[String],
        inbox: UnboundedSender<Value>,
    ) -> Result<Self, String> {
        let server = HttpServer::start_with(server, options).await?;
        let rest = server.url.strip_prefix("http://").ok_or("a URL of plain HTTP is expected")?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (authority, path) = (authority.to_owned(), path.to_owned());
        Ok(Self { server, authority, path, inbox, open: HashMap::new(), seen: Arc::default() })
    }

    /// Sends a request in the background, under a name by which it can be dropped or taken up again.
    pub(super) fn exchange(&mut self, name: &str, method: &str, path: &str, headers: Headers, body: Bytes) {
        let (authority, method, path) = (self.authority.clone(), method.to_owned(), path.to_owned());
        let (inbox, seen, key) = (self.inbox.clone(), self.seen.clone(), name.to_owned());
        let running = tokio::spawn(async move {
            let outcome = match send(&authority, &method, &path, &headers, body).await {
                Ok(answer) => deliver(answer, &inbox, &seen, &key).await,
                Err(error) => Err(error),
            };
            if let Err(error) = outcome {
                // The runner may be gone.
                let _ = inbox.send(json!({"broken": error, "request": key}));
            }
        });
        self.open.insert(name.to_owned(), running.abort_handle());
    }

    /// Closes the connection of a request.
    pub(super) fn abandon(&mut self, name: &str) -> Result<(), String> {
        let open = self.open.remove(name).ok_or_else(|| format!("no request {name} is open"))?;
        open.abort();
        Ok(())
    }

    /// The last event id that came on the stream of a request.
    pub(super) fn last_event(&self, name: &str) -> Option<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

async fn deliver(
    mut answer: Answer,
    inbox: &UnboundedSender<Value>,
    seen: &Mutex<HashMap<String, String>>,
    key: &str,
) -> Result<(), String> {
    if !answer.streams() {
        let (status, session) = (answer.status, answer.headers.get("mcp-session-id").cloned());
        let text = answer.whole().await?;
        let all = messages(&text);
        if all.is_empty() && status >= 300 {
            let _ = inbox.send(json!({"status": status, "request": key}));
        }
        for message in all {
            pass(message, session.as_deref(), inbox);
        }
        return Ok(());
    }
    let session = answer.headers.get("mcp-session-id").cloned();
    while let Some(event) = answer.event().await? {
        if let Some(id) = event.id {
            seen.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), id);
        }
        if event.name.as_deref() == Some("endpoint") {
            let _ = inbox.send(json!({"endpoint": event.data}));
            continue;
        }
        for message in messages(&event.data) {
            pass(message, session.as_deref(), inbox);
        }
    }
    Ok(())
}

/// The session that a greeting opens is told besides.
fn pass(message: Value, session: Option<&str>, inbox: &UnboundedSender<Value>) {
    if let (Some(session), true) = (session, message["id"] == "greeting") {
        let _ = inbox.send(json!({"session": session}));
    }
    let _ = inbox.send(message);
}
