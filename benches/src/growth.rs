//! How a server's costs grow with what it holds: tools, clients that listen, sessions.
use std::time::{Duration, Instant};

use crate::goals::{CPU, KIB_EACH, LISTED, LISTENS, MIB, TOLD, held};
use crate::http::{self, Listeners, Load};
use crate::message::Era;
use crate::parts::Clock;
use crate::process::{MEASURED, Program};
use crate::samples::{Metric, Samples};
use crate::{Plan, Subject};

const PART: &str = "growth";
const RATE: &str = "calls/s";

/// Connections that make calls meanwhile.
const CALLERS: usize = 16;

/// Measures every subject that has a server for it.
pub(crate) async fn measure(
    plan: &Plan,
    subjects: &[Subject],
    samples: &mut Samples,
    failures: &mut Vec<String>,
) {
    let short = |sizes: &'static [usize]| if plan.short { &sizes[..sizes.len() - 1] } else { sizes };
    for &tools in short(&[10, 1000, 10_000]) {
        for subject in subjects.iter().filter(|subject| !subject.many.is_empty()) {
            let done = with_tools(plan, subject, tools, samples).await;
            note(failures, subject, &held(tools, "tools"), done);
        }
        eprintln!("  {}", held(tools, "tools"));
    }
    for &count in short(&[1, 100, 1000, 10_000]) {
        for subject in subjects.iter().filter(|subject| !subject.many.is_empty()) {
            let done = with_listeners(plan, subject, count, samples).await;
            note(failures, subject, &held(count, "listening"), done);
            let done = with_sessions(plan, subject, count, samples).await;
            note(failures, subject, &held(count, "sessions"), done);
        }
        eprintln!("  {}, {}", held(count, "listening"), held(count, "sessions"));
    }
}

fn note(failures: &mut Vec<String>, subject: &Subject, case: &str, done: Result<(), String>) {
    if let Err(error) = done {
        failures.push(format!("{PART}, {case}, {}: {error}", subject.name));
    }
}

async fn started(subject: &Subject, tools: usize) -> Result<(Program, String, Duration), String> {
    let mut words = subject.many.clone();
    words.push(tools.to_string());
    let began = Instant::now();
    let (program, url) = Program::listening(&words, MEASURED).await?;
    Ok((program, url, began.elapsed()))
}

async fn with_tools(
    plan: &Plan,
    subject: &Subject,
    tools: usize,
    samples: &mut Samples,
) -> Result<(), String> {
    let (case, name) = (held(tools, "tools"), &subject.name);
    let (program, url, start) = started(subject, tools).await?;
    samples.add(&Metric::new(PART, case.as_str(), LISTENS), name, start.as_secs_f64() * 1e3);
    let began = Instant::now();
    let listed = http::list_tools(&url).await?;
    let took = began.elapsed();
    if listed < tools {
        return Err(format!("{listed} tools of {tools} are listed"));
    }
    samples.add(&Metric::new(PART, case.as_str(), LISTED), name, took.as_secs_f64() * 1e3);
    calls(plan, &program, &url, Era::Modern, (&case, name), samples).await?;
    samples.add(&Metric::new(PART, case.as_str(), MIB), name, program.memory()? as f64 / 1024.0);
    program.end().await;
    Ok(())
}

async fn with_listeners(
    plan: &Plan,
    subject: &Subject,
    count: usize,
    samples: &mut Samples,
) -> Result<(), String> {
    let (case, name) = (held(count, "listening"), &subject.name);
    let (program, url, _) = started(subject, 2).await?;
    // What the first ones make a program set up is no growth; the limit counts them all.
    let first = count.min(16);
    let mut listeners = Listeners::default();
    listeners.open(&url, first).await?;
    let before = program.memory()?;
    listeners.open(&url, count - first).await?;
    each(samples, (&case, name), program.memory()?.saturating_sub(before), count - first);
    calls(plan, &program, &url, Era::Modern, (&case, name), samples).await?;
    for _ in 0..plan.repetitions {
        let took = listeners.told(&url).await?;
        samples.add(&Metric::new(PART, case.as_str(), TOLD), name, took.as_secs_f64() * 1e3);
    }
    program.end().await;
    Ok(())
}

async fn with_sessions(
    plan: &Plan,
    subject: &Subject,
    count: usize,
    samples: &mut Samples,
) -> Result<(), String> {
    let (case, name) = (held(count, "sessions"), &subject.name);
    let (program, url, _) = started(subject, 2).await?;
    // The load has a session of its own, which is one of them.
    let before = program.memory()?;
    http::sessions(&url, count - 1).await?;
    each(samples, (&case, name), program.memory()?.saturating_sub(before), count);
    calls(plan, &program, &url, Era::Session, (&case, name), samples).await?;
    program.end().await;
    Ok(())
}

/// Notes the memory of one of many; of few it says nothing.
fn each(samples: &mut Samples, (case, name): (&str, &str), grown: u64, count: usize) {
    if count >= 900 {
        samples.add(&Metric::new(PART, case, KIB_EACH), name, grown as f64 / count as f64);
    }
}

async fn calls(
    plan: &Plan,
    program: &Program,
    url: &str,
    era: Era,
    (case, name): (&str, &str),
    samples: &mut Samples,
) -> Result<(), String> {
    let load = Load::new(url, era, CALLERS, 32).await?;
    load.run(plan.warm_up / 2, u64::MAX).await?;
    for _ in 0..plan.repetitions {
        let clock = Clock::start(program)?;
        let counted = load.run(plan.measured, u64::MAX).await?;
        let (cpu, ..) = clock.stop(program)?;
        let per_call = cpu.as_secs_f64() * 1e6 / counted.calls as f64;
        samples.add(&Metric::new(PART, case, CPU), name, per_call);
        samples.add(
            &Metric::new(PART, case, RATE),
            name,
            counted.calls as f64 / clock.elapsed().as_secs_f64(),
        );
    }
    Ok(())
}
