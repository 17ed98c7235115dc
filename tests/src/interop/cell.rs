//! What one client and one server must have done together. The only place that says so.
use serde_json::{Value, json};

use super::run::{Plan, run};
use super::{Case, Transport};
use crate::paths;
use crate::raw_http::MODERN;
use crate::surface::Surface;

/// The text that must come back unchanged; the second spelling has a backslash and an n for the line end.
const ECHOES: [&str; 2] = ["ä\"\n€", "ä\"\\n€"];

/// Runs a cell and gives everything that is wrong.
pub(super) async fn check(
    client: Surface,
    server: Surface,
    transport: Transport,
    revision: &'static str,
) -> Result<Vec<String>, String> {
    let name = Case::Cell { client, server, transport, revision }.to_string();
    let (client, server) = (client.programs()?, server.programs()?);
    all_of_it(Plan {
        name,
        client: &client,
        server: &server,
        transport,
        revision,
        pinned: true,
        options: &[],
        scenario: "cell",
    })
    .await
}

/// The same with a client that has to find out what the server speaks: a server of every revision, which must be
/// spoken to in the newest, or one that only knows sessions.
pub(super) async fn check_auto(
    client: Surface,
    transport: Transport,
    revision: &'static str,
) -> Result<Vec<String>, String> {
    let name = Case::Auto { client, transport, revision }.to_string();
    let (client, mut server) = (client.programs()?, Surface::Rust.programs()?);
    if revision != MODERN {
        server.server.insert(0, paths::program("legacy-only")?.display().to_string());
    }
    all_of_it(Plan {
        name,
        client: &client,
        server: &server,
        transport,
        revision,
        pinned: false,
        options: &[],
        scenario: "cell",
    })
    .await
}

async fn all_of_it(plan: Plan<'_>) -> Result<Vec<String>, String> {
    let seen = run(&plan).await?;
    let mut faults = observed_faults(&seen.observed, plan.revision);
    faults.extend(seen.wire_faults);
    Ok(faults)
}

/// What an observation without a fault looks like.
pub(super) fn good(revision: &str) -> Value {
    json!({"revision": revision, "progress": [1, 2, 3], "count": 3, "add": 5, "echo": ECHOES[0],
        "cancel": {"code": "cancelled", "observed": true}, "elicit": "accepted: yes",
        "error": {"name": "tool_error", "detail": "it broke"}, "unknown": {"name": "unknown_tool", "detail": ""},
        "invalid": {"name": "tool_error", "detail": "Invalid arguments: /a is not an integer"}})
}

pub(super) fn observed_faults(observed: &Value, revision: &str) -> Vec<String> {
    if observed["revision"].is_null() {
        return vec![format!("there was no conversation: {observed}")];
    }
    let mut faults = Vec::new();
    let mut same = |member: &str, found: &Value, wanted: Value| {
        if *found != wanted {
            faults.push(format!("{member}: {found}, expected {wanted}"));
        }
    };
    same("revision", &observed["revision"], json!(revision));
    same("count", &observed["count"], json!(3));
    same("add", &observed["add"], json!(5));
    same("cancel.code", &observed["cancel"]["code"], json!("cancelled"));
    same("cancel.observed", &observed["cancel"]["observed"], json!(true));
    same("elicit", &observed["elicit"], json!("accepted: yes"));
    same("error.name", &observed["error"]["name"], json!("tool_error"));
    same("error.detail", &observed["error"]["detail"], json!("it broke"));
    same("invalid.name", &observed["invalid"]["name"], json!("tool_error"));
    let mut holds = |member: &str, holds: bool| {
        if !holds {
            let found = member.split('.').fold(observed, |value, name| &value[name]);
            faults.push(format!("{member}: {found} is not what it has to be"));
        }
    };
    holds("progress", is_progress(&observed["progress"]));
    holds("echo", observed["echo"].as_str().is_some_and(|text| ECHOES.contains(&text)));
    // The wire code is that of wrong parameters; the data of the error tells the two apart.
    let unknown = observed["unknown"]["name"].as_str();
    holds("unknown.name", unknown == Some("unknown_tool"));
    let fault = observed["invalid"]["detail"].as_str();
    holds("invalid.detail", fault.is_some_and(|text| text.contains("/a")));
    faults
}

/// Growing, up to 3; reports that came too fast may have been replaced by later ones.
fn is_progress(values: &Value) -> bool {
    let numbers: Vec<f64> = values.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    let all_numbers = values.as_array().is_some_and(|values| values.len() == numbers.len());
    all_numbers && numbers.windows(2).all(|pair| pair[0] < pair[1]) && numbers.last() == Some(&3.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_observation_passes_and_every_other_one_names_its_fault() {
        assert_eq!(observed_faults(&good(MODERN), MODERN), Vec::<String>::new());
        for (member, bad) in [
            ("revision", json!("2025-11-25")),
            ("progress", json!([1, 3, 2])),
            ("progress", json!([1, 2])),
            ("progress", json!([])),
            ("progress", json!(["a", 3])),
            ("count", json!("3")),
            ("add", json!(6)),
            ("echo", json!("ä")),
            ("cancel", json!({"code": "closed", "observed": true})),
            ("cancel", json!({"code": "cancelled", "observed": false})),
            ("elicit", json!("declined")),
            ("error", json!({"name": "rpc", "detail": "it broke"})),
            ("unknown", json!({"name": "internal"})),
            ("invalid", json!({"name": "tool_error", "detail": "wrong"})),
        ] {
            let mut observed = good(MODERN);
            observed[member] = bad;
            let faults = observed_faults(&observed, MODERN);
            assert!(faults.len() == 1 && faults[0].starts_with(member), "{member}: {faults:?}");
        }
    }
}
