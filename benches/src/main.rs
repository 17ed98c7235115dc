//! Measures servers and clients of our surfaces and of other SDKs side by side, and prints a report in Markdown.
//!
//! `bench [--short] [--part NAME,…] [--only NAME,…] SUBJECTS.json`. What is measured runs on core 0, the load on core 1;
//! repetitions are interleaved, every reply is checked, and medians count. Exit status 1 when something could not be
//! measured; a goal that is not met is said, and is no error.
#![allow(clippy::print_stdout, reason = "printing is what this program does")]

mod client;
mod goals;
mod growth;
mod http;
mod message;
mod parts;
mod process;
mod report;
mod samples;
mod stdio;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::report::Column;
use crate::samples::Samples;

/// One program of the comparison.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    name: String,
    /// Whether the others are compared with it.
    #[serde(default)]
    reference: bool,
    /// A server of stateless calls, with `listening on URL` on standard error.
    #[serde(default)]
    http: Vec<String>,
    /// A server of sessions; the same one when it is missing.
    #[serde(default)]
    session: Vec<String>,
    #[serde(default)]
    stdio: Vec<String>,
    /// A client that obeys `run CALLS IN_FLIGHT`; the URL is added.
    #[serde(default)]
    client: Vec<String>,
    /// A program that imports the package and ends, and the same without the import.
    #[serde(default)]
    import: Vec<Vec<String>>,
    /// A server that takes the number of its tools as well, for the growth of costs.
    #[serde(default)]
    many: Vec<String>,
}

/// How a run goes.
pub(crate) struct Plan {
    repetitions: usize,
    warm_up: Duration,
    measured: Duration,
    short: bool,
    /// The server that clients are measured against.
    counterpart: Vec<String>,
}

impl Plan {
    /// How many calls are in flight at a time, on one pipe and by one client.
    fn in_flight(&self) -> &'static [usize] {
        if self.short { &[64] } else { &[64, 1] }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subjects {
    counterpart: Vec<String>,
    subjects: Vec<Subject>,
}

const PARTS: [&str; 7] = ["http-modern", "http-session", "stdio", "client", "start", "memory", "growth"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<bool, String> {
    let mut arguments = std::env::args().skip(1);
    let (mut short, mut parts, mut only, mut list) = (false, Vec::new(), Vec::new(), None);
    let names = |text: Option<String>| -> Result<Vec<String>, String> {
        Ok(text.ok_or("names are missing")?.split(',').map(str::to_owned).collect())
    };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--short" => short = true,
            "--part" => parts = names(arguments.next())?,
            "--only" => only = names(arguments.next())?,
            path if list.is_none() && !path.starts_with("--") => list = Some(path.to_owned()),
            other => return Err(format!("unknown argument {other:?}")),
        }
    }
    let list = list.ok_or("usage: bench [--short] [--part NAME,…] [--only NAME,…] SUBJECTS.json")?;
    if let Some(unknown) = parts.iter().find(|part| !PARTS.contains(&part.as_str())) {
        return Err(format!("no part {unknown:?}; there are {}", PARTS.join(", ")));
    }
    let text = std::fs::read_to_string(&list).map_err(|error| format!("{list}: {error}"))?;
    let Subjects { counterpart, mut subjects } =
        serde_json::from_str(&text).map_err(|error| format!("{list}: {error}"))?;
    subjects.retain(|subject| only.is_empty() || only.contains(&subject.name));
    let plan = Plan {
        repetitions: if short { 3 } else { 5 },
        warm_up: Duration::from_millis(if short { 700 } else { 3000 }),
        measured: Duration::from_millis(if short { 300 } else { 1000 }),
        short,
        counterpart,
    };
    process::pin(std::process::id(), process::LOAD);
    let (began, machine, own) = (Instant::now(), process::machine_cpu(), process::own_cpu()?);
    let mut samples = Samples::default();
    let mut failures = Vec::new();
    for part in PARTS {
        if !parts.is_empty() && !parts.iter().any(|name| name == part) {
            continue;
        }
        eprintln!("{part}");
        parts::measure(part, &plan, &subjects, &mut samples, &mut failures).await;
    }
    let took = began.elapsed();
    let busy = (process::machine_cpu() - machine).as_secs_f64() / took.as_secs_f64() / 2.0;
    let columns: Vec<Column> = subjects
        .iter()
        .map(|subject| Column { name: subject.name.clone(), reference: subject.reference })
        .collect();
    println!(
        "{} repetitions of {} ms after {} ms of warming; {:.0} s in all. Both cores were busy {:.0} % of that time; the load \
         itself took {:.0} s of CPU time. {}",
        plan.repetitions,
        plan.measured.as_millis(),
        plan.warm_up.as_millis(),
        took.as_secs_f64(),
        busy * 100.0,
        (process::own_cpu()? - own).as_secs_f64(),
        parts::quietness(&samples),
    );
    println!("{}", report::tables(&samples, &columns));
    let (table, missed) = report::goals(&samples);
    println!("{table}");
    for failure in &failures {
        println!("- not measured: {failure}");
    }
    eprintln!("{missed} goals not met, {} things not measured", failures.len());
    Ok(failures.is_empty())
}
