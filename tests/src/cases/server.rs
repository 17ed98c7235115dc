//! Plays a case against a server under test.
use serde_json::{Map, Value, json};

use super::message::Era;
use super::report::shown;
use super::step::ServerStep;
use super::wire::Wire;
use super::{Place, ServerCase, Transport, forge};
use crate::pattern::{self, Bindings};

/// Calls until a text must have come.
const LOOKS: usize = 500;

/// Runs a case.
///
/// # Errors
/// What was wrong.
pub(super) async fn run(case: &ServerCase, place: Place, program: &[String]) -> Result<(), String> {
    let mut options = case.options.clone();
    if place.transport == Transport::Sse {
        options["sse"] = json!(true);
    }
    let era = Era { revision: place.revision, capabilities: case.capabilities.clone() };
    let wire = Wire::start(program, place, &options, era.clone()).await?;
    let mut play = Play { case, place, program, era, wire, bindings: Bindings::new() };
    let outcome = play.steps().await;
    match outcome {
        Ok(()) => Ok(()),
        Err(fault) => {
            let said = play.wire.last_words().await;
            Err(if said.is_empty() { fault } else { format!("{fault}; stderr: {said}") })
        }
    }
}

struct Play<'a> {
    case: &'a ServerCase,
    place: Place,
    program: &'a [String],
    era: Era,
    wire: Wire,
    bindings: Bindings,
}

impl Play<'_> {
    async fn steps(&mut self) -> Result<(), String> {
        if self.case.greet {
            self.wire.greet(self.case.stream).await?;
        }
        for (at, step) in self.case.steps.iter().enumerate() {
            self.step(step).await.map_err(|fault| format!("step {}: {fault}", at + 1))?;
        }
        match self.wire.rest().first() {
            None => Ok(()),
            Some(first) => Err(format!("expected nothing more, got {}", shown(first))),
        }
    }

    fn filled(&self, value: &Value) -> Value {
        pattern::filled(value, &self.bindings)
    }

    fn members(&self, members: &Map<String, Value>) -> Map<String, Value> {
        members.iter().map(|(name, value)| (name.clone(), self.filled(value))).collect()
    }

    fn check(&mut self, wanted: &Value, got: &Value) -> Result<(), String> {
        if pattern::matches(wanted, got, &mut self.bindings) {
            Ok(())
        } else {
            Err(format!("expected {}, got {}", shown(&self.filled(wanted)), shown(got)))
        }
    }

    async fn request(
        &mut self,
        id: Option<&Value>,
        method: &str,
        params: &Map<String, Value>,
        answer: Option<&Value>,
    ) -> Result<(), String> {
        let params = self.members(params);
        let id = self.wire.request(id.map(|id| self.filled(id)), method, &params).await?;
        match answer {
            None => Ok(()),
            Some(wanted) => {
                let got = self.wire.answer(&id).await?;
                self.check(wanted, &got)
            }
        }
    }

    async fn step(&mut self, step: &ServerStep) -> Result<(), String> {
        match step {
            ServerStep::Call { tool, arguments, also, id, answer } => {
                let mut params = also.clone();
                params.insert("name".to_owned(), json!(tool));
                params.insert("arguments".to_owned(), arguments.clone());
                self.request(id.as_ref(), "tools/call", &params, answer.as_ref()).await
            }
            ServerStep::Request { method, params, id, answer } => {
                self.request(id.as_ref(), method, params, answer.as_ref()).await
            }
            ServerStep::Notify { method, params } => {
                let params = self.members(params);
                self.wire.notify(method, &params).await
            }
            ServerStep::Send(message) => {
                let mut message = self.filled(message);
                if message.is_object() {
                    message["jsonrpc"] = json!("2.0");
                }
                self.wire.send(&message).await
            }
            ServerStep::Expect(wanted) => {
                let filled = self.filled(wanted);
                let mut bindings = self.bindings.clone();
                self.wire
                    .take(&shown(&filled), |message| pattern::matches(wanted, message, &mut bindings))
                    .await?;
                self.bindings = bindings;
                Ok(())
            }
            ServerStep::Next(wanted) => {
                let got = self.wire.take(&shown(wanted), |_| true).await?;
                self.check(wanted, &got)
            }
            ServerStep::Answered { id, is } => {
                let id = self.filled(id);
                let got = self.wire.answer(&id).await?;
                self.check(is, &got)
            }
            ServerStep::Until { tool, arguments, text } => self.until(tool, arguments, text).await,
            ServerStep::Journal(entries) => self.journal(entries).await,
            ServerStep::Settle => {
                let greeted = ["outer", "inner"].map(|layer| format!("{layer} notifications/initialized"));
                self.journal(if self.era.revision.is_modern() { &[] } else { &greeted }).await
            }
            ServerStep::Http(step) => self.wire.by_hand(step, &mut self.bindings).await,
            ServerStep::Drop { id } => self.wire.abandon(&self.filled(id)),
            ServerStep::Resume { id } => self.wire.resume(&self.filled(id)),
            ServerStep::Forge(forgery) => {
                let (name, state) = forge::forge(forgery, &self.bindings)?;
                self.bindings.insert(name, state);
                Ok(())
            }
            ServerStep::Session(name) => {
                let session = self.wire.session().ok_or("there is no session")?;
                self.bindings.insert(name.clone(), json!(session));
                Ok(())
            }
            ServerStep::Restart { options, greet } => {
                self.wire = Wire::start(self.program, self.place, options, self.era.clone()).await?;
                if *greet { self.wire.greet(self.case.stream).await } else { Ok(()) }
            }
            ServerStep::End => self.wire.end(true).await,
            ServerStep::Ends => self.wire.end(false).await,
        }
    }

    async fn journal(&mut self, entries: &[String]) -> Result<(), String> {
        let params = Map::from_iter([("name".to_owned(), json!("journal"))]);
        let mut seen: Vec<String> = Vec::new();
        for _ in 0..LOOKS {
            let id = self.wire.request(None, "tools/call", &params).await?;
            let answer = self.wire.answer(&id).await?;
            let text = answer["result"]["content"][0]["text"].as_str().unwrap_or_default();
            seen.extend(text.split("; ").filter(|entry| !entry.is_empty()).map(str::to_owned));
            if seen == entries {
                return Ok(());
            }
            if !entries.starts_with(&seen) {
                break;
            }
        }
        Err(format!("expected the journal {entries:?}, got {seen:?}"))
    }

    async fn until(&mut self, tool: &str, arguments: &Value, text: &str) -> Result<(), String> {
        let params = Map::from_iter([
            ("name".to_owned(), json!(tool)),
            ("arguments".to_owned(), self.filled(arguments)),
        ]);
        let wanted = json!({"result": {"content": [{"text": text}]}});
        let mut last = Value::Null;
        for _ in 0..LOOKS {
            let id = self.wire.request(None, "tools/call", &params).await?;
            last = self.wire.answer(&id).await?;
            if pattern::matches(&wanted, &last, &mut self.bindings) {
                return Ok(());
            }
        }
        Err(format!("expected that {tool} says {text:?} in the end, got {}", shown(&last)))
    }
}
