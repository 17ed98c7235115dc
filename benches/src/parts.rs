//! The parts of the benchmark: which programs each one starts, and what it counts.
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::goals::{CPU, FIRST, GROWTH, MACHINE, P99, RESIDENT, SESSION, flight_case, http_case};
use crate::growth;
use crate::http::{self, Counted, Load};
use crate::message::Era;
use crate::process::{self, MEASURED, Program};
use crate::samples::{Metric, Samples};
use crate::stdio::Pipe;
use crate::{Plan, Subject};

const RATE: &str = "calls/s";
const P50: &str = "p50 µs";
const IMPORT: &str = "ms to import";

/// What others used of the machine while something was measured, in per cent.
const OTHERS: (&str, &str, &str) = (MACHINE, "others", "%");

/// Calls of the memory part, and how long they may take at most.
const CALLS: u64 = 100_000;
const CALLS_LIMIT: Duration = Duration::from_secs(20);

/// A repetition goes round all servers and stays so long with each, until all have had their time, so that a slow moment
/// of the machine falls on all of them.
const SLICE: Duration = Duration::from_millis(100);

/// Idle sessions of the memory part.
const SESSIONS: usize = 1000;

/// Measures one part; what fails is noted and the rest goes on.
pub(crate) async fn measure(
    part: &'static str,
    plan: &Plan,
    subjects: &[Subject],
    samples: &mut Samples,
    failures: &mut Vec<String>,
) {
    let done = match part {
        "http-modern" => http(part, Era::Modern, plan, subjects, samples, failures).await,
        "http-session" => http(part, Era::Session, plan, subjects, samples, failures).await,
        "stdio" => stdio(part, plan, subjects, samples, failures).await,
        "client" => client(part, plan, subjects, samples, failures).await,
        "start" => start(part, plan, subjects, samples, failures).await,
        "growth" => {
            growth::measure(plan, subjects, samples, failures).await;
            Ok(())
        }
        _ => memory(part, plan, subjects, samples, failures).await,
    };
    if let Err(error) = done {
        failures.push(format!("{part}: {error}"));
    }
}

/// What this machine was doing beside the measurement.
pub(crate) fn quietness(samples: &Samples) -> String {
    let metric = Metric::new(OTHERS.0, OTHERS.1, OTHERS.2);
    samples.figure(&metric, "").map_or_else(String::new, |others| {
        format!(
            "Other programs used {:.1} % of the machine in the median, {:.1} % at most.",
            others.median, others.most
        )
    })
}

/// A clock around one measurement: time, CPU of the measured program, of the load and of everybody.
pub(crate) struct Clock {
    began: Instant,
    measured: Duration,
    load: Duration,
    machine: Duration,
}

impl Clock {
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub(crate) fn start(program: &Program) -> Result<Self, String> {
        Ok(Self {
            measured: program.cpu()?,
            load: process::own_cpu()?,
            machine: process::machine_cpu(),
            began: Instant::now(),
        })
    }

    /// CPU time of the program, the share of its time that the load was busy, and the share others took.
    pub(crate) fn stop(&self, program: &Program) -> Result<(Duration, f64, f64), String> {
        let took = self.began.elapsed().as_secs_f64();
        let measured = program.cpu()? - self.measured;
        let load = process::own_cpu()? - self.load;
        let all = process::machine_cpu() - self.machine;
        let others = all.saturating_sub(measured + load).as_secs_f64() / took / 2.0;
        Ok((measured, load.as_secs_f64() / took, others * 100.0))
    }
}

/// What one repetition of one server came to, over all its slices.
#[derive(Default)]
struct Sum {
    counted: Counted,
    cpu: Duration,
    took: Duration,
    /// Seconds in which the load was busy.
    load: f64,
    /// Per cent of the machine that others took, weighted by seconds.
    others: f64,
}

impl Sum {
    fn add(&mut self, counted: Counted, (cpu, load, others): (Duration, f64, f64), took: Duration) {
        self.counted.add(counted);
        self.cpu += cpu;
        self.took += took;
        self.load += load * took.as_secs_f64();
        self.others += others * took.as_secs_f64();
    }
}

