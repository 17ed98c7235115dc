//! Counts the instructions of one call on each hot path, and compares them with `expected.json`.
//!
//! Without arguments it runs itself under callgrind, each path twice with different numbers of calls; the difference is
//! what the calls cost. A path that costs a tenth more than expected fails; one that costs a quarter less asks for new
//! expectations, which `--update` writes. The libraries are those of the dev profile: the counts say how a path has
//! changed, not how fast it is, and cost no build of their own.
#![allow(clippy::print_stdout, reason = "printing is what this program does")]

mod paths;

use std::collections::BTreeMap;
use std::process::{Command, ExitCode, Stdio};

use serde::{Deserialize, Serialize};

/// Calls of the shorter and of the longer run.
const CALLS: [u64; 2] = [50, 250];

/// Percent above the expectation that fail, and percent below it that ask for a new one.
const ABOVE: u64 = 10;
const BELOW: u64 = 25;

const EXPECTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/expected.json");

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["run", path, calls] => calls
            .parse()
            .map_err(|_| "a number of calls".to_owned())
            .and_then(|calls| paths::run(path, calls).map(|()| true)),
        [] => check(false),
        ["--update"] => check(true),
        _ => Err("usage: counts [--update]".to_owned()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What is expected, and the compiler that it was counted with: another one counts otherwise.
#[derive(Serialize, Deserialize)]
struct Expected {
    rustc: String,
    instructions: BTreeMap<String, u64>,
}

fn rustc() -> Result<String, String> {
    let output =
        Command::new("rustc").arg("--version").output().map_err(|error| format!("rustc: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).split_whitespace().nth(1).unwrap_or_default().to_owned())
}

/// Says why nothing is counted; with CI set a gap is a failure.
fn skipped(why: &str) -> Result<bool, String> {
    if std::env::var_os("CI").is_some() {
        return Err(format!("{why} (nothing may be skipped when CI is set)"));
    }
    println!("{why}");
    println!("counts: 0 passed, 0 failed, {} skipped", paths::ALL.len());
    Ok(true)
}

fn check(update: bool) -> Result<bool, String> {
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        return skipped("no valgrind");
    }
    let rustc = rustc()?;
    let text = std::fs::read_to_string(EXPECTED).map_err(|error| format!("{EXPECTED}: {error}"))?;
    let mut expected: Expected =
        serde_json::from_str(&text).map_err(|error| format!("{EXPECTED}: {error}"))?;
    if !update && expected.rustc != rustc {
        return skipped(&format!(
            "the expectations are of rustc {}, this is {rustc}: run counts --update",
            expected.rustc
        ));
    }
    let mut found: BTreeMap<&str, u64> = BTreeMap::new();
    for path in paths::ALL {
        let [few, many] = [count(path, CALLS[0])?, count(path, CALLS[1])?];
        found.insert(path, many.saturating_sub(few) / (CALLS[1] - CALLS[0]));
    }
    if update {
        let instructions = found.iter().map(|(path, count)| ((*path).to_owned(), *count)).collect();
        expected = Expected { rustc, instructions };
        let text = serde_json::to_string_pretty(&expected).map_err(|error| error.to_string())?;
        std::fs::write(EXPECTED, text + "\n").map_err(|error| format!("{EXPECTED}: {error}"))?;
    }
    let expected = expected.instructions;
    let mut failed = 0;
    println!("instructions per call (dev profile), expected, change");
    for (path, count) in &found {
        let Some(&before) = expected.get(*path) else {
            return Err(format!("{EXPECTED} lacks {path:?}; run counts --update"));
        };
        let change = (*count as f64 / before as f64 - 1.0) * 100.0;
        println!("{path:12} {count:>9} {before:>9} {change:>+6.1} %");
        if *count > before + before * ABOVE / 100 {
            failed += 1;
            println!("  {path} costs more than {ABOVE} % above what is expected");
        } else if *count < before - before * BELOW / 100 {
            failed += 1;
            println!("  {path} has become cheaper: keep that with counts --update");
        }
    }
    println!("counts: {} passed, {failed} failed", found.len() - failed);
    Ok(failed == 0)
}

/// The instructions of a run of this program, as callgrind counts them.
fn count(path: &str, calls: u64) -> Result<u64, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let ran = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(own)
        .args(["run", path, &calls.to_string()])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&ran.stderr);
    let collected =
        said.lines().find_map(|line| line.split_once("Collected :")).map(|(_, count)| count.trim());
    match collected.map(str::parse) {
        Some(Ok(count)) if ran.status.success() => Ok(count),
        _ => Err(format!("the run of {path} failed:\n{said}")),
    }
}
