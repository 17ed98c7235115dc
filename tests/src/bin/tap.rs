//! The wire recorder as a program: `tap LOG -- command arguments…` for standard streams,
//! `tap LOG --http LISTEN UPSTREAM-URL` for HTTP (prints `listening on <url>` on standard error).
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use dovetail_tests::record::Log;
use dovetail_tests::tap;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match &arguments[..] {
        [log, dashes, program, rest @ ..] if dashes == "--" => stdio(log, program, rest),
        [log, flag, listen, upstream] if flag == "--http" => http(log, listen, upstream).map(|()| 0),
        _ => Err("usage: tap LOG -- command arguments… | tap LOG --http LISTEN UPSTREAM-URL".to_owned()),
    };
    match outcome {
        Ok(status) => ExitCode::from(u8::try_from(status).unwrap_or(1)),
        Err(error) => {
            eprintln!("tap: {error}");
            ExitCode::from(2)
        }
    }
}

fn stdio(log: &str, program: &str, arguments: &[String]) -> Result<i32, String> {
    tap::stdio::run(Arc::new(Log::open(Path::new(log))?), program, arguments)
}

fn http(log: &str, listen: &str, upstream: &str) -> Result<(), String> {
    let log = Arc::new(Log::open(Path::new(log))?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(async {
        let tap = tap::http::Tap::open(log, listen, upstream).await?;
        eprintln!("listening on {}", tap.url);
        tap.forever().await;
        Ok(())
    })
}
