//! `scripts [--surface a,b]`: the bridge scripts against the native layer of each surface (all without an option).
//! The exit status is 1 when one failed.
#![allow(clippy::print_stdout, reason = "a program for people and for the build")]
use std::process::ExitCode;

use dovetail_tests::surface::Surface;
use dovetail_tests::{contract, scripts};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let surfaces = match &arguments[..] {
        [] => Ok(Surface::ALL.to_vec()),
        [flag, names] if flag == "--surface" => Surface::list(names),
        _ => Err("usage: scripts [--surface a,b]".to_owned()),
    };
    let outcome = surfaces.and_then(|surfaces| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| error.to_string())?.block_on(run(&surfaces))
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("scripts: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run(surfaces: &[Surface]) -> Result<bool, String> {
    let contract = contract::read()?;
    let (mut all_passed, mut all_failed) = (0, 0);
    for surface in surfaces {
        let (mut passed, mut failed) = (0, 0);
        let outcome = scripts::run_all(*surface, &contract, |verdict| match &verdict.fault {
            None => println!("ok   {surface} {}", verdict.name),
            Some(fault) => println!("FAIL {surface} {}\n     {fault}", verdict.name),
        });
        match outcome.await {
            Ok(verdicts) => {
                failed += verdicts.iter().filter(|verdict| verdict.fault.is_some()).count();
                passed += verdicts.len() - failed;
            }
            Err(error) => {
                println!("FAIL {surface} all scripts\n     {error}");
                failed += 1;
            }
        }
        println!("scripts {surface}: {passed} passed, {failed} failed");
        all_passed += passed;
        all_failed += failed;
    }
    println!("{all_passed} passed, {all_failed} failed");
    Ok(all_failed == 0)
}
