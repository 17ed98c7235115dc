//! Server processes: starting them, their three streams, and their end.
//!
//! Owns the child, its process group and its environment. Must never use a shell, inherit the whole environment,
//! leave standard error unread, or wait for ever. Specification: stdio transport.

use std::ffi::OsString;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use dovetail_protocol::{Error, ErrorKind, Limits};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::client::{Command, Log, LogLevel};
use crate::guard::sys::{Signal, signal_group};

/// Bytes of standard error that are kept for the error message, and the longest line passed on at once.
const TAIL: usize = 2048;
/// How long the output of a process that has ended may still trickle in, for example from its own children.
const TRICKLE: Duration = Duration::from_millis(500);
/// Bytes kept of each end of a line that is too long, to find out whose answer it was.
const EDGE: usize = 128;

#[cfg(unix)]
const INHERITED: &[&str] = &["PATH", "HOME", "LANG", "TERM", "USER", "SHELL", "TMPDIR", "LOGNAME"];
#[cfg(windows)]
const INHERITED: &[&str] = &[
    "APPDATA",
    "COMSPEC",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "PATH",
    "PATHEXT",
    "PROCESSOR_ARCHITECTURE",
    "PROGRAMFILES",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "USERNAME",
    "USERPROFILE",
    "WINDIR",
];

/// One line of standard output.
#[derive(Debug)]
pub(crate) enum Line {
    /// Without its line break.
    Frame(Bytes),
    /// Over the limit and skipped; the id of the request it answers, where that could be told.
    TooLong { id: Option<i64> },
}

/// A running server process.
pub(crate) struct Process {
    /// Frames for its standard input; dropping it closes that.
    pub(crate) input: mpsc::Sender<Bytes>,
    pub(crate) lines: Lines,
    pub(crate) handle: Handle,
}

/// How a process ended.
#[derive(Clone, Debug)]
struct Exit {
    status: String,
}

/// Knows and decides about the end of a process. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Handle {
    program: Arc<str>,
    stop: CancellationToken,
    fate: watch::Receiver<Option<Exit>>,
    tail: Arc<Mutex<Vec<u8>>>,
}

impl Handle {
    /// Asks the process to end: input closed, then signals. Returns at once.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Resolves when the process is gone.
    pub(crate) async fn ended(&self) {
        // An error means that the task watching the process is gone, and it takes the process with it.
        let _ = self.fate.clone().wait_for(Option::is_some).await;
    }

    /// Why there is no more output. Ends a process that runs on without it.
    pub(crate) async fn epitaph(&self) -> Error {
        if tokio::time::timeout(TRICKLE * 2, self.ended()).await.is_err() {
            self.stop();
            return self.error("has closed its standard output");
        }
        let exit = self.fate.borrow().clone();
        let status = exit.map_or_else(|| "status unknown".to_owned(), |exit| exit.status);
        self.error(&format!("has ended ({status})")).with_context("status", status)
    }

    fn error(&self, what: &str) -> Error {
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        let tail = String::from_utf8_lossy(&tail);
        let tail = tail.trim();
        let told = if tail.is_empty() {
            "it wrote nothing to its standard error".to_owned()
        } else {
            format!("its standard error ends with: {tail}")
        };
        Error::new(ErrorKind::ChildExited, format!("the server process {} {what}; {told}", self.program))
            .with_context("stderr", tail)
    }
}

