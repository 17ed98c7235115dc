//! `legacy-only command arguments…`: a server on standard streams that has never heard of a revision without sessions.
//!
//! Everything within a session is passed on to the server program behind it; a request that describes itself is
//! refused as an unknown method, which is what older servers do with a first message that they do not know.
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};

use serde_json::{Value, json};

/// The metadata member in which a request names its revision.
const VERSION: &str = "io.modelcontextprotocol/protocolVersion";

/// The code of a method that does not exist.
const METHOD_NOT_FOUND: i64 = -32601;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match &arguments[..] {
        [program, rest @ ..] => run(program, rest),
        [] => Err("usage: legacy-only command arguments…".to_owned()),
    };
    match outcome {
        Ok(status) => ExitCode::from(u8::try_from(status).unwrap_or(1)),
        Err(error) => {
            eprintln!("legacy-only: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(program: &str, arguments: &[String]) -> Result<i32, String> {
    let failed = |error: std::io::Error| format!("{program}: {error}");
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut to_server = child.stdin.take().ok_or("the server has no standard input")?;
    let from_server = child.stdout.take().ok_or("the server has no standard output")?;
    let answers = std::thread::spawn(move || {
        for line in BufReader::new(from_server).split(b'\n').map_while(Result::ok) {
            if !say(line) {
                break;
            }
        }
    });
    for line in std::io::stdin().lock().split(b'\n').map_while(Result::ok) {
        let goes_on = match refusal(&line) {
            Some(refusal) => say(refusal.to_string().into_bytes()),
            None => to_server.write_all(&line).and_then(|()| to_server.write_all(b"\n")).is_ok(),
        };
        if !goes_on {
            break;
        }
    }
    drop(to_server);
    let status = child.wait().map_err(failed)?;
    // It only ends early when the client is gone.
    let _ = answers.join();
    Ok(status.code().unwrap_or(1))
}

/// The answer to a message of an unknown era, when it is one.
fn refusal(line: &[u8]) -> Option<Value> {
    let message: Value = serde_json::from_slice(line).ok()?;
    message["params"]["_meta"].get(VERSION)?;
    let id = message.get("id")?;
    let error = json!({"code": METHOD_NOT_FOUND, "message": "Method not found"});
    Some(json!({"jsonrpc": "2.0", "id": id, "error": error}))
}

/// Writes one line at once; says whether anybody reads it.
fn say(mut line: Vec<u8>) -> bool {
    line.push(b'\n');
    let mut out = std::io::stdout().lock();
    out.write_all(&line).and_then(|()| out.flush()).is_ok()
}
