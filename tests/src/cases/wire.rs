//! A server under test, reached over any transport by the same few verbs.
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::http_exchange::{self, messages};
use super::http_wire::HttpWire;
use super::message::{Era, Requests};
use super::report::{Inbox, shown};
use super::stdio_wire::StdioWire;
use super::step::HttpStep;
use super::{PATIENCE, Place, Transport};
use crate::pattern::{self, Bindings};

/// The stream between requests, and the long one of the first revision.
const STREAM: &str = "stream";

enum Kind {
    Stdio(StdioWire),
    Http(HttpWire),
    /// With the path that messages go to, once it is known.
    Sse(HttpWire, String),
}

pub(super) struct Wire {
    kind: Kind,
    era: Era,
    session: Option<String>,
    next: u64,
    requests: Requests,
    inbox: Inbox,
}

/// How an id is known among the open requests.
fn name(id: &Value) -> String {
    id.to_string()
}

impl Wire {
    /// Starts the server.
    pub(super) async fn start(
        server: &[String],
        place: Place,
        options: &Value,
        era: Era,
    ) -> Result<Self, String> {
        let (sender, inbox) = Inbox::new();
        let options = vec!["--options".to_owned(), options.to_string()];
        let kind = match place.transport {
            Transport::Stdio => {
                let argv: Vec<String> =
                    server.iter().cloned().chain(["--stdio".to_owned()]).chain(options).collect();
                Kind::Stdio(StdioWire::start(&argv, sender)?)
            }
            Transport::Http => Kind::Http(HttpWire::start(server, &options, sender).await?),
            Transport::Sse => Kind::Sse(HttpWire::start(server, &options, sender).await?, String::new()),
            Transport::Memory => return Err("a server cannot be reached in memory".to_owned()),
        };
        Ok(Self { kind, era, session: None, next: 1, requests: Requests::default(), inbox })
    }

    /// What the server said on standard error; it is ended for that.
    pub(super) async fn last_words(&mut self) -> String {
        match &mut self.kind {
            Kind::Stdio(wire) => wire.last_words().await,
            Kind::Http(wire) | Kind::Sse(wire, _) => wire.server.last_words().await,
        }
    }

    /// The id of the session, on HTTP.
    pub(super) fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// Opens a session where the revision has them.
    pub(super) async fn greet(&mut self, stream: bool) -> Result<(), String> {
        if let Kind::Sse(wire, messages) = &mut self.kind {
            let headers = vec![("accept".to_owned(), "text/event-stream".to_owned())];
            wire.exchange(STREAM, "GET", "/sse", headers, Bytes::new());
            let endpoint =
                self.inbox.take(&"the endpoint event", |message| message.get("endpoint").is_some()).await?;
            *messages = endpoint["endpoint"].as_str().unwrap_or_default().to_owned();
        }
        if self.era.revision.is_modern() {
            return Ok(());
        }
        self.send(&self.era.initialize()).await?;
        let hello = self.answer(&json!("greeting")).await?;
        if hello.get("result").is_none() {
            return Err(format!("expected a greeting, got {}", shown(&hello)));
        }
        if matches!(self.kind, Kind::Http(_)) {
            let session =
                self.inbox.take(&"a session id", |message| message.get("session").is_some()).await?;
            self.session = session["session"].as_str().map(str::to_owned);
        }
        self.notify("notifications/initialized", &Map::new()).await?;
        if let (Kind::Http(wire), true) = (&mut self.kind, stream) {
            let mut headers = self.era.headers(&Value::Null, self.session.as_deref());
            headers.retain(|(name, _)| name != "content-type");
            wire.exchange(STREAM, "GET", &wire.path.clone(), headers, Bytes::new());
        }
        Ok(())
    }

    /// Sends a message; a text goes as it is.
    pub(super) async fn send(&mut self, message: &Value) -> Result<(), String> {
        let text = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
        self.requests.send(message, self.era.revision);
        let id = message.get("id").map_or_else(|| "unnamed".to_owned(), name);
        match &mut self.kind {
            Kind::Stdio(wire) => wire.send(&text).await,
            Kind::Http(wire) => {
                let headers = self.era.headers(message, self.session.as_deref());
                wire.exchange(&id, "POST", &wire.path.clone(), headers, text.into());
                Ok(())
            }
            Kind::Sse(wire, path) => {
                let headers = self.era.headers(&Value::Null, None);
                wire.exchange(&id, "POST", &path.clone(), headers, text.into());
                Ok(())
            }
        }
    }

    /// Sends a request and gives its id.
    pub(super) async fn request(
        &mut self,
        id: Option<Value>,
        method: &str,
        params: &Map<String, Value>,
    ) -> Result<Value, String> {
        let id = id.unwrap_or_else(|| {
            self.next += 1;
            json!(self.next)
        });
        let message = self.era.request(&id, method, params);
        self.send(&message).await?;
        Ok(id)
    }

