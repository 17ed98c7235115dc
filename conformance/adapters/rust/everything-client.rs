//! The client that the official conformance suite tests, over the public Rust API: `everything-client URL`.
//! What to do comes in the environment, as the suite sets it.
use std::process::ExitCode;

use dovetail::types::{Root, SampleAnswer, SampleRequest};
use dovetail::{Client, ElicitAction, ElicitRequest, Error, ErrorKind, RawValue, Revision, UrlRequest};
use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Task {
    tool_calls: Vec<ToolCall>,
}

#[derive(Deserialize)]
struct ToolCall {
    name: String,
    #[serde(default)]
    arguments: Option<Box<RawValue>>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let scenario = std::env::var("MCP_CONFORMANCE_SCENARIO").unwrap_or_default();
    let Some(url) = std::env::args().nth(1).filter(|_| !scenario.is_empty()) else {
        eprintln!("usage: MCP_CONFORMANCE_SCENARIO=… everything-client URL");
        return ExitCode::from(2);
    };
    match run(&scenario, &url).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{scenario}: {}: {}", error.kind.name(), error.detail);
            ExitCode::FAILURE
        }
    }
}

async fn run(scenario: &str, url: &str) -> Result<(), Error> {
    let client = connect(url).await?;
    match scenario {
        "initialize" | "request-metadata" | "json-schema-ref-no-deref" => {
            client.list_tools().await?;
        }
        "tools_call" => {
            client.list_tools().await?;
            client.call("add_numbers", json!({"a": 5, "b": 3})).await?;
        }
        "elicitation-sep1034-client-defaults" => {
            client.list_tools().await?;
            client.call("test_client_elicitation_defaults", json!({})).await?;
        }
        "sse-retry" => {
            client.list_tools().await?;
            client.call("test_reconnection", json!({})).await?;
        }
        "sep-2322-client-request-state" => rounds(&client).await?,
        "http-standard-headers" => everything(&client).await?,
        "http-custom-headers" => {
            client.list_tools().await?;
            for call in task()?.tool_calls {
                client.call(call.name, call.arguments).raw().await?;
            }
        }
        "http-invalid-tool-headers" => {
            for tool in client.list_tools().await? {
                client.call(tool.name, example(&tool.input_schema)).raw().await?;
            }
        }
        "json-schema-2020-12-preservation" => {
            let tools = client.list_tools().await?;
            let schema = tools.into_iter().find(|tool| tool.name == "json_schema_2020_12_tool");
            let schema = schema.map(|tool| tool.input_schema);
            client.call("json_schema_echo", json!({ "schema": schema })).await?;
        }
        _ => {
            let detail = format!("nothing is known about the scenario {scenario}");
            return Err(Error::new(ErrorKind::InvalidConfig, detail));
        }
    }
    client.close().await;
    Ok(())
}

async fn connect(url: &str) -> Result<Client, Error> {
    let mut builder = Client::builder(url).info("dovetail-conformance", "1.0.0");
    let wanted = std::env::var("MCP_CONFORMANCE_PROTOCOL_VERSION").ok();
    if let Some(revision) =
        wanted.and_then(|date| Revision::parse(&date)).filter(|wanted| !wanted.is_modern())
    {
        builder = builder.revision(revision);
    }
    builder
        .on_elicit(|request: ElicitRequest| async move { request.accept_defaults() })
        .on_elicit_url(|_: UrlRequest| async { Ok(ElicitAction::Accept) })
        .on_sample(|_: SampleRequest| async {
            Ok(SampleAnswer::text("test-model", "This is a test response."))
        })
        .roots(vec![Root::new("file:///workspace")])
        .connect()
        .await
}

/// Every request that the suite looks at, once.
async fn everything(client: &Client) -> Result<(), Error> {
    for tool in client.list_tools().await? {
        client.call(tool.name, example(&tool.input_schema)).raw().await?;
    }
    for resource in client.list_resources().await? {
        client.read_resource(resource.uri).await?;
    }
    for prompt in client.list_prompts().await? {
        let arguments: Value =
            prompt.arguments.into_iter().map(|argument| (argument.name, json!("test"))).collect();
        client.get_prompt(prompt.name, arguments).await?;
    }
    Ok(())
}

/// Tools that ask, all of them at once: what belongs to one must not reach another.
async fn rounds(client: &Client) -> Result<(), Error> {
    let tools = client.list_tools().await?;
    let calls = tools
        .into_iter()
        .map(|tool| IntoFuture::into_future(client.call(tool.name, example(&tool.input_schema)).raw()));
    try_join_all(calls).await.map(drop)
}

/// Arguments that a schema of flat, required properties accepts.
fn example(schema: &RawValue) -> Value {
    let schema: Value = serde_json::from_str(schema.get()).unwrap_or_default();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let value = |name: &str| match schema["properties"][name]["type"].as_str() {
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => json!("test"),
    };
    required.iter().filter_map(Value::as_str).map(|name| (name.to_owned(), value(name))).collect()
}

fn task() -> Result<Task, Error> {
    let context = std::env::var("MCP_CONFORMANCE_CONTEXT").unwrap_or_else(|_| "{}".to_owned());
    serde_json::from_str(&context)
        .map_err(|_| Error::new(ErrorKind::InvalidConfig, "the context of the scenario cannot be read"))
}
