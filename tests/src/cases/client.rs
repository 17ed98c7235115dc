//! Plays a case with a client under test.
use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::driver::{CONNECT, Driver};
use super::message::Era;
use super::peer::{self, Peer};
use super::report::shown;
use super::step::{ClientStep, Connect, Serve, StreamEvent};
use super::{ClientCase, Place};
use crate::pattern::{self, Bindings};

/// Runs a case.
///
/// # Errors
/// What was wrong.
pub(super) async fn run(case: &ClientCase, place: Place, program: &[String]) -> Result<(), String> {
    let era = Era { revision: place.revision, capabilities: json!({}) };
    let peer = Peer::start(case, place, era.clone()).await?;
    let driver = Driver::start(program)?;
    let (streams, bindings) = (HashMap::new(), Bindings::new());
    let mut play = Play { place, era, peer, driver, greeting: false, streams, bindings };
    match play.steps(&case.steps).await {
        Ok(()) => Ok(()),
        Err(fault) => {
            let said = play.driver.last_words().await;
            Err(if said.is_empty() { fault } else { format!("{fault}; stderr: {said}") })
        }
    }
}

struct Play {
    place: Place,
    era: Era,
    peer: Peer,
    driver: Driver,
    /// Whether the greeting is being played.
    greeting: bool,
    /// Streams that steps have opened, by their names.
    streams: HashMap<String, u64>,
    bindings: Bindings,
}

impl Play {
    async fn steps(&mut self, steps: &[ClientStep]) -> Result<(), String> {
        for (at, step) in steps.iter().enumerate() {
            self.step(step).await.map_err(|fault| format!("step {}: {fault}", at + 1))?;
        }
        let rest = self.driver.rest().into_iter().chain(self.peer.rest()).next();
        match rest {
            None => Ok(()),
            Some(first) => Err(format!("expected nothing more, got {}", shown(&first))),
        }
    }

    fn filled(&self, value: &Value) -> Value {
        pattern::filled(value, &self.bindings)
    }

    fn check(&mut self, wanted: &Value, got: &Value) -> Result<(), String> {
        if pattern::matches(wanted, got, &mut self.bindings) {
            Ok(())
        } else {
            Err(format!("expected {}, got {}", shown(&self.filled(wanted)), shown(got)))
        }
    }

    /// Takes what came from the client and fits.
    async fn receive(&mut self, wanted: &Value) -> Result<Value, String> {
        let mut bindings = self.bindings.clone();
        let told = shown(&self.filled(wanted));
        let coming = self.peer.take(&told, |seen| pattern::matches(wanted, seen, &mut bindings));
        let seen = tokio::select! {
            biased;
            seen = coming => seen,
            why = self.driver.failed(self.greeting) => Err(format!("expected {told}, but {why}")),
        };
        match seen {
            Ok(seen) => {
                self.bindings = bindings;
                Ok(seen)
            }
            Err(fault) => {
                // What it said instead often tells why.
                let said: Vec<String> = self.driver.rest().iter().map(shown).collect();
                Err(if said.is_empty() { fault } else { format!("{fault}; it said {}", said.join(" | ")) })
            }
        }
    }

    async fn step(&mut self, step: &ClientStep) -> Result<(), String> {
        match step {
            ClientStep::Connect(connect) => self.connect(connect).await,
            ClientStep::Command(command) => {
                let mut command = command.clone();
                let name = command.remove("as");
                let wanted = command.remove("answer");
                let command = command.into_iter().map(|(name, value)| (name, self.filled(&value))).collect();
                let id = self.driver.command(name.as_ref().and_then(Value::as_str), command).await?;
                match wanted {
                    None => Ok(()),
                    Some(wanted) => {
                        let got = self.driver.answer(id).await?;
                        self.check(&wanted, &got)
                    }
                }
            }
            ClientStep::Answered { name, is } => {
                let id = self.driver.named(name)?;
                let got = self.driver.answer(id).await?;
                self.check(is, &got)
            }
            ClientStep::Event(wanted) => {
                let mut bindings = self.bindings.clone();
                let told = shown(&self.filled(wanted));
                self.driver.event(&told, |said| pattern::matches(wanted, said, &mut bindings)).await?;
                self.bindings = bindings;
                Ok(())
            }
            ClientStep::Receive(wanted) => self.receive(&json!({ "message": wanted })).await.map(drop),
            ClientStep::Send(message) => {
                let message = self.filled(message);
                self.peer.send(&message, None).await
            }
            ClientStep::Push { on, message } => {
                let (on, message) = (self.filled(on), self.filled(message));
                self.peer.send(&message, Some(&on)).await
            }
            ClientStep::Repeat { count, steps } => {
                let bindings = self.bindings.clone();
                for _ in 0..*count {
                    for step in steps {
                        Box::pin(self.step(step)).await?;
                    }
                    self.bindings.clone_from(&bindings);
                }
                Ok(())
            }
            ClientStep::Greet => self.greet().await,
            ClientStep::Serve(serve) => self.serve(serve).await,
            ClientStep::Stream(event) => self.stream(event),
            ClientStep::Drop { id } => {
                let exchange = self.peer.exchange(&self.filled(id))?;
                self.peer.forget(exchange);
                self.peer.http()?.end(exchange);
                Ok(())
            }
            ClientStep::Gone { id } => {
                let exchange = self.peer.exchange(&self.filled(id))?;
                let gone = json!({ "gone": exchange });
                self.peer.forget(exchange);
                self.receive(&gone).await.map(drop)
            }
            ClientStep::Opens => self.receive(&json!({"opened": "stream"})).await.map(drop),
            ClientStep::Starts => self.peer.starts().await,
            ClientStep::Exits { status, stderr } => self.peer.exits(*status, stderr).await,
            ClientStep::Ended => self.receive(&json!({"ended": true})).await.map(drop),
        }
    }

