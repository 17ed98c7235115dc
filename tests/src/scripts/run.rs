//! Runs one script against one adapter.
use std::collections::VecDeque;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::adapter::Adapter;
use super::{Each, Script, Step};
use crate::contract::Contract;
use crate::pattern::{self, Bindings};

/// Looks at the length of the queue while a flood is not being fetched.
const LOOKS: usize = 25;

/// Runs a script in a program of its own.
///
/// # Errors
/// What was wrong.
pub async fn run(script: &Script, bridge: &[String], contract: &Contract) -> Result<(), String> {
    let mut player =
        Player { adapter: Adapter::start(bridge)?, bindings: Bindings::new(), fetched: VecDeque::new() };
    let outcome = player.play(script, contract).await;
    match outcome {
        Ok(()) => Ok(()),
        Err(fault) => {
            let said = player.adapter.last_words().await;
            Err(if said.is_empty() { fault } else { format!("{fault}; stderr: {said}") })
        }
    }
}

struct Player {
    adapter: Adapter,
    bindings: Bindings,
    /// Events that were fetched together with ones that were waited for.
    fetched: VecDeque<Value>,
}

impl Player {
    async fn play(&mut self, script: &Script, contract: &Contract) -> Result<(), String> {
        if !script.each_code {
            return self.steps(&script.steps).await;
        }
        for (name, code) in &contract.codes {
            self.bindings =
                Bindings::from([("$name".to_owned(), json!(name)), ("$code".to_owned(), json!(code))]);
            self.steps(&script.steps).await.map_err(|fault| format!("code {name}: {fault}"))?;
        }
        Ok(())
    }

    fn steps<'a>(&'a mut self, steps: &'a [Step]) -> BoxFuture<'a, Result<(), String>> {
        async move {
            for (at, step) in steps.iter().enumerate() {
                self.step(step).await.map_err(|fault| format!("step {}: {fault}", at + 1))?;
            }
            Ok(())
        }
        .boxed()
    }

    async fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Send { command, expect } => self.send(command, expect.as_ref()).await,
            Step::Mentions { command, text } => {
                let answer = self.adapter.command(&pattern::filled(command, &self.bindings)).await?;
                let found = pattern::mentions(&answer, text);
                if found { Ok(()) } else { Err(format!("{answer} does not mention {text:?}")) }
            }
            Step::Events { patterns, each, last } => {
                self.events(patterns, each.as_ref()).await?;
                match last {
                    Some(last) => self.events(std::slice::from_ref(last), None).await,
                    None => Ok(()),
                }
            }
            Step::Quiet => {
                let mut events: Vec<Value> = self.fetched.drain(..).collect();
                events.extend(self.adapter.fetch(0).await?);
                if events.is_empty() {
                    Ok(())
                } else {
                    Err(format!("nothing was expected, but came: {events:?}"))
                }
            }
            Step::Repeat { from, count, steps } => {
                for number in *from..from + count {
                    self.bindings.insert("$i".to_owned(), json!(number));
                    self.steps(steps).await?;
                }
                Ok(())
            }
            Step::Flood { key, count, queued } => self.flood(*key, *count, *queued).await,
            Step::Exit { command, within_ms } => {
                self.adapter.tell(command).await?;
                match self.adapter.ended(Duration::from_millis(*within_ms)).await? {
                    Some(0) => Ok(()),
                    status => Err(format!("the program ended with {status:?}")),
                }
            }
        }
    }

    async fn send(&mut self, command: &Value, expect: Option<&Value>) -> Result<(), String> {
        let command = pattern::filled(command, &self.bindings);
        let answer = self.adapter.command(&command).await?;
        let ok = json!({"ok": true});
        let expect = expect.unwrap_or(&ok);
        if pattern::matches(expect, &answer, &mut self.bindings) {
            Ok(())
        } else {
            Err(format!("{command} was answered with {answer}, expected {expect}"))
        }
    }

    async fn next_event(&mut self) -> Result<Value, String> {
        loop {
            if let Some(event) = self.fetched.pop_front() {
                return Ok(event);
            }
            self.fetched = self.adapter.fetch_some().await?.into();
        }
    }

    async fn events(&mut self, patterns: &[Value], each: Option<&Each>) -> Result<(), String> {
        let mut open: Vec<Value> = patterns.to_vec();
        if let Some(each) = each {
            open.extend((each.from..each.from + each.count).map(|number| {
                let number = Bindings::from([("$i".to_owned(), json!(number))]);
                pattern::filled(&each.pattern, &number)
            }));
        }
        while !open.is_empty() {
            let event = self.next_event().await.map_err(|fault| format!("{fault}; still open: {open:?}"))?;
            let matching =
                open.iter().position(|wanted| pattern::matches(wanted, &event, &mut self.bindings));
            match matching {
                Some(at) => drop(open.swap_remove(at)),
                None => return Err(format!("{event} was not expected; still open: {open:?}")),
            }
        }
        Ok(())
    }

    async fn flood(&mut self, key: u64, count: u64, limit: u64) -> Result<(), String> {
        let command = json!({"do": "request", "key": key, "op": "flood", "params": {"count": count}});
        self.send(&command, None).await?;
        let mut most = 0;
        for _ in 0..LOOKS {
            most = most.max(self.adapter.queued().await?);
        }
        for number in 0..count {
            let event = self.next_event().await?;
            let wanted = json!({"kind": "log", "payload": {"message": number.to_string()}});
            if !pattern::matches(&wanted, &event, &mut self.bindings) {
                return Err(format!("{event} came instead of event {number}"));
            }
            if number % 1_000 == 0 {
                most = most.max(self.adapter.queued().await?);
            }
        }
        self.events(&[json!({"kind": "done", "code": 0, "key": key})], None).await?;
        if most == 0 || most > limit {
            return Err(format!("at most {most} events were waiting; expected some, and at most {limit}"));
        }
        Ok(())
    }
}
