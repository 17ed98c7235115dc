//! The load over standard streams: a number of calls in flight, every reply checked.
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdin, ChildStdout};

use crate::http::Counted;
use crate::message::{self, Era};
use crate::process::Program;

const PATIENCE: Duration = Duration::from_secs(60);

/// A server that is spoken to over its standard streams.
pub(crate) struct Pipe {
    pub(crate) program: Program,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    next: u64,
}

impl Pipe {
    /// Starts a server and greets it; gives the time to its first answer, too.
    pub(crate) async fn open(words: &[String], core: u32) -> Result<(Self, Duration), String> {
        let began = Instant::now();
        let (program, input, output) = Program::piped(words, core)?;
        let output = BufReader::with_capacity(256 * 1024, output);
        let mut pipe = Self { program, input, output, next: 0 };
        pipe.write(format!("{}\n", message::INITIALIZE).as_bytes()).await?;
        let mut line = Vec::new();
        pipe.read(&mut line).await?;
        let first = began.elapsed();
        if memchr::memmem::find(&line, b"\"result\"").is_none() {
            return Err(format!("no greeting: {}", String::from_utf8_lossy(&line)));
        }
        pipe.write(format!("{}\n", message::INITIALIZED).as_bytes()).await?;
        Ok((pipe, first))
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.input.write_all(bytes).await.map_err(|error| error.to_string())
    }

    async fn read(&mut self, line: &mut Vec<u8>) -> Result<(), String> {
        let read = tokio::time::timeout(PATIENCE, self.output.read_until(b'\n', line)).await;
        match read.map_err(|_| "an answer did not come".to_owned())? {
            Ok(0) => Err("the server has ended".to_owned()),
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Sends calls for a while with this many in flight. As many new calls go out together as answers have come in.
    pub(crate) async fn run(
        &mut self,
        duration: Duration,
        in_flight: usize,
        bytes: usize,
    ) -> Result<Counted, String> {
        let text = message::text(bytes);
        let expected = message::expected(&text);
        let finder = memchr::memmem::Finder::new(&expected);
        let mut counted = Counted::default();
        let (mut line, mut batch) = (Vec::new(), Vec::new());
        let until = Instant::now() + duration;
        let (mut began, mut due, mut waiting) = (Instant::now(), in_flight, 0);
        loop {
            let going = Instant::now() < until;
            if going && due > 0 {
                batch.clear();
                for _ in 0..due {
                    batch.extend_from_slice(message::call(Era::Session, self.next, &text).as_bytes());
                    batch.push(b'\n');
                    self.next += 1;
                }
                waiting += due;
                due = 0;
                began = Instant::now();
                self.write(&batch).await?;
            }
            if waiting == 0 {
                return Ok(counted);
            }
            loop {
                line.clear();
                self.read(&mut line).await?;
                if finder.find(&line).is_none() {
                    return Err(format!("a wrong reply: {}", String::from_utf8_lossy(&line)));
                }
                counted.calls += 1;
                waiting -= 1;
                due += 1;
                if waiting == 0 || memchr::memchr(b'\n', self.output.buffer()).is_none() {
                    break;
                }
            }
            if in_flight == 1 {
                counted.times.push(u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX));
            }
        }
    }
}
