//! What the specification says about messages in prose, where a schema of a single message cannot: questions that
//! travel in results, notifications of subscriptions, log messages. All of it is of the revision without sessions.
use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::Specification;
use crate::record::Record;

/// The requests whose result may ask for input.
const ASKING: [&str; 3] = ["tools/call", "prompts/get", "resources/read"];

/// The metadata member that names the subscription of a notification.
pub(super) const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";

const ACKNOWLEDGED: &str = "notifications/subscriptions/acknowledged";

/// The notifications that only a subscription brings.
const SUBSCRIBED: [&str; 5] = [
    ACKNOWLEDGED,
    "notifications/tools/list_changed",
    "notifications/prompts/list_changed",
    "notifications/resources/list_changed",
    "notifications/resources/updated",
];

/// What was said so far that later messages are held against.
#[derive(Default)]
pub(super) struct Rules {
    /// The kinds of request that were put under a key.
    questions: HashMap<String, HashSet<String>>,
    /// Subscriptions by exchange and id, and whether they were acknowledged. An ended one stays: what crossed its end
    /// on the way is no fault.
    subscriptions: HashMap<(u64, String), bool>,
}

fn exchange(record: &Record) -> u64 {
    record.exchange.unwrap_or(0)
}

impl Rules {
    /// A request of the client.
    pub(super) fn request(
        &mut self,
        specification: &Specification,
        record: &Record,
        message: &Value,
    ) -> Result<(), String> {
        if message["method"] == "subscriptions/listen" {
            self.subscriptions.insert((exchange(record), message["id"].to_string()), false);
        }
        for (key, answer) in message["params"]["inputResponses"].as_object().into_iter().flatten() {
            let kinds = self.questions.get(key).ok_or_else(|| format!("{key:?} answers no question"))?;
            let faults: Vec<String> = kinds
                .iter()
                .filter_map(|method| {
                    let request = specification.questions.get(method)?;
                    specification.fault(&specification.result_of(request, answer), answer)
                })
                .collect();
            if faults.len() == kinds.len() {
                return Err(format!("the answer {key:?}: {}", faults.join("; ")));
            }
        }
        Ok(())
    }

    /// The result of a request of the client.
    pub(super) fn result(&mut self, method: &str, result: &Value) -> Result<(), String> {
        if result["resultType"] != "input_required" {
            return Ok(());
        }
        if !ASKING.contains(&method) {
            return Err(format!("{method:?} must not ask for input"));
        }
        if result.get("inputRequests").is_none() && result.get("requestState").is_none() {
            return Err("neither inputRequests nor requestState".to_owned());
        }
        for (key, question) in result["inputRequests"].as_object().into_iter().flatten() {
            let kinds = self.questions.entry(key.clone()).or_default();
            kinds.extend(question["method"].as_str().map(str::to_owned));
        }
        Ok(())
    }

    /// A notification of the server. `logs` says whether a request that it can belong to asked for log messages.
    pub(super) fn notification(
        &mut self,
        record: &Record,
        message: &Value,
        logs: bool,
    ) -> Result<(), String> {
        let method = message["method"].as_str().unwrap_or_default();
        if method == "notifications/message" && !logs {
            return Err("no request asked for log messages".to_owned());
        }
        if !SUBSCRIBED.contains(&method) {
            return Ok(());
        }
        let id = message["params"]["_meta"].get(SUBSCRIPTION).ok_or("no subscription is named")?;
        let acknowledged = self
            .subscriptions
            .get_mut(&(exchange(record), id.to_string()))
            .ok_or_else(|| format!("{id} is no subscription"))?;
        if (method == ACKNOWLEDGED) == *acknowledged {
            return Err("the acknowledgement comes first, and once".to_owned());
        }
        *acknowledged = true;
        Ok(())
    }
}
