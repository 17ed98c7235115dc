//! Every message of the protocol once, over both transports and at the newest revision of each era: all of them are what
//! the schemas and the rules of that revision say.
use std::collections::BTreeSet;
use std::sync::Arc;

use dovetail::types::{Root, SampleAnswer, SampleRequest};
use dovetail::{
    Client, Command, ElicitAnswer, ElicitRequest, Error, ErrorKind, Filter, Level, Reference, Revision,
    Target,
};
use dovetail_tests::process::HttpServer;
use dovetail_tests::record::{self, Direction, Log, Record};
use dovetail_tests::tap::http::Tap;
use dovetail_tests::{paths, schema};
use serde_json::json;

use crate::programs;

const SERVER: &str = env!("CARGO_BIN_EXE_rust-everything-server");
const TAP: &str = env!("CARGO_BIN_EXE_tap");

/// What a client asks at every revision.
const ALWAYS: [&str; 8] = [
    "completion/complete",
    "prompts/get",
    "prompts/list",
    "resources/list",
    "resources/read",
    "resources/templates/list",
    "tools/call",
    "tools/list",
];
const SESSION: [&str; 10] = [
    "elicitation/create",
    "initialize",
    "logging/setLevel",
    "notifications/initialized",
    "notifications/roots/list_changed",
    "ping",
    "resources/subscribe",
    "resources/unsubscribe",
    "roots/list",
    "sampling/createMessage",
];
const SESSIONLESS: [&str; 3] =
    ["notifications/subscriptions/acknowledged", "server/discover", "subscriptions/listen"];
/// What a server says at every revision.
const NEWS: [&str; 3] =
    ["notifications/message", "notifications/progress", "notifications/tools/list_changed"];

async fn answer(request: ElicitRequest) -> Result<ElicitAnswer, Error> {
    let has_defaults = request.schema.get().contains("\"default\"");
    if has_defaults { request.accept_defaults() } else { Ok(ElicitAnswer::decline()) }
}

async fn connect(target: impl Into<Target>, revision: Revision) -> Result<Client, Error> {
    Client::builder(target)
        .revision(revision)
        .on_elicit(answer)
        .on_sample(|_: SampleRequest| async { Ok(SampleAnswer::text("a-model", "An answer.")) })
        .roots(vec![Root::new("file:///workspace")])
        .log_level(Level::Debug)
        .connect()
        .await
}

/// Everything that a client can do.
async fn everything(client: &Client) -> Result<(), Error> {
    client.ping().await?;
    client.set_log_level(Level::Info).await?;
    client.roots_changed().await?;
    client.list_tools().await?;
    client.list_resource_templates().await?;
    for resource in client.list_resources().await? {
        client.read_resource(resource.uri).await?;
    }
    client.read_resource("test://template/123/data").await?;
    let missing = client.read_resource("test://missing").await.expect_err("there is none");
    assert_eq!(missing.kind, ErrorKind::UnknownResource);
    for prompt in client.list_prompts().await? {
        let arguments: serde_json::Map<_, _> =
            prompt.arguments.into_iter().map(|argument| (argument.name, json!("test://x"))).collect();
        client.get_prompt(prompt.name, arguments).await?;
    }
    let reference = Reference::Prompt { name: "test_prompt_with_arguments".to_owned() };
    client.complete(reference, "arg2", "par").context("arg1", "test").await?;

    let content =
        ["test_image_content", "test_audio_content", "test_multiple_content_types", "test_error_handling"];
    let asking = [
        "test_elicitation_sep1034_defaults",
        "test_elicitation_sep1330_enums",
        "test_input_required_result_list_roots",
        "test_input_required_result_multiple_inputs",
        "test_input_required_result_multi_round",
    ];
    let reporting = ["test_tool_with_logging", "test_reconnection"];
    for tool in content.into_iter().chain(asking).chain(reporting) {
        client.call(tool, json!({})).raw().await?;
    }
    client.call("test_sampling", json!({"prompt": "p"})).await?;
    client.call("test_elicitation", json!({"message": "m"})).await?;
    client.call("test_tool_with_progress", json!({})).on_progress(|_| ()).await?;

    client.subscribe("test://watched-resource").await?;
    client.unsubscribe("test://watched-resource").await?;
    let filter = Filter { tools_list_changed: true, ..Filter::default() };
    let mut listening = client.listen(filter).await?;
    client.call("test_trigger_tool_change", json!({})).await?;
    listening.next().await.expect("a change")?;
    listening.close().await
}

/// The methods that were seen in both directions, questions in results included.
fn methods(records: &[Record]) -> BTreeSet<String> {
    let messages = records.iter().filter_map(|record| record.msg.as_ref());
    messages.filter_map(|message| message["method"].as_str()).map(str::to_owned).collect()
}

/// What is missing or wrong in a record of everything.
fn faults(records: &[Record], revision: &str) -> Vec<String> {
    let mut faults = schema::faults(records, revision);
    let own: &[&str] = if revision == "2026-07-28" { &SESSIONLESS } else { &SESSION };
    let seen = methods(records);
    let missing = ALWAYS.iter().chain(own).chain(&NEWS).filter(|method| !seen.contains(**method));
    faults.extend(missing.map(|method| format!("{method} was not seen")));
    let rounds = records.iter().filter(|record| {
        let result = record.msg.as_ref().map(|message| &message["result"]["resultType"]);
        record.dir == Direction::S2c && result.is_some_and(|kind| kind == "input_required")
    });
    if (rounds.count() == 0) == (revision == "2026-07-28") {
        faults.push("questions do not travel as they do in this revision".to_owned());
    }
    faults
}

fn check(name: &str, revision: Revision) {
    programs::run(async move {
        let path = paths::scratch("wire").expect("a folder");
        let path = path.join(format!("{name}.{revision}.{}.jsonl", std::process::id()));
        let log = path.to_str().expect("a path of this checkout").to_owned();
        let outcome = if name == "stdio" {
            let client = connect(Command::new(TAP).args([&log, "--", SERVER, "--stdio"]), revision).await;
            let client = client.expect("a connection");
            let outcome = everything(&client).await;
            client.close().await;
            outcome
        } else {
            let server = HttpServer::start(&[SERVER.to_owned()]).await.expect("the server starts");
            let log = Arc::new(Log::open(&path).expect("a log"));
            let tap = Tap::open(log, "127.0.0.1:0", &server.url).await.expect("the tap opens");
            let client = connect(tap.url.as_str(), revision).await.expect("a connection");
            let outcome = everything(&client).await;
            client.close().await;
            outcome
        };
        outcome.unwrap_or_else(|error| panic!("{error}, see {log}"));
        let found = faults(&record::read(&path).expect("a record"), revision.as_str());
        assert!(found.is_empty(), "{found:#?}, see {log}");
        // It stays when there is something to look at.
        std::fs::remove_file(&path).expect("it was there");
    });
}

#[test]
fn every_message_of_a_session_is_right_over_stdio() {
    check("stdio", Revision::V2025_11_25);
}

#[test]
fn every_message_of_a_session_is_right_over_http() {
    check("http", Revision::V2025_11_25);
}

#[test]
fn every_message_without_a_session_is_right_over_stdio() {
    check("stdio", Revision::V2026_07_28);
}

#[test]
fn every_message_without_a_session_is_right_over_http() {
    check("http", Revision::V2026_07_28);
}