/// Starts a server process in a process group of its own. Needs a runtime.
pub(crate) fn spawn(command: &Command, limits: &Limits, log: &Log) -> Result<Process, Error> {
    let program: Arc<str> = command.program.to_string_lossy().into();
    let mut os = tokio::process::Command::new(&command.program);
    os.args(&command.args)
        .env_clear()
        .envs(inherited())
        .envs(command.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if let Some(dir) = &command.cwd {
        os.current_dir(dir);
    }
    #[cfg(unix)]
    os.process_group(0);
    let mut child = os.spawn().map_err(|error| {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied => ErrorKind::InvalidConfig,
            _ => ErrorKind::Transport,
        };
        Error::new(kind, format!("cannot start {program}: {error}"))
    })?;
    let group = Group(child.id());
    let piped = "the stream was asked for";
    let (stdin, stdout, stderr) = (
        child.stdin.take().expect(piped),
        child.stdout.take().expect(piped),
        child.stderr.take().expect(piped),
    );
    let (input, frames) = mpsc::channel(limits.queue.max(1));
    let (tell, fate) = watch::channel(None);
    let gone = CancellationToken::new();
    let handle =
        Handle { program, stop: CancellationToken::new(), fate, tail: Arc::new(Mutex::new(Vec::new())) };
    let keeper = Keeper {
        child,
        group,
        writer: tokio::spawn(write(stdin, frames)),
        listener: tokio::spawn(listen(stderr, handle.tail.clone(), log.clone())),
        drain: limits.drain,
        stop: handle.stop.clone(),
        gone: gone.clone(),
    };
    tokio::spawn(keeper.keep(tell));
    let lines = Lines::new(stdout, limits.line, gone);
    Ok(Process { input, lines, handle })
}

fn inherited() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os().filter(|(name, value)| {
        let Some(name) = name.to_str() else { return false };
        let known = if cfg!(windows) {
            INHERITED.iter().any(|known| known.eq_ignore_ascii_case(name))
        } else {
            INHERITED.contains(&name) || name.starts_with("LC_")
        };
        // A value of this shape is a function definition to some shells.
        known && !value.to_str().is_some_and(|value| value.starts_with("()"))
    })
}

/// The process group of a child that has not been waited for. Dropping it kills the group.
struct Group(Option<u32>);

impl Group {
    fn signal(&self, signal: Signal) {
        if let Some(leader) = self.0 {
            signal_group(leader, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::Kill);
    }
}

/// The task that waits for a process, and ends it when told to.
struct Keeper {
    child: Child,
    group: Group,
    writer: JoinHandle<()>,
    listener: JoinHandle<()>,
    drain: Duration,
    stop: CancellationToken,
    gone: CancellationToken,
}

impl Keeper {
    async fn keep(mut self, tell: watch::Sender<Option<Exit>>) {
        let first = tokio::select! {
            status = self.child.wait() => Some(status),
            () = self.stop.cancelled() => None,
        };
        let status = match first {
            Some(status) => status,
            None => self.end().await,
        };
        // What the process left behind goes with it. Its group id is safe to use: it was reaped this instant, and
        // ids are given out in turn.
        drop(self.group);
        self.gone.cancel();
        self.writer.abort();
        if tokio::time::timeout(TRICKLE, &mut self.listener).await.is_err() {
            self.listener.abort();
        }
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        tell.send_replace(Some(Exit { status }));
    }