    async fn connect(&mut self, connect: &Connect) -> Result<(), String> {
        let mut options = connect.options.clone();
        if !connect.unpinned {
            options.entry("revision").or_insert_with(|| json!(self.place.revision.as_str()));
        }
        let (target, greets) = match &connect.target {
            Some(target) => (target.clone(), false),
            None => (self.peer.target()?, !connect.manual),
        };
        let mut command = Map::from_iter([
            ("do".to_owned(), json!("connect")),
            ("target".to_owned(), target),
            ("options".to_owned(), Value::Object(options)),
        ]);
        if let Some(client) = &connect.client {
            command.insert("client".to_owned(), json!(client));
        }
        let id = self.driver.command(Some(CONNECT), command).await?;
        if connect.manual {
            return Ok(());
        }
        if greets {
            self.greet().await?;
        }
        let got = self.driver.answer(id).await?;
        let wanted = connect.answer.clone().unwrap_or_else(|| json!({"ok": "$_"}));
        self.check(&wanted, &got)
    }

    /// Plays the greeting of the revision.
    async fn greet(&mut self) -> Result<(), String> {
        self.greeting = true;
        let played = self.play_greeting().await;
        self.greeting = false;
        played
    }

    async fn play_greeting(&mut self) -> Result<(), String> {
        let method = if self.era.revision.is_modern() { "server/discover" } else { "initialize" };
        let seen = self.receive(&json!({"message": {"method": method}})).await?;
        let hello = json!({"id": seen["message"]["id"], "result": self.era.hello()});
        self.peer.send(&hello, None).await?;
        if !self.era.revision.is_modern() {
            self.receive(&json!({"message": {"method": "notifications/initialized"}})).await?;
        }
        Ok(())
    }

    async fn serve(&mut self, serve: &Serve) -> Result<(), String> {
        let seen = self.receive(&serve.request).await?;
        let exchange = seen["exchange"].as_u64().ok_or("this place has no HTTP")?;
        self.peer.forget(exchange);
        let mut headers = if serve.name.is_some() { peer::event_headers() } else { peer::json_headers() };
        headers.extend(serve.headers.clone());
        if let Some(name) = &serve.name {
            self.streams.insert(name.clone(), exchange);
            return self.peer.http()?.stream(exchange, serve.status, &headers);
        }
        let body = serve.body.as_ref().map(|body| self.filled(body));
        let body = match body {
            None => String::new(),
            Some(Value::String(text)) => text,
            Some(message) => self.era.of_server(&message).to_string(),
        };
        self.peer.http()?.answer(exchange, serve.status, &headers, body)
    }

    fn stream(&mut self, event: &StreamEvent) -> Result<(), String> {
        let exchange = self.streams.get(&event.on).copied();
        let exchange = exchange.ok_or_else(|| format!("no stream is named {:?}", event.on))?;
        let mut text = String::new();
        for (name, value) in [
            ("event", event.event.clone()),
            ("id", event.id.clone()),
            ("retry", event.retry.map(|retry| retry.to_string())),
            (
                "data",
                event.message.as_ref().map(|message| self.era.of_server(&self.filled(message)).to_string()),
            ),
        ] {
            if let Some(value) = value {
                text.push_str(&format!("{name}: {value}\n"));
            }
        }
        let http = self.peer.http()?;
        if !text.is_empty() {
            // An event without data is none; an empty one carries its id.
            if event.message.is_none() {
                text.push_str("data: \n");
            }
            text.push('\n');
            http.event(Some(exchange), text)?;
        }
        if event.end {
            http.end(exchange);
        }
        Ok(())
    }
}
