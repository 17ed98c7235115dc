//! The server that the shared tests run against, over the public Rust API: `server --stdio | --http HOST:PORT`.
use std::future::pending;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use dovetail::{Answer, Context, Error, Failure, Handler, Output, RawValue, Server, Tool, http, stdio, tool};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;

static CANCELLED: AtomicU32 = AtomicU32::new(0);
static RUNS: AtomicU32 = AtomicU32::new(0);
static RAN: AtomicU32 = AtomicU32::new(0);

/// The one form of these tools.
#[derive(Deserialize, JsonSchema)]
struct Form {
    answer: String,
}

fn spoken(answer: Answer<Form>) -> String {
    match answer {
        Answer::Accept(form) => format!("accepted: {}", form.answer),
        Answer::Decline => "declined".to_owned(),
        Answer::Cancel => "cancelled".to_owned(),
    }
}

/// Returns its text.
#[tool]
fn echo(text: String) -> String {
    text
}

/// Adds two integers.
#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Counts with progress.
#[tool]
async fn count(to: u32, context: Context) -> u32 {
    for step in 1..=to {
        context.progress(f64::from(step), Some(f64::from(to)), None);
        tokio::task::yield_now().await;
    }
    to
}

struct CountsCancellation;

impl Drop for CountsCancellation {
    fn drop(&mut self) {
        CANCELLED.fetch_add(1, Ordering::SeqCst);
    }
}

/// Waits until it is cancelled.
#[tool]
async fn wait(context: Context) -> String {
    let _counts = CountsCancellation;
    // Tells the client that there is something to cancel.
    context.progress(1.0, None, None);
    pending().await
}

/// How many `wait` calls were cancelled.
#[tool]
fn cancelled() -> u32 {
    CANCELLED.load(Ordering::SeqCst)
}

/// Asks its user.
#[tool]
async fn ask(what: String, context: Context) -> Result<String, Error> {
    Ok(spoken(context.elicit(&what).await?))
}

/// Asks something else in its second run.
#[tool]
async fn changing(context: Context) -> Result<String, Error> {
    let run = RUNS.fetch_add(1, Ordering::SeqCst) + 1;
    Ok(spoken(context.elicit(&format!("question {}", run.min(2))).await?))
}

/// Declares that it asks.
#[tool(asks_form)]
async fn declared(context: Context) -> Result<String, Error> {
    RAN.fetch_add(1, Ordering::SeqCst);
    Ok(spoken(context.elicit("declared").await?))
}

/// How often `declared` ran.
#[tool]
fn ran() -> u32 {
    RAN.load(Ordering::SeqCst)
}

/// Fails.
#[tool]
fn fail() -> Result<String, std::io::Error> {
    Err(std::io::Error::other("it broke"))
}

/// Asks, and swallows whatever the question throws. It is no `#[tool]`, because such a function is dropped at its
/// question and has no chance to.
struct Stubborn;

impl Stubborn {
    fn tool() -> Result<Tool, Error> {
        let spec = br#"{"name":"stubborn","description":"Swallows the end of its run.","inputSchema":
            {"type":"object","properties":{"what":{"type":"string"}},"required":["what"]}}"#;
        Tool::from_json(spec, Self)
    }
}

#[derive(Deserialize)]
struct What {
    what: String,
}

impl Handler for Stubborn {
    fn call(&self, context: Context, arguments: Bytes) -> BoxFuture<'static, Result<Output, Failure>> {
        Box::pin(async move {
            let What { what } = serde_json::from_slice(&arguments).map_err(Failure::tool)?;
            let schema: &RawValue = serde_json::from_str(
                r#"{"type":"object","properties":{"answer":{"type":"string"}},"required":["answer"]}"#,
            )
            .map_err(Failure::tool)?;
            let text = match context.try_elicit(&what, schema, None).await {
                Ok(Answer::Accept(content)) => {
                    spoken(Answer::Accept(serde_json::from_str(content.get()).map_err(Failure::tool)?))
                }
                Ok(Answer::Decline) => spoken(Answer::Decline),
                Ok(Answer::Cancel) => spoken(Answer::Cancel),
                Err(_) => "swallowed".to_owned(),
            };
            Output::json(&text)
        })
    }

    fn unwinds(&self) -> bool {
        true
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::with_version("conformance", "1.0.0")
        .tool(echo)
        .tool(add)
        .tool(count)
        .tool(wait)
        .tool(cancelled)
        .tool(ask)
        .tool(Stubborn::tool()?)
        .tool(changing)
        .tool(declared)
        .tool(ran)
        .tool(fail);
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--stdio"] => server.serve(stdio()).await?,
        ["--http", address] => {
            let listener = server.listen(http(address)).await?;
            eprintln!("listening on {}", listener.url());
            listener.run().await?;
        }
        _ => return Err("usage: server --stdio | --http HOST:PORT".into()),
    }
    Ok(())
}
