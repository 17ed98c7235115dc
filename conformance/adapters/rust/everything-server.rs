//! The server that the official conformance suite runs against, over the public Rust API:
//! `everything-server --stdio | --http HOST:PORT`.
//!
//! Names and texts are those that the suite asks for; nothing here knows a revision.
#[path = "everything/asking.rs"]
mod asking;
#[path = "everything/content.rs"]
mod content;
#[path = "everything/reporting.rs"]
mod reporting;
#[path = "everything/resources.rs"]
mod resources;
#[path = "everything/rounds.rs"]
mod rounds;

use std::process::ExitCode;
use std::time::Duration;

use dovetail::{CacheScope, Cacheable, Error, Server, http, stdio};

fn server() -> Server {
    let server = Server::with_version("conformance-everything", "1.0.0")
        .instructions("Fixtures of the official conformance suite.")
        .resumable(true)
        .cache(Cacheable::Discover, Duration::from_secs(300), CacheScope::Public)
        .cache(Cacheable::Tools, Duration::from_secs(300), CacheScope::Public)
        .cache(Cacheable::Prompts, Duration::from_secs(300), CacheScope::Public)
        .cache(Cacheable::Resources, Duration::from_secs(300), CacheScope::Public)
        .cache(Cacheable::ResourceTemplates, Duration::from_secs(300), CacheScope::Public)
        .cache(Cacheable::Reads, Duration::from_secs(300), CacheScope::Private);
    let server = content::add(server);
    let server = reporting::add(server);
    let server = asking::add(server);
    let server = rounds::add(server);
    resources::add(server)
}

/// Serves as asked; `false` when the arguments are not understood.
async fn run(arguments: &[String]) -> Result<bool, Error> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--stdio"] => server().serve(stdio()).await?,
        ["--http", address] => {
            let listener = server().listen(http(address)).await?;
            eprintln!("listening on {}", listener.url());
            listener.run().await?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("usage: everything-server --stdio | --http HOST:PORT");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
