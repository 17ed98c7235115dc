//! The rules of elicitation that every server keeps, whatever its handlers do.
use serde_json::{Value, json};

use super::run::{Plan, Seen, run};
use super::{Case, Rule, Transport};
use crate::raw_http::MODERN;
use crate::record::{Direction, Record};
use crate::surface::Surface;

/// Runs a rule against a server and gives everything that is wrong.
pub(super) async fn check(
    server: Surface,
    rule: Rule,
    transport: Transport,
    revision: &'static str,
) -> Result<Vec<String>, String> {
    let name = Case::Elicitation { server, rule, transport, revision }.to_string();
    let (client, server) = (Surface::Rust.programs()?, server.programs()?);
    let answer = if rule == Rule::Declared { "none" } else { "yes" };
    let scenario = rule.to_string();
    let plan = Plan {
        name,
        client: &client,
        server: &server,
        transport,
        revision,
        pinned: true,
        options: &["--answer", answer],
        scenario: &scenario,
    };
    let Seen { observed, records, wire_faults } = run(&plan).await?;
    let modern = revision == MODERN;
    // On the older revision a question is a request of the server, and the handler runs once.
    let (expected, interruptions) = match (rule, modern) {
        (Rule::Stubborn, _) => {
            (json!({"result": "accepted: yes", "questions": ["again?"]}), usize::from(modern))
        }
        (Rule::Changing, true) => {
            (json!({"result": "accepted: yes", "questions": ["question 1", "question 2"]}), 2)
        }
        (Rule::Changing, false) => (json!({"result": "accepted: yes", "questions": ["question 1"]}), 0),
        (Rule::Declared, _) => {
            let detail = observed["error"]["detail"].clone();
            let error = json!({"name": "missing_client_capability", "detail": detail});
            (json!({"error": error, "questions": [], "ran": 0}), 0)
        }
    };
    let mut faults = wire_faults;
    if observed != expected {
        faults.push(format!("observed {observed}, expected {expected}"));
    }
    let found = records.iter().filter(|record| is_interruption(record)).count();
    if found != interruptions {
        faults.push(format!("{found} results on the wire ask for input, expected {interruptions}"));
    }
    if records.iter().any(|record| record.dir == Direction::S2c && says(&record.msg, "swallowed")) {
        faults.push("the result of a run that was over reached the wire".to_owned());
    }
    Ok(faults)
}

fn is_interruption(record: &Record) -> bool {
    record.msg.as_ref().is_some_and(|message| message["result"]["resultType"] == "input_required")
}

fn says(message: &Option<Value>, text: &str) -> bool {
    message.as_ref().is_some_and(|message| message.to_string().contains(text))
}
