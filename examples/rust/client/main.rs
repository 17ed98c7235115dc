//! A client of the two example servers: `client URL`, or `client -- command arguments…` to start one.
#![allow(clippy::print_stdout, reason = "a program for people; its standard output is no protocol")]
use std::process::ExitCode;

use dovetail::{Client, Command, ElicitAnswer, ElicitRequest, Error, Progress, Target};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let target: Target = match &arguments[..] {
        [dashes, program, rest @ ..] if dashes == "--" => {
            Command::new(program).args(rest.iter().cloned()).into()
        }
        [url] => url.as_str().into(),
        _ => {
            eprintln!("usage: client URL | client -- command arguments…");
            return ExitCode::from(2);
        }
    };
    match run(target).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}: {}", error.kind.name(), error.detail);
            ExitCode::FAILURE
        }
    }
}

async fn run(target: Target) -> Result<(), Error> {
    let client = Client::builder(target)
        .on_elicit(|question: ElicitRequest| async move {
            println!("{} yes", question.message);
            ElicitAnswer::accept(json!({}))
        })
        .connect()
        .await?;
    let server = client.server_info();
    println!("connected to {} ({})", server.name, server.revision);
    for tool in client.list_tools().await? {
        println!("tool {}: {}", tool.name, tool.description.unwrap_or_default());
        match tool.name.as_str() {
            "weather" => {
                let forecast: serde_json::Value = client
                    .call("weather", json!({"city": "Oslo", "days": 3}))
                    .on_progress(|report: Progress| {
                        println!(
                            "  {} ({}/{})",
                            report.message.unwrap_or_default(),
                            report.progress,
                            report.total.unwrap_or_default()
                        );
                    })
                    .await?
                    .data()?;
                println!("{forecast}");
            }
            "remove" => {
                let outcome: String = client.call("remove", json!({"path": "a.txt"})).await?.data()?;
                println!("{outcome}");
            }
            _ => {}
        }
    }
    client.close().await;
    Ok(())
}
