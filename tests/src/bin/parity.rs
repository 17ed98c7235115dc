//! `parity [--surface a,b]`: the sources and the built packages of each surface against the contract. The exit status
//! is 1 when something is missing or beyond.
#![allow(clippy::print_stdout, reason = "a program for people and for the build")]
use std::process::ExitCode;

use dovetail_tests::surface::Surface;
use dovetail_tests::{contract, parity};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let surfaces = match &arguments[..] {
        [] => Ok(Surface::ALL.to_vec()),
        [flag, names] if flag == "--surface" => Surface::list(names),
        _ => Err("usage: parity [--surface a,b]".to_owned()),
    };
    match surfaces.and_then(|surfaces| run(&surfaces)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("parity: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(surfaces: &[Surface]) -> Result<bool, String> {
    let contract = contract::read()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let (mut passed, mut failed) = (0, 0);
    let mut report = |what: &str, faults: Vec<String>| {
        println!("{} parity {what}", if faults.is_empty() { "ok  " } else { "FAIL" });
        if faults.is_empty() {
            passed += 1
        } else {
            failed += 1
        }
        for fault in faults {
            println!("     {fault}");
        }
    };
    report("sources", parity::source_faults(&contract));
    for surface in surfaces {
        report(surface.name(), runtime.block_on(parity::built_faults(*surface, &contract)));
    }
    println!("{passed} passed, {failed} failed");
    Ok(failed == 0)
}
