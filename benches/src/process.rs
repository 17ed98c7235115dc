//! A server under measurement: started on core 0, its CPU time read from the system.
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a server may take to listen.
const START: Duration = Duration::from_secs(60);

pub(crate) struct Server {
    pub(crate) url: String,
    child: Child,
}

impl Server {
    /// Starts a command and waits for its line `listening on URL` on standard error.
    pub(crate) async fn start(command: &[String]) -> Result<Self, String> {
        let (program, args) = command.split_first().ok_or("the command is empty")?;
        let mut child = Command::new("taskset")
            .args(["-c", "0", program])
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{program}: {error}"))?;
        let stderr = child.stderr.take().ok_or("no standard error")?;
        let mut lines = BufReader::new(stderr).lines();
        let listening = async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(url) = line.trim().strip_prefix("listening on ") {
                    return Ok(url.to_owned());
                }
                eprintln!("{line}");
            }
            Err("it ended before it listened".to_owned())
        };
        let url = timeout(START, listening).await.map_err(|_| "it does not listen".to_owned())??;
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { url, child })
    }

    /// CPU time of the process, all threads, user and system.
    pub(crate) fn cpu(&self) -> Result<Duration, String> {
        let pid = self.child.id().ok_or("the server has ended")?;
        let path = format!("/proc/{pid}/stat");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        // The name in parentheses may hold spaces; user and system time are the 12th and 13th field after it.
        let fields: Vec<&str> =
            text.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
        let (Some(user), Some(system)) = (ticks(11), ticks(12)) else {
            return Err(format!("{path} is not understood"));
        };
        Ok(Duration::from_millis((user + system) * 10))
    }
}

/// Keeps a process on one core, where the system can.
pub(crate) fn pin_to_core(pid: u32, core: u32) {
    let pinned = std::process::Command::new("taskset")
        .args(["-cp", &core.to_string(), &pid.to_string()])
        .stdout(Stdio::null())
        .status();
    if !pinned.is_ok_and(|status| status.success()) {
        eprintln!("warning: the load is not pinned to a core; figures will spread");
    }
}
