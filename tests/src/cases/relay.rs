//! The child process that a client under test starts: it passes lines between its standard streams and the runner, who
//! plays the server.
//!
//! A line from the runner that starts with the control character is for the relay itself.
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};

/// Begins a line for the relay: `exit STATUS`, or `say TEXT` for standard error.
pub(super) const CONTROL: char = '\u{1}';

/// Runs until the runner or the client ends it; gives the exit status.
pub fn run(address: &str) -> i32 {
    let Ok(stream) = TcpStream::connect(address) else { return 70 };
    let Ok(mut up) = stream.try_clone() else { return 70 };
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut chunk = [0; 4096];
        while let Ok(length @ 1..) = input.read(&mut chunk) {
            if up.write_all(&chunk[..length]).is_err() {
                return;
            }
        }
        // The client is done with this process; the runner hears it and lets it go.
        let _ = up.shutdown(Shutdown::Write);
    });
    let mut lines = BufReader::new(stream);
    let mut output = std::io::stdout().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        match lines.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return 0,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        if let Some(order) = text.strip_prefix(CONTROL) {
            match order.trim_end().split_once(' ') {
                Some(("exit", status)) => return status.parse().unwrap_or(71),
                Some(("say", words)) => eprintln!("{words}"),
                _ => return 71,
            }
        } else if output.write_all(&line).and_then(|()| output.flush()).is_err() {
            return 0;
        }
    }
}