    /// Input closed, then a request to end, then no more requests.
    async fn end(&mut self) -> std::io::Result<std::process::ExitStatus> {
        let patience = self.drain / 2;
        let writer = &mut self.writer;
        let child = &mut self.child;
        let graceful = async {
            // The writer ends when all senders are gone, unless the process does not read.
            if tokio::time::timeout(patience / 2, &mut *writer).await.is_err() {
                writer.abort();
            }
            child.wait().await
        };
        if let Ok(status) = tokio::time::timeout(patience, graceful).await {
            return status;
        }
        self.group.signal(Signal::Terminate);
        if let Ok(status) = tokio::time::timeout(patience, self.child.wait()).await {
            return status;
        }
        self.group.signal(Signal::Kill);
        // On systems without process groups this is what ends it.
        let _ = self.child.start_kill();
        self.child.wait().await
    }
}

/// Writes frames as lines; whatever has queued up goes out in one system call.
async fn write(mut stdin: ChildStdin, mut frames: mpsc::Receiver<Bytes>) {
    const KEEP: usize = 64 << 10;
    let mut batch = Vec::with_capacity(32);
    let mut buffer = Vec::new();
    while frames.recv_many(&mut batch, 32).await > 0 {
        for frame in batch.drain(..) {
            buffer.extend_from_slice(&frame);
            buffer.push(b'\n');
        }
        if stdin.write_all(&buffer).await.is_err() || stdin.flush().await.is_err() {
            return;
        }
        buffer.clear();
        buffer.shrink_to(KEEP);
    }
}

/// Reads standard error to its end: a full pipe would stop the server.
async fn listen(mut stderr: ChildStderr, tail: Arc<Mutex<Vec<u8>>>, log: Log) {
    let mut chunk = [0; 4096];
    let mut line = Vec::new();
    while let Ok(read @ 1..) = stderr.read(&mut chunk).await {
        let bytes = &chunk[..read];
        {
            let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
            tail.extend_from_slice(bytes);
            let excess = tail.len().saturating_sub(TAIL);
            tail.drain(..excess);
        }
        for byte in bytes {
            if *byte != b'\n' {
                line.push(*byte);
            }
            if *byte == b'\n' || line.len() == TAIL {
                report(&log, &mut line);
            }
        }
    }
    report(&log, &mut line);
}

fn report(log: &Log, line: &mut Vec<u8>) {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end();
    if !text.is_empty() {
        log.line(LogLevel::Info, text);
    }
    line.clear();
}

/// Standard output as lines, each bounded.
pub(crate) struct Lines<R = ChildStdout> {
    stream: R,
    limit: usize,
    buffer: BytesMut,
    /// Bytes of `buffer` that hold no line break.
    scanned: usize,
    /// The start of the line that is being skipped.
    skipping: Option<Vec<u8>>,
    gone: CancellationToken,
    /// Set once the process is gone: no reading beyond it.
    until: Option<Instant>,
    ended: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(stream: R, limit: usize, gone: CancellationToken) -> Self {
        Self {
            stream,
            limit,
            buffer: BytesMut::new(),
            scanned: 0,
            skipping: None,
            gone,
            until: None,
            ended: false,
        }
    }

    /// The next line that is not empty; `None` at the end. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Option<Line> {
        loop {
            if let Some(line) = self.take() {
                return Some(line);
            }
            if self.ended {
                return None;
            }
            self.buffer.reserve(16 << 10);
            tokio::select! {
                read = self.stream.read_buf(&mut self.buffer) => self.ended = !matches!(read, Ok(1..)),
                () = async {
                    match self.until {
                        Some(until) => tokio::time::sleep_until(until).await,
                        None => self.gone.cancelled().await,
                    }
                } => match self.until {
                    Some(_) => self.ended = true,
                    None => self.until = Some(Instant::now() + TRICKLE),
                },
            }
        }
    }

    fn take(&mut self) -> Option<Line> {
        loop {
            let end =
                self.buffer[self.scanned..].iter().position(|b| *b == b'\n').map(|at| at + self.scanned);
            let Some(end) = end else {
                self.scanned = self.buffer.len();
                if self.buffer.len() > self.limit && self.skipping.is_none() {
                    self.skipping = Some(self.buffer[..self.buffer.len().min(EDGE)].to_vec());
                }
                if self.skipping.is_some() {
                    let excess = self.buffer.len().saturating_sub(EDGE);
                    self.buffer.advance(excess);
                    self.scanned = self.buffer.len();
                }
                return None;
            };
            let mut line = self.buffer.split_to(end);
            self.buffer.advance(1);
            self.scanned = 0;
            line.truncate(line.trim_ascii_end().len());
            if let Some(head) = self.skipping.take() {
                return Some(Line::TooLong { id: answered(&head, &line) });
            }
            if line.len() > self.limit {
                return Some(Line::TooLong { id: answered(&line, &line) });
            }
            if !line.is_empty() {
                return Some(Line::Frame(line.freeze()));
            }
        }
    }
}