    pub(super) async fn notify(&mut self, method: &str, params: &Map<String, Value>) -> Result<(), String> {
        let mut message = json!({"jsonrpc": "2.0", "method": method});
        if !params.is_empty() {
            message["params"] = json!(params);
        }
        self.send(&message).await
    }

    /// The first message that fits, which must follow the schema of the revision.
    pub(super) async fn take(
        &mut self,
        wanted: &dyn std::fmt::Display,
        fits: impl FnMut(&Value) -> bool,
    ) -> Result<Value, String> {
        let message = self.inbox.take(wanted, fits).await?;
        self.era.check(&message, self.requests.answered(&message))?;
        Ok(message)
    }

    /// What came and nobody wanted.
    pub(super) fn rest(&mut self) -> Vec<Value> {
        let mut rest = self.inbox.rest();
        // What a connection looks like that the server closed with its process is no message.
        rest.retain(|message| message.get("broken").is_none());
        rest
    }

    /// The answer to a request.
    pub(super) async fn answer(&mut self, id: &Value) -> Result<Value, String> {
        let wanted = format!("an answer to request {id}");
        let key = name(id);
        self.take(&wanted, |message| {
            let answers = message.get("result").is_some() || message.get("error").is_some();
            // A refusal without a message is an answer, too.
            (answers && message["id"] == *id) || message["request"] == key.as_str()
        })
        .await
    }

    pub(super) fn abandon(&mut self, id: &Value) -> Result<(), String> {
        match &mut self.kind {
            Kind::Http(wire) | Kind::Sse(wire, _) => wire.abandon(&name(id)),
            Kind::Stdio(_) => Err("a line cannot be dropped".to_owned()),
        }
    }

    /// Takes the stream of a request up again.
    pub(super) fn resume(&mut self, id: &Value) -> Result<(), String> {
        let Kind::Http(wire) = &mut self.kind else { return Err("only HTTP has streams".to_owned()) };
        let last = wire.last_event(&name(id)).ok_or("the stream had no event ids")?;
        let mut headers = self.era.headers(&Value::Null, self.session.as_deref());
        headers.retain(|(name, _)| name != "content-type");
        headers.push(("last-event-id".to_owned(), last));
        wire.exchange(&format!("resumed {id}"), "GET", &wire.path.clone(), headers, Bytes::new());
        Ok(())
    }

    /// One request by hand.
    pub(super) async fn by_hand(&mut self, step: &HttpStep, bindings: &mut Bindings) -> Result<(), String> {
        let (Kind::Http(wire) | Kind::Sse(wire, _)) = &self.kind else {
            return Err("this place has no HTTP".to_owned());
        };
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let body = step.body.as_ref().map(|body| pattern::filled(body, bindings));
        let mut headers = self.era.headers(body.as_ref().unwrap_or(&Value::Null), self.session.as_deref());
        for (name, value) in &step.headers {
            headers.retain(|(known, _)| known != name);
            let value = pattern::filled(value, bindings);
            if !value.is_null() {
                headers.push((name.clone(), text(&value)));
            }
        }
        let path = step.path.clone().unwrap_or_else(|| wire.path.clone());
        let body = body.as_ref().map(text).unwrap_or_default();
        let whole = async {
            let answer =
                http_exchange::send(&wire.authority, &step.method, &path, &headers, body.into()).await?;
            let (status, headers) = (answer.status, json!(answer.headers));
            Ok::<_, String>((status, headers, answer.whole().await?))
        };
        let (status, headers, body) =
            tokio::time::timeout(PATIENCE, whole).await.map_err(|_| "no answer over HTTP".to_owned())??;
        if status != step.status {
            return Err(format!("expected status {}, got {status}: {body}", step.status));
        }
        if let Some(has) = &step.has
            && !pattern::matches(has, &headers, bindings)
        {
            return Err(format!("expected headers {has}, got {headers}"));
        }
        if let Some(wanted) = &step.answer {
            let last = body.lines().filter_map(|line| line.strip_prefix("data:")).next_back();
            let message = messages(last.unwrap_or(&body)).pop().unwrap_or_default();
            if !pattern::matches(wanted, &message, bindings) {
                return Err(format!("expected {}, got {body}", shown(&pattern::filled(wanted, bindings))));
            }
        }
        Ok(())
    }

    /// Waits until it has ended; with its input closed before, or not.
    pub(super) async fn end(&mut self, close: bool) -> Result<(), String> {
        match &mut self.kind {
            Kind::Stdio(wire) => wire.end(close).await,
            Kind::Http(_) | Kind::Sse(..) => Err("an HTTP server is not waited for".to_owned()),
        }
    }
}
