//! Programs under measurement: started on a core of their own, their CPU time and memory read from the system.
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// How long a server may take to listen.
const START: Duration = Duration::from_secs(60);

/// The core of what is measured.
pub(crate) const MEASURED: u32 = 0;

/// The core of everything else.
pub(crate) const LOAD: u32 = 1;

/// Milliseconds of one tick of the system's account of the whole machine.
const TICK_MS: u64 = 10;

/// A running program; it ends when this is dropped.
pub(crate) struct Program {
    child: Child,
}

fn command(words: &[String], core: u32) -> Result<Command, String> {
    let (program, arguments) = words.split_first().ok_or("the command is empty")?;
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string(), program]).args(arguments).kill_on_drop(true);
    Ok(command)
}

fn failed(words: &[String]) -> impl Fn(std::io::Error) -> String {
    move |error| format!("{}: {error}", words.join(" "))
}

impl Program {
    /// Starts an HTTP server and waits for its line `listening on URL` on standard error.
    pub(crate) async fn listening(words: &[String], core: u32) -> Result<(Self, String), String> {
        let mut child = command(words, core)?
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed(words))?;
        let stderr = child.stderr.take().ok_or("no standard error")?;
        let mut lines = BufReader::new(stderr).lines();
        let listening = async {
            let mut said = String::new();
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some((_, url)) = line.split_once("listening on ") {
                    return Ok(url.trim().to_owned());
                }
                said = line;
            }
            Err(format!("{}: it ended before it listened; it said: {said}", words.join(" ")))
        };
        let url = timeout(START, listening).await.map_err(|_| "it does not listen".to_owned())??;
        // A full pipe would hold it back.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok((Self { child }, url))
    }

    /// Starts a program that is spoken to over its standard streams.
    pub(crate) fn piped(words: &[String], core: u32) -> Result<(Self, ChildStdin, ChildStdout), String> {
        let mut child = command(words, core)?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed(words))?;
        let stdin = child.stdin.take().ok_or("no standard input")?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        Ok((Self { child }, stdin, stdout))
    }

    fn read(&self, file: &str) -> Result<String, String> {
        let pid = self.child.id().ok_or("it has ended")?;
        let path = format!("/proc/{pid}/{file}");
        std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))
    }

    /// CPU time of the process, all threads, user and system.
    pub(crate) fn cpu(&self) -> Result<Duration, String> {
        cpu_of(self.child.id().ok_or("it has ended")?)
    }

    /// Resident memory in KiB.
    pub(crate) fn memory(&self) -> Result<u64, String> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.trim().trim_end_matches("kB").trim().parse().map_err(|_| "no resident memory".to_owned())
    }

    /// Ends it and waits for that.
    pub(crate) async fn end(mut self) {
        // It may have ended by itself.
        let _ = self.child.kill().await;
    }
}

/// Exact to the nanosecond: a process's account in `/proc` counts in ticks, which are too coarse for short measurements.
#[cfg(target_os = "linux")]
fn cpu_of(process: u32) -> Result<Duration, String> {
    let id = nix::unistd::Pid::from_raw(process.try_into().map_err(|_| "no process has this number")?);
    let time = nix::time::clock_getcpuclockid(id).and_then(nix::time::clock_gettime);
    time.map(Duration::from).map_err(|error| format!("the CPU clock of process {process}: {error}"))
}

#[cfg(not(target_os = "linux"))]
fn cpu_of(_process: u32) -> Result<Duration, String> {
    Err("CPU time is measured on Linux only".to_owned())
}

/// The CPU time of this process, which makes the load.
pub(crate) fn own_cpu() -> Result<Duration, String> {
    cpu_of(std::process::id())
}

/// The CPU time that anybody on this machine has used.
pub(crate) fn machine_cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields = text.lines().next().unwrap_or_default().split_whitespace().skip(1);
    let ticks: Vec<u64> = fields.filter_map(|field| field.parse().ok()).collect();
    let idle: u64 = ticks.iter().skip(3).take(2).sum();
    let used: u64 = ticks.iter().take(8).sum::<u64>() - idle;
    Duration::from_millis(used * TICK_MS)
}

/// Keeps a process on one core, where the system can.
pub(crate) fn pin(pid: u32, core: u32) {
    let pinned = std::process::Command::new("taskset")
        .args(["-cp", &core.to_string(), &pid.to_string()])
        .stdout(Stdio::null())
        .status();
    if !pinned.is_ok_and(|status| status.success()) {
        eprintln!("warning: the load is not pinned to a core; figures will spread");
    }
}

/// The lines that a program prints.
pub(crate) fn lines(output: ChildStdout) -> Lines<BufReader<ChildStdout>> {
    BufReader::with_capacity(256 * 1024, output).lines()
}