/// The id of the request that a line answers, from its two ends: a member that follows the opening brace, or precedes
/// the closing one, belongs to the message itself.
fn answered(head: &[u8], tail: &[u8]) -> Option<i64> {
    const VERSION: &str = r#""jsonrpc":"2.0""#;
    const ID: &str = r#""id":"#;
    let head = String::from_utf8_lossy(&head[..head.len().min(EDGE)]);
    let first = head.trim_start().strip_prefix('{')?;
    let first = first.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix(',')).unwrap_or(first);
    if let Some(rest) = first.strip_prefix(ID) {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        return rest[..digits].parse().ok();
    }
    let tail = String::from_utf8_lossy(&tail[tail.len().saturating_sub(EDGE)..]);
    let last = tail.strip_suffix('}')?;
    let last = last.strip_suffix(VERSION).and_then(|rest| rest.strip_suffix(',')).unwrap_or(last);
    let at = last.rfind(ID)?;
    last[at + ID.len()..].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &'static [u8], limit: usize) -> Lines<&'static [u8]> {
        Lines::new(bytes, limit, CancellationToken::new())
    }

    async fn all(bytes: &'static [u8], limit: usize) -> Vec<String> {
        let mut lines = lines(bytes, limit);
        let mut out = Vec::new();
        while let Some(line) = lines.next().await {
            out.push(match line {
                Line::Frame(frame) => String::from_utf8_lossy(&frame).into_owned(),
                Line::TooLong { id } => format!("too long {id:?}"),
            });
        }
        out
    }

    #[tokio::test]
    async fn lines_end_with_a_line_feed_and_may_carry_a_return() {
        assert_eq!(all(b"a\r\n\n  \nb c \nunfinished", 16).await, ["a", "b c"]);
    }

    #[tokio::test]
    async fn a_long_line_is_skipped_to_its_end_and_the_next_is_read() {
        let id_first = br#"{"jsonrpc":"2.0","id":12,"result":{"text":"xxxxxxxxxxxxxxxxxxxx"}}
{"ok":1}
"#;
        assert_eq!(all(id_first, 40).await, ["too long Some(12)", r#"{"ok":1}"#]);
        let id_last = br#"{"result":{"text":"xxxxxxxxxxxxxxxxxxxx","id":9},"jsonrpc":"2.0","id":13}
ok
"#;
        assert_eq!(all(id_last, 40).await, ["too long Some(13)", "ok"]);
        let nested = br#"{"result":{"text":"xxxxxxxxxxxxxxxxxxxxxxxxxxxx","id":9}}
ok
"#;
        assert_eq!(all(nested, 40).await, ["too long None", "ok"]);
    }

    #[tokio::test]
    async fn a_line_far_over_the_limit_does_not_stay_in_memory() {
        let (near, mut far) = tokio::io::duplex(1024);
        let writer = tokio::spawn(async move {
            far.write_all(br#"{"jsonrpc":"2.0","id":5,"result":""#).await.expect("read by the test");
            for _ in 0..1000 {
                far.write_all(&[b'x'; 1000]).await.expect("read by the test");
            }
            far.write_all(b"\"}\nok\n").await.expect("read by the test");
        });
        let mut lines = Lines::new(near, 4096, CancellationToken::new());
        assert!(matches!(lines.next().await, Some(Line::TooLong { id: Some(5) })));
        assert!(lines.buffer.capacity() < 128 << 10, "{}", lines.buffer.capacity());
        assert!(matches!(lines.next().await, Some(Line::Frame(frame)) if frame == "ok"));
        writer.await.expect("the writer does not panic");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pipe_that_outlives_its_process_does_not_hold_us() {
        let (near, _far) = tokio::io::duplex(64);
        let gone = CancellationToken::new();
        let mut lines = Lines::new(near, 64, gone.clone());
        gone.cancel();
        assert!(lines.next().await.is_none());
    }
}
