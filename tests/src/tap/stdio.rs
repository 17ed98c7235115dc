//! Recording of standard streams: the client starts the tap, and the tap starts the server.
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;

use crate::record::{Direction, Log, Record};

/// Runs a server program between our standard streams and its own, until it ends. Returns its exit status.
///
/// # Errors
/// When the program cannot be started.
pub fn run(log: Arc<Log>, program: &str, arguments: &[String]) -> Result<i32, String> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let to_server = child.stdin.take().ok_or("the server has no standard input")?;
    let from_server = child.stdout.take().ok_or("the server has no standard output")?;
    let inbound = log.clone();
    // Ends with its input, or with this process.
    std::thread::spawn(move || copy(std::io::stdin(), to_server, Direction::C2s, &inbound));
    copy(from_server, std::io::stdout(), Direction::S2c, &log);
    let status = child.wait().map_err(|error| format!("{program}: {error}"))?;
    Ok(status.code().unwrap_or(1))
}

/// Passes bytes on as they come and records each line that is complete.
fn copy(mut from: impl Read, mut to: impl Write, dir: Direction, log: &Log) {
    let mut chunk = [0; 16 * 1024];
    let mut line = Vec::new();
    loop {
        let length = match from.read(&mut chunk) {
            Ok(0) | Err(_) => break,
            Ok(length) => length,
        };
        // Recorded before it is passed on, so that the log is complete when the other side has reacted.
        for byte in &chunk[..length] {
            if *byte == b'\n' {
                log.add(&Record::new(dir, "stdio", &line));
                line.clear();
            } else {
                line.push(*byte);
            }
        }
        if to.write_all(&chunk[..length]).and_then(|()| to.flush()).is_err() {
            break;
        }
    }
    if !line.is_empty() {
        log.add(&Record::new(dir, "stdio", &line));
    }
}