/// Notes what one repetition of one server came to.
fn note(samples: &mut Samples, (part, case, name): (&'static str, &str, &str), mut sum: Sum) {
    let rate = Metric::new(part, case, RATE);
    let (calls, seconds) = (sum.counted.calls as f64, sum.took.as_secs_f64());
    samples.add(&Metric::new(part, case, CPU), name, sum.cpu.as_secs_f64() * 1e6 / calls);
    samples.add(&rate, name, calls / seconds);
    if !sum.counted.times.is_empty() {
        samples.add(&Metric::new(part, case, P50), name, sum.counted.quantile_us(0.5));
        samples.add(&Metric::new(part, case, P99), name, sum.counted.quantile_us(0.99));
    }
    samples.add(&Metric::new(OTHERS.0, OTHERS.1, OTHERS.2), "", sum.others / seconds);
    if sum.load / seconds > 0.95 {
        samples.saturated(&rate, name);
    }
}

async fn http(
    part: &'static str,
    era: Era,
    plan: &Plan,
    subjects: &[Subject],
    samples: &mut Samples,
    failures: &mut Vec<String>,
) -> Result<(), String> {
    let cases: &[(usize, usize)] = match (era, plan.short) {
        (Era::Modern, false) => &[(1, 32), (16, 32), (64, 32), (1, 16384), (16, 16384), (64, 16384)],
        (Era::Modern, true) => &[(16, 32), (64, 32), (16, 16384)],
        (Era::Session, false) => &[(1, 32), (16, 32), (16, 16384)],
        (Era::Session, true) => &[(16, 32)],
    };
    let mut servers = Vec::new();
    for subject in subjects {
        let words = match era {
            Era::Session if !subject.session.is_empty() => &subject.session,
            _ => &subject.http,
        };
        if words.is_empty() {
            continue;
        }
        match warm_server(words, era, plan).await {
            Ok((program, url)) => servers.push((subject, program, url)),
            Err(error) => failures.push(format!("{part}, {}: {error}", subject.name)),
        }
    }
    for &(connections, bytes) in cases {
        let case = http_case(connections, bytes);
        for _ in 0..plan.repetitions {
            let mut sums: Vec<Result<Sum, String>> = servers.iter().map(|_| Ok(Sum::default())).collect();
            let mut left = plan.measured;
            while !left.is_zero() {
                let share = left.min(SLICE);
                left -= share;
                for ((_, program, url), sum) in servers.iter().zip(&mut sums) {
                    if let Ok(so_far) = sum
                        && let Err(error) =
                            slice(so_far, program, (url, era), (connections, bytes), share).await
                    {
                        *sum = Err(error);
                    }
                }
            }
            for ((subject, ..), sum) in servers.iter().zip(sums) {
                match sum {
                    Ok(sum) => note(samples, (part, &case, &subject.name), sum),
                    Err(error) => failures.push(format!("{part}, {case}, {}: {error}", subject.name)),
                }
            }
        }
        eprintln!("  {case}");
    }
    for (_, program, _) in servers {
        program.end().await;
    }
    Ok(())
}

/// One share of a repetition.
async fn slice(
    sum: &mut Sum,
    program: &Program,
    (url, era): (&str, Era),
    (connections, bytes): (usize, usize),
    share: Duration,
) -> Result<(), String> {
    let load = Load::new(url, era, connections, bytes).await?;
    let clock = Clock::start(program)?;
    let counted = load.run(share, u64::MAX).await?;
    sum.add(counted, clock.stop(program)?, clock.elapsed());
    Ok(())
}

async fn warm_server(words: &[String], era: Era, plan: &Plan) -> Result<(Program, String), String> {
    let (program, url) = Program::listening(words, MEASURED).await?;
    for bytes in [32, 16384] {
        Load::new(&url, era, 16, bytes).await?.run(plan.warm_up, u64::MAX).await?;
    }
    Ok((program, url))
}

async fn stdio(
    part: &'static str,
    plan: &Plan,
    subjects: &[Subject],
    samples: &mut Samples,
    failures: &mut Vec<String>,
) -> Result<(), String> {
    let mut pipes = Vec::new();
    for subject in subjects.iter().filter(|subject| !subject.stdio.is_empty()) {
        let opened = async {
            let (mut pipe, _) = Pipe::open(&subject.stdio, MEASURED).await?;
            pipe.run(plan.warm_up, 64, 32).await?;
            Ok::<_, String>(pipe)
        };
        match opened.await {
            Ok(pipe) => pipes.push((subject, pipe)),
            Err(error) => failures.push(format!("{part}, {}: {error}", subject.name)),
        }
    }
    for &in_flight in plan.in_flight() {
        let case = flight_case(in_flight);
        for _ in 0..plan.repetitions {
            for (subject, pipe) in &mut pipes {
                let counted = async {
                    let mut sum = Sum::default();
                    let clock = Clock::start(&pipe.program)?;
                    let counted = pipe.run(plan.measured, in_flight, 32).await?;
                    sum.add(counted, clock.stop(&pipe.program)?, clock.elapsed());
                    Ok::<_, String>(sum)
                };
                let name = &subject.name;
                match counted.await {
                    Ok(sum) => note(samples, (part, &case, name), sum),
                    Err(error) => failures.push(format!("{part}, {case}, {name}: {error}")),
                }
            }
        }
        eprintln!("  {case}");
    }
    for (_, pipe) in pipes {
        pipe.program.end().await;
    }
    Ok(())
}

async fn client(
    part: &'static str,
    plan: &Plan,
    subjects: &[Subject],
    samples: &mut Samples,
    failures: &mut Vec<String>,
) -> Result<(), String> {
    let (server, url) = Program::listening(&plan.counterpart, process::LOAD).await?;
    let mut clients = Vec::new();
    for subject in subjects.iter().filter(|subject| !subject.client.is_empty()) {
        let started = async {
            let mut client = Client::start(&subject.client, &url).await?;
            // How many calls fill the time of a measurement.
            let mut calls = 200;
            let began = Instant::now();
            let mut took = client.run(calls, 64).await?;
            while began.elapsed() < plan.warm_up {
                took = client.run(calls, 64).await?;
                if took < plan.measured / 4 {
                    calls *= 2;
                }
            }
            let fill = plan.measured.as_secs_f64() / took.as_secs_f64().max(0.001);
            Ok::<_, String>((client, (calls as f64 * fill).clamp(100.0, 500_000.0) as u64))
        };
        match started.await {
            Ok((client, calls)) => clients.push((subject, client, calls)),
            Err(error) => failures.push(format!("{part}, {}: {error}", subject.name)),
        }
    }
    for &in_flight in plan.in_flight() {
        let case = flight_case(in_flight);
        for _ in 0..plan.repetitions {
            for (subject, client, calls) in &mut clients {
                // One at a time takes longer per call.
                let calls = if in_flight == 1 { (*calls / 4).max(50) } else { *calls };
                let clock = Clock::start(&client.program)?;
                let took = match client.run(calls, in_flight).await {
                    Ok(took) => took,
                    Err(error) => {
                        failures.push(format!("{part}, {case}, {}: {error}", subject.name));
                        continue;
                    }
                };
                let (cpu, ..) = clock.stop(&client.program)?;
                samples.add(
                    &Metric::new(part, case.as_str(), CPU),
                    &subject.name,
                    cpu.as_secs_f64() * 1e6 / calls as f64,
                );
                let rate = Metric::new(part, case.as_str(), RATE);
                samples.add(&rate, &subject.name, calls as f64 / took.as_secs_f64());
            }
        }
        eprintln!("  {case}");
    }
    for (_, client, _) in clients {
        client.program.end().await;
    }
    server.end().await;
    Ok(())
}

async fn start(
    part: &'static str,
    plan: &Plan,
    subjects: &[Subject],
    samples: &mut Samples,
    failures: &mut Vec<String>,
) -> Result<(), String> {
    // The first start reads the program from disk.
    for repetition in 0..=plan.repetitions {
        for subject in subjects.iter().filter(|subject| !subject.stdio.is_empty()) {
            match Pipe::open(&subject.stdio, MEASURED).await {
                Ok((pipe, first)) => {
                    pipe.program.end().await;
                    if repetition > 0 {
                        let metric = Metric::new(part, "stdio", FIRST);
                        samples.add(&metric, &subject.name, first.as_secs_f64() * 1e3);
                    }
                }
                Err(error) => failures.push(format!("{part}, {}: {error}", subject.name)),
            }
        }
        for subject in subjects.iter().filter(|subject| subject.import.len() == 2) {
            let mut times = [0.0; 2];
            for (words, time) in subject.import.iter().zip(&mut times) {
                let began = Instant::now();
                let (program, arguments) = words.split_first().ok_or("an empty import")?;
                let status = std::process::Command::new(program).args(arguments).status();
                if !status.is_ok_and(|status| status.success()) {
                    failures.push(format!("{part}, {}: the import fails", subject.name));
                }
                *time = began.elapsed().as_secs_f64() * 1e3;
            }
            if repetition > 0 {
                samples.add(&Metric::new(part, "import", IMPORT), &subject.name, times[0] - times[1]);
            }
        }
    }
    Ok(())
}

async fn memory(
    part: &'static str,
    plan: &Plan,
    subjects: &[Subject],
    samples: &mut Samples,
    failures: &mut Vec<String>,
) -> Result<(), String> {
    let mebibytes = |kibibytes: u64| kibibytes as f64 / 1024.0;
    for subject in subjects.iter().filter(|subject| !subject.http.is_empty()) {
        let name = &subject.name;
        let measured = async {
            let (program, url) = Program::listening(&subject.http, MEASURED).await?;
            Load::new(&url, Era::Modern, 1, 32).await?.run(Duration::from_secs(5), 10).await?;
            let started = program.memory()?;
            samples.add(&Metric::new(part, "server", RESIDENT), name, mebibytes(started));
            if !plan.short {
                let load = Load::new(&url, Era::Modern, 16, 32).await?;
                // What a program needs once, for its pools, its compilers and the first rounds of a collected heap, is no
                // growth: what leaks does so later as well.
                load.run(CALLS_LIMIT, 3 * CALLS).await?;
                let warm = program.memory()?;
                let counted = load.run(CALLS_LIMIT, CALLS).await?;
                let grown = program.memory()?;
                let growth = (grown as f64 - warm as f64) / 1024.0 * CALLS as f64 / counted.calls as f64;
                samples.add(&Metric::new(part, "server", GROWTH), name, growth);
            }
            program.end().await;
            let words = if subject.session.is_empty() { &subject.http } else { &subject.session };
            let (program, url) = Program::listening(words, MEASURED).await?;
            http::sessions(&url, 50).await?;
            let before = program.memory()?;
            http::sessions(&url, SESSIONS).await?;
            let session = (program.memory()? as f64 - before as f64) / SESSIONS as f64;
            samples.add(&Metric::new(part, "server", SESSION), name, session);
            program.end().await;
            Ok::<_, String>(())
        };
        if let Err(error) = measured.await {
            failures.push(format!("{part}, {name}: {error}"));
        }
    }
    Ok(())
}
