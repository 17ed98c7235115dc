//! The server under test of the shared cases, over the public Rust API: `cases-server (--stdio | --http HOST:PORT)
//! [--options JSON]`.
#[path = "cases/fixture.rs"]
mod fixture;
#[path = "cases/layers.rs"]
mod layers;
#[path = "cases/stubborn.rs"]
mod stubborn;

use std::process::ExitCode;

use dovetail::{Error, http, stdio};
use fixture::ServerOptions;

const USAGE: &str = "usage: cases-server (--stdio | --http HOST:PORT) [--options JSON]";

/// The address, or none for standard streams.
fn arguments() -> Result<(Option<String>, ServerOptions), String> {
    let mut arguments = std::env::args().skip(1);
    let address = match arguments.next().as_deref() {
        Some("--stdio") => None,
        Some("--http") => Some(arguments.next().ok_or(USAGE)?),
        _ => return Err(USAGE.to_owned()),
    };
    let options = match arguments.next().as_deref() {
        None => ServerOptions::default(),
        Some("--options") => serde_json::from_str(&arguments.next().ok_or(USAGE)?)
            .map_err(|error| format!("--options: {error}"))?,
        Some(_) => return Err(USAGE.to_owned()),
    };
    Ok((address, options))
}

async fn serve(address: Option<String>, options: &ServerOptions) -> Result<(), Error> {
    let server = fixture::server(options)?;
    match address {
        None => server.serve(stdio()).await,
        Some(address) => {
            let listener = server.listen(http(&address).sse(options.sse)).await?;
            eprintln!("listening on {}", listener.url());
            listener.run().await
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let (address, options) = match arguments() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    match serve(address, &options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
