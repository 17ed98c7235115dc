//! `interop [--smoke] [--surfaces a,b] [--peers a,b] [--only TEXT]`: every client against every server, the rules that
//! each has to keep alone, and with `--peers` the programs of other SDKs as counterparts. One line a case; the exit status is 1 when one failed.
#![allow(clippy::print_stdout, reason = "a program for people and for the build")]
use std::process::ExitCode;

use dovetail_tests::interop::{self, Case, Outcome, Peer};
use dovetail_tests::surface::Surface;

/// Faults of one case that are printed; the first ones explain the others.
const SHOWN: usize = 5;

fn main() -> ExitCode {
    let cases = match cases(std::env::args().skip(1)) {
        Ok(cases) => cases,
        Err(error) => {
            eprintln!(
                "interop: {error}\nusage: interop [--smoke] [--surfaces a,b] [--peers a,b] [--only TEXT]"
            );
            return ExitCode::from(2);
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("interop: {error}");
            return ExitCode::from(2);
        }
    };
    let (passed, failed) = runtime.block_on(interop::run_all(cases, print));
    println!("interop: {passed} passed, {failed} failed");
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn cases(mut arguments: impl Iterator<Item = String>) -> Result<Vec<Case>, String> {
    let (mut smoke, mut surfaces, mut only) = (false, Surface::ALL.to_vec(), String::new());
    let mut peers = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--smoke" => smoke = true,
            "--surfaces" => surfaces = Surface::list(&arguments.next().ok_or("--surfaces needs names")?)?,
            "--peers" => {
                for name in arguments.next().ok_or("--peers needs names")?.split(',') {
                    let known = Peer::ALL.into_iter().find(|peer| peer.name() == name);
                    peers.push(known.ok_or_else(|| format!("{name:?} is no SDK that the tests know"))?);
                }
            }
            "--only" => only = arguments.next().ok_or("--only needs a part of a name")?,
            other => return Err(format!("unknown argument {other:?}")),
        }
    }
    let mut cases = interop::cases(&surfaces, smoke);
    cases.extend(interop::peer_cases(&peers, &surfaces));
    cases.retain(|case| case.to_string().contains(&only));
    if cases.is_empty() { Err("no case has such a name".to_owned()) } else { Ok(cases) }
}

fn print(outcome: &Outcome) {
    let verdict = if outcome.faults.is_empty() { "ok  " } else { "FAIL" };
    println!("{verdict} {} {} ms", outcome.case, outcome.took.as_millis());
    for fault in outcome.faults.iter().take(SHOWN) {
        println!("     {fault}");
    }
    if outcome.faults.len() > SHOWN {
        println!("     and {} more", outcome.faults.len() - SHOWN);
    }
}
