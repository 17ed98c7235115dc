//! A client under measurement: it is told how many calls to make, and makes them against our Rust server.
use std::time::{Duration, Instant};

use tokio::io::{AsyncWriteExt, BufReader, Lines};
use tokio::process::{ChildStdin, ChildStdout};

use crate::process::{self, Program};

const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Client {
    pub(crate) program: Program,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Client {
    /// Starts a client and waits until it is connected.
    pub(crate) async fn start(words: &[String], url: &str) -> Result<Self, String> {
        let mut words = words.to_vec();
        words.push(url.to_owned());
        let (program, input, output) = Program::piped(&words, process::MEASURED)?;
        let mut client = Self { program, input, lines: process::lines(output) };
        client.expect("ready").await.map_err(|error| format!("{}: {error}", words.join(" ")))?;
        Ok(client)
    }

    async fn expect(&mut self, wanted: &str) -> Result<(), String> {
        let line = tokio::time::timeout(PATIENCE, self.lines.next_line()).await;
        match line.map_err(|_| format!("no line {wanted:?}"))? {
            Ok(Some(line)) if line.trim() == wanted => Ok(()),
            Ok(line) => Err(format!("{line:?} instead of {wanted:?}")),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Has it make calls; gives the time that took.
    pub(crate) async fn run(&mut self, calls: u64, in_flight: usize) -> Result<Duration, String> {
        let began = Instant::now();
        let order = format!("run {calls} {in_flight}\n");
        self.input.write_all(order.as_bytes()).await.map_err(|error| error.to_string())?;
        self.expect(&format!("done {calls}")).await?;
        Ok(began.elapsed())
    }
}
