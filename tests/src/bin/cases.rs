//! `cases [--surface a,b] [--case TEXT]`: the shared cases against the programs of each surface (all without an option).
//! One line for each case that failed, then the count; the exit status is 1 when one failed.
//!
//! `cases --relay HOST:PORT` is the server process that clients under test start.
#![allow(clippy::print_stdout, reason = "a program for people and for the build")]
use std::num::NonZero;
use std::process::ExitCode;

use dovetail_tests::cases::{self, Case};
use dovetail_tests::surface::Surface;
use futures_util::stream::{self, StreamExt};

/// Cases that run at the same time, at most.
const MOST: usize = 4;

const USAGE: &str = "usage: cases [--surface a,b] [--case TEXT]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, address] = &arguments[..]
        && flag == "--relay"
    {
        return ExitCode::from(u8::try_from(cases::relay(address)).unwrap_or(1));
    }
    let outcome = selected(&arguments).and_then(|(surfaces, cases)| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(runtime.map_err(|error| error.to_string())?.block_on(run(&surfaces, &cases)))
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cases: {error}");
            ExitCode::from(2)
        }
    }
}

fn selected(arguments: &[String]) -> Result<(Vec<Surface>, Vec<Case>), String> {
    let (mut surfaces, mut only) = (Surface::ALL.to_vec(), "");
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let value = rest.next().ok_or(USAGE)?;
        match argument.as_str() {
            "--surface" => surfaces = Surface::list(value)?,
            "--case" => only = value,
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok((surfaces, cases::read(only)?))
}

async fn run(surfaces: &[Surface], all: &[Case]) -> bool {
    let (mut passed, mut failed) = (0, 0);
    // Starting programs takes most of the time, and every case has its own.
    let at_once = std::thread::available_parallelism().map_or(1, NonZero::get).min(MOST);
    let pairs = surfaces.iter().flat_map(|surface| all.iter().map(move |case| (case, *surface)));
    let running =
        pairs.map(|(case, surface)| async move { (case, surface, cases::run(case, surface).await) });
    let mut ended = stream::iter(running).buffered(at_once);
    while let Some((case, surface, outcome)) = ended.next().await {
        match outcome {
            Ok(()) => passed += 1,
            Err(fault) => {
                failed += 1;
                println!("FAIL {surface} {case}: {fault}");
            }
        }
    }
    println!("cases: {passed} passed, {failed} failed");
    failed == 0
}
