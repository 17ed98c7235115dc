//! Programs of others, run within bounds: each in a process group of its own, ended by its id.
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinHandle;

use crate::paths;

/// Bytes of standard error that are kept for a report.
const TAIL: usize = 4096;

/// How long the last words of a program that has ended may take.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How long a server may take until it listens; a cold virtual machine needs seconds.
const START: Duration = Duration::from_secs(30);

/// What a finished program left.
#[derive(Debug)]
pub struct Finished {
    /// Its exit status; `None` when a signal ended it.
    pub status: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// The end of its standard error.
    pub stderr: String,
}

/// Lets this process, and the programs that it starts from now on, open at least `wanted` files each; many systems
/// begin with 256 or 1024.
///
/// # Errors
/// When the system does not allow it.
pub fn allow_open_files(wanted: u64) -> Result<(), String> {
    let mut limit = getrlimit(Resource::Nofile);
    // None: no limit.
    if limit.current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    limit.current = Some(wanted);
    setrlimit(Resource::Nofile, limit).map_err(|error| format!("{wanted} open files are needed: {error}"))
}

/// A command in a process group of its own, in the root of the checkout.
///
/// # Errors
/// An empty command line.
pub fn command(argv: &[String]) -> Result<Command, String> {
    let (program, arguments) = argv.split_first().ok_or("an empty command line")?;
    let program = if Path::new(program).is_relative() && program.contains('/') {
        paths::root().join(program).into_os_string()
    } else {
        program.into()
    };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(paths::root()).process_group(0).kill_on_drop(true);
    Ok(command)
}

/// Ends a process group; one that is gone already is fine.
pub fn end_group(leader: u32) {
    let signal = format!("kill -KILL -- -{leader} 2>/dev/null");
    // The shell has `kill` wherever there is one; its status says only whether the group was still there.
    let _ = std::process::Command::new("sh").args(["-c", &signal]).status();
}

/// Ends a process group when dropped.
#[derive(Debug)]
struct Group(u32);

impl Drop for Group {
    fn drop(&mut self) {
        end_group(self.0);
    }
}

/// Runs a program to its end.
///
/// # Errors
/// When it cannot be started, or has not ended within `limit`; then it is ended with everything it started.
pub async fn run(argv: &[String], limit: Duration) -> Result<Finished, String> {
    let mut child = command(argv)?
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", argv.join(" ")))?;
    let _group = Group(child.id().ok_or("the program has no id")?);
    let mut stderr = tail(&mut child);
    let mut stdout = child.stdout.take().ok_or("the program has no output")?;
    let mut bytes = Vec::new();
    let rest = async {
        // What could not be read is missing from the output, and that is what the caller checks.
        let _ = stdout.read_to_end(&mut bytes).await;
        child.wait().await
    };
    let status = tokio::time::timeout(limit, rest).await;
    let stderr = stderr.finish().await;
    match status {
        Ok(Ok(status)) => Ok(Finished {
            status: status.code(),
            stdout: String::from_utf8_lossy(&bytes).into_owned(),
            stderr,
        }),
        Ok(Err(error)) => Err(format!("{}: {error}", argv.join(" "))),
        Err(_) => Err(format!("not finished after {} s; stderr: {stderr}", limit.as_secs())),
    }
}

/// The end of a program's standard error, read for as long as this lives.
#[derive(Debug)]
pub(crate) struct Tail {
    text: Arc<Mutex<String>>,
    reader: JoinHandle<()>,
}

impl Tail {
    /// What was said; waits a moment for what is still on its way.
    pub(crate) async fn finish(&mut self) -> String {
        // Somebody else may hold the pipe open for longer.
        let _ = tokio::time::timeout(LAST_WORDS, &mut self.reader).await;
        self.text.lock().unwrap_or_else(PoisonError::into_inner).trim().to_owned()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Reads a program's standard error from now on.
pub(crate) fn tail(child: &mut Child) -> Tail {
    match child.stderr.take() {
        Some(stderr) => tail_of(BufReader::new(stderr).lines()),
        None => Tail { text: Arc::default(), reader: tokio::spawn(std::future::ready(())) },
    }
}

fn tail_of(mut lines: Lines<BufReader<ChildStderr>>) -> Tail {
    let text = Arc::new(Mutex::new(String::new()));
    let kept = text.clone();
    let reader = tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push_str(&line);
            kept.push('\n');
            let over = kept.len().saturating_sub(TAIL);
            let at = (over..=kept.len()).find(|at| kept.is_char_boundary(*at)).unwrap_or(0);
            kept.drain(..at);
        }
    });
    Tail { text, reader }
}

/// A server program that listens on HTTP; it ends when this is dropped.
#[derive(Debug)]
pub struct HttpServer {
    /// The URL it said it listens on.
    pub url: String,
    _child: Child,
    group: Group,
    stderr: Tail,
}

impl HttpServer {
    /// Starts a server program and waits for its URL.
    ///
    /// # Errors
    /// When it cannot be started or says no URL within 30 s.
    pub async fn start(server: &[String]) -> Result<Self, String> {
        Self::start_with(server, &[]).await
    }

    /// As [`HttpServer::start`], with further arguments behind the address.
    ///
    /// # Errors
    /// As [`HttpServer::start`].
    pub async fn start_with(server: &[String], more: &[String]) -> Result<Self, String> {
        let mut argv = server.to_vec();
        argv.extend(["--http".to_owned(), "127.0.0.1:0".to_owned()]);
        argv.extend_from_slice(more);
        let mut child = command(&argv)?
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", argv.join(" ")))?;
        let group = Group(child.id().ok_or("the server has no id")?);
        let stderr = child.stderr.take().ok_or("the server has no standard error")?;
        let mut lines = BufReader::new(stderr).lines();
        let mut said = Vec::new();
        let url = async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(url) = line.strip_prefix("listening on ") {
                    return Some(url.trim().to_owned());
                }
                said.push(line);
            }
            None
        };
        let url = tokio::time::timeout(START, url).await.ok().flatten();
        let url = url.ok_or_else(|| format!("the server does not listen; it said: {}", said.join(" | ")))?;
        // A full pipe would hold the server back.
        Ok(Self { url, _child: child, group, stderr: tail_of(lines) })
    }

    /// What it said since it listens; it is ended for that.
    pub(crate) async fn last_words(&mut self) -> String {
        end_group(self.group.0);
        self.stderr.finish().await
    }
}
