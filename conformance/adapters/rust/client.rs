//! The client that the shared tests run, over the public Rust API:
//! `client [--revision auto|DATE] [--answer yes|no|none] SCENARIO (URL | -- command arguments…)`.
//! Prints one JSON line with what it observed.
#![allow(clippy::print_stdout, reason = "its standard output is the observation")]
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dovetail::{Client, Command, ElicitAnswer, ElicitRequest, Error, Progress, Revision, Target};
use serde_json::{Value, json};

const USAGE: &str =
    "usage: client [--revision auto|DATE] [--answer yes|no|none] SCENARIO (URL | -- command arguments…)";

/// Calls of `cancelled` until the cancellation must have arrived.
const PATIENCE: usize = 50;

/// Calls until `wait` must have begun.
const HEAD_START: usize = 200;

struct Options {
    revision: Option<Revision>,
    answer: Option<bool>,
    scenario: String,
    target: Target,
}

fn options() -> Option<Options> {
    let mut arguments = std::env::args().skip(1);
    let (mut revision, mut answer) = (None, Some(true));
    let scenario = loop {
        match arguments.next()?.as_str() {
            "--revision" => match arguments.next()?.as_str() {
                "auto" => revision = None,
                date => revision = Some(Revision::parse(date)?),
            },
            "--answer" => match arguments.next()?.as_str() {
                "yes" => answer = Some(true),
                "no" => answer = Some(false),
                "none" => answer = None,
                _ => return None,
            },
            scenario => break scenario.to_owned(),
        }
    };
    let first = arguments.next()?;
    let target = if first == "--" {
        let program = arguments.next()?;
        Command::new(program).args(arguments).into()
    } else {
        arguments.next().is_none().then_some(())?;
        first.into()
    };
    Some(Options { revision, answer, scenario, target })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(options) = options() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match observe(options).await {
        Ok(Some(observed)) => {
            println!("{observed}");
            ExitCode::SUCCESS
        }
        Ok(None) => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("error: {}: {}", error.kind.name(), error.detail);
            ExitCode::FAILURE
        }
    }
}

async fn observe(options: Options) -> Result<Option<Value>, Error> {
    let questions = Arc::new(Mutex::new(Vec::<String>::new()));
    let mut builder = Client::builder(options.target).info("conformance", "1.0.0");
    if let Some(revision) = options.revision {
        builder = builder.revision(revision);
    }
    if let Some(accepts) = options.answer {
        let questions = questions.clone();
        builder = builder.on_elicit(move |question: ElicitRequest| {
            questions.lock().unwrap_or_else(PoisonError::into_inner).push(question.message);
            async move {
                if accepts {
                    ElicitAnswer::accept(json!({"answer": "yes"}))
                } else {
                    Ok(ElicitAnswer::decline())
                }
            }
        });
    }
    let client = builder.connect().await?;
    let observed = match options.scenario.as_str() {
        "cell" => Some(cell(&client).await?),
        "stubborn" => Some(questioned(&client, "stubborn", json!({"what": "again?"}), &questions).await),
        "changing" => Some(questioned(&client, "changing", json!({}), &questions).await),
        "declared" => {
            let mut seen = questioned(&client, "declared", json!({}), &questions).await;
            seen["ran"] = client.call("ran", json!({})).await?.data()?;
            Some(seen)
        }
        _ => None,
    };
    client.close().await;
    Ok(observed)
}

async fn cell(client: &Client) -> Result<Value, Error> {
    let progress = Arc::new(Mutex::new(Vec::new()));
    let reports = progress.clone();
    let count: Value = client
        .call("count", json!({"to": 3}))
        .on_progress(move |report: Progress| {
            reports.lock().unwrap_or_else(PoisonError::into_inner).push(report.progress);
        })
        .await?
        .data()?;
    let progress = std::mem::take(&mut *progress.lock().unwrap_or_else(PoisonError::into_inner));
    let add: Value = client.call("add", json!({"a": 2, "b": 3})).await?.data()?;
    let echo: Value = client.call("echo", json!({"text": "ä\"\n€"})).await?.data()?;
    let elicit: Value = client.call("ask", json!({"what": "really?"})).await?.data()?;
    Ok(json!({
        "revision": client.revision().as_str(),
        "progress": progress,
        "count": count,
        "add": add,
        "echo": echo,
        "cancel": cancel(client).await?,
        "elicit": elicit,
        "error": failure(client, "fail", json!({})).await,
        "unknown": failure(client, "nope", json!({})).await,
        "invalid": failure(client, "add", json!({"a": "x", "b": 1})).await,
    }))
}

/// Starts `wait`, and takes it back when it has begun, in the way of Rust: by dropping it.
async fn cancel(client: &Client) -> Result<Value, Error> {
    let begun = Arc::new(AtomicBool::new(false));
    let report = begun.clone();
    let call = client.call("wait", json!({})).on_progress(move |_| report.store(true, Ordering::SeqCst));
    let waiting = tokio::spawn(call.into_future());
    for _ in 0..HEAD_START {
        client.call("echo", json!({"text": "meanwhile"})).await?;
        if begun.load(Ordering::SeqCst) {
            break;
        }
    }
    waiting.abort();
    let code = match waiting.await {
        Err(ended) if ended.is_cancelled() => "cancelled",
        Ok(Err(error)) => error.kind.name(),
        Ok(Ok(_)) | Err(_) => "completed",
    };
    let mut observed = false;
    for _ in 0..PATIENCE {
        let count: u32 = client.call("cancelled", json!({})).await?.data()?;
        if count > 0 {
            observed = true;
            break;
        }
    }
    Ok(json!({"code": code, "observed": observed}))
}

async fn failure(client: &Client, tool: &str, arguments: Value) -> Value {
    match client.call(tool, arguments).await {
        Ok(result) => json!({"result": result.text()}),
        Err(error) => json!({"name": error.kind.name(), "detail": error.detail}),
    }
}

async fn questioned(client: &Client, tool: &str, arguments: Value, questions: &Mutex<Vec<String>>) -> Value {
    let outcome = client.call(tool, arguments).await;
    let questions = questions.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match outcome {
        Ok(result) => json!({"result": result.text(), "questions": questions}),
        Err(error) => {
            json!({"error": {"name": error.kind.name(), "detail": error.detail}, "questions": questions})
        }
    }
}
