//! The `dovetail` command: look at MCP servers and call their tools.
//!
//! Owns arguments and printing; everything else is the library's.

mod args;
mod form;
mod print;

use std::process::ExitCode;

use clap::Parser;
use dovetail::{Client, ElicitRequest, Error};

use args::{Args, Job, Place};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args = Args::parse();
    let json = args.json;
    let job = match args.into_job() {
        Ok(job) => job,
        Err(usage) => {
            eprintln!("error: {usage}");
            return ExitCode::from(2);
        }
    };
    match run(job, json).await {
        Ok(code) => code,
        Err(error) => {
            print::failure(&error, json);
            ExitCode::FAILURE
        }
    }
}

async fn run(job: Job, json: bool) -> Result<ExitCode, Error> {
    match job {
        Job::Inspect(place) => {
            let client = connect(place).await?;
            let tools = client.list_tools().await;
            let shown = tools.map(|tools| print::inspection(client.server_info(), &tools, json));
            client.close().await;
            shown.map(|()| ExitCode::SUCCESS)
        }
        Job::Call { place, tool, arguments } => {
            let client = connect(place).await?;
            let called = client
                .call(tool, arguments)
                .on_progress(move |progress| print::progress(&progress))
                .raw()
                .await;
            client.close().await;
            let result = called?;
            print::result(&result, json);
            Ok(if result.is_error() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
        }
    }
}

async fn connect(place: Place) -> Result<Client, Error> {
    let mut builder = Client::builder(place.target).info("dovetail", env!("CARGO_PKG_VERSION"));
    if let Some(revision) = place.revision {
        builder = builder.revision(revision);
    }
    if let Some(timeout) = place.timeout {
        builder = builder.timeout(timeout);
    }
    for (name, value) in place.headers {
        builder = builder.header(name, value);
    }
    builder.on_elicit(|request: ElicitRequest| form::answer(request)).connect().await
}
