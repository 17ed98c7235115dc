//! The whole path of one tool call over HTTP, on every surface and on a peer, in one run.
//!
//! Starts the servers that `servers.json` names, sends the same echo call over the same number of connections to
//! each in turn, checks every reply, and prints the CPU time of the server per call. Servers run on core 0, this
//! program on core 1; repetitions are interleaved and the median counts.
#![allow(clippy::print_stdout, reason = "printing is what this program does")]

mod load;
mod process;
mod report;

use std::process::ExitCode;
use std::time::Duration;

use serde::Deserialize;

use load::Load;
use process::Server;
use report::{Row, Sample};

/// One server of the comparison.
#[derive(Deserialize)]
struct Entry {
    name: String,
    command: Vec<String>,
    /// The one that the others are compared with.
    #[serde(default)]
    peer: bool,
}

/// How the run goes; `--short` shrinks it.
struct Plan {
    repetitions: usize,
    warm_up: Duration,
    measured: Duration,
    connections: usize,
    text_bytes: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<bool, String> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let short = args.iter().position(|arg| arg == "--short").map(|at| args.remove(at)).is_some();
    let [list] = args.as_slice() else {
        return Err("usage: whole-path [--short] SERVERS.json".to_owned());
    };
    let text = std::fs::read_to_string(list).map_err(|error| format!("{list}: {error}"))?;
    let entries: Vec<Entry> = serde_json::from_str(&text).map_err(|error| format!("{list}: {error}"))?;
    let plan = Plan {
        repetitions: if short { 3 } else { 5 },
        warm_up: Duration::from_secs(if short { 1 } else { 4 }),
        measured: Duration::from_secs(if short { 1 } else { 2 }),
        connections: 16,
        text_bytes: 32,
    };
    process::pin_to_core(std::process::id(), 1);
    let mut servers = Vec::new();
    for entry in &entries {
        let server =
            Server::start(&entry.command).await.map_err(|error| format!("{}: {error}", entry.name))?;
        let load = Load::new(&server.url, plan.connections, plan.text_bytes)?;
        load.run(plan.warm_up).await.map_err(|error| format!("{}: {error}", entry.name))?;
        eprintln!("{} is warm", entry.name);
        servers.push((server, load));
    }
    let mut rows: Vec<Row> = entries
        .iter()
        .map(|entry| Row { name: entry.name.clone(), peer: entry.peer, samples: Vec::new() })
        .collect();
    for repetition in 1..=plan.repetitions {
        for ((server, load), row) in servers.iter().zip(&mut rows) {
            let before = server.cpu()?;
            let calls = load.run(plan.measured).await.map_err(|error| format!("{}: {error}", row.name))?;
            let cpu = server.cpu()? - before;
            row.samples.push(Sample {
                cpu_us: cpu.as_secs_f64() * 1e6 / calls as f64,
                per_second: calls as f64 / plan.measured.as_secs_f64(),
            });
        }
        eprintln!("repetition {repetition} of {} done", plan.repetitions);
    }
    println!("{}", report::table(&rows, plan.connections, plan.text_bytes));
    Ok(report::verdict(&rows))
}
