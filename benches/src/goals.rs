//! The goals, and whether a run met them. A goal counts as met only when the spread does not reach back over it.
use crate::samples::{Figure, Metric, Samples};

pub(crate) const FLOOR: &str = "floor";
pub(crate) const RUST_SDK: &str = "official Rust";
pub(crate) const PYTHON_SDK: &str = "official Python";
pub(crate) const TYPESCRIPT_SDK: &str = "official TypeScript";

/// The part that says what others used of the machine; no program is measured in it.
pub(crate) const MACHINE: &str = "machine";

pub(crate) const CPU: &str = "CPU µs per call";
pub(crate) const P99: &str = "p99 µs";
pub(crate) const FIRST: &str = "ms to the first answer";
pub(crate) const RESIDENT: &str = "MiB after start";
pub(crate) const GROWTH: &str = "MiB more after 100,000 calls";
pub(crate) const SESSION: &str = "KiB per idle session";

pub(crate) const LISTENS: &str = "ms until it listens";
pub(crate) const LISTED: &str = "ms for the whole list";
pub(crate) const MIB: &str = "MiB";
pub(crate) const KIB_EACH: &str = "KiB each";
pub(crate) const TOLD: &str = "ms until all are told";

/// The case of a server that holds so many.
pub(crate) fn held(count: usize, what: &str) -> String {
    format!("{count} {what}")
}

/// The case of HTTP with this many connections and this many bytes.
pub(crate) fn http_case(connections: usize, bytes: usize) -> String {
    let size = if bytes >= 1024 { format!("{} KiB", bytes / 1024) } else { format!("{bytes} B") };
    format!("{connections} connections, {size}")
}

/// The case of this many calls in flight.
pub(crate) fn flight_case(in_flight: usize) -> String {
    format!("{in_flight} in flight")
}

/// What must hold.
enum Wanted {
    /// The other needs at least this many times as much.
    Times(&'static str, f64),
    /// Needs at most this much.
    Most(f64),
    /// Needs at most this many times as much as the other, and this much more.
    TimesAndMore(&'static str, f64, f64),
    /// Needs at most this many times as much as in this other case.
    Grown(String, f64),
}

pub(crate) struct Goal {
    subject: &'static str,
    metric: Metric,
    wanted: Wanted,
}

/// What became of a goal.
pub(crate) struct Verdict {
    pub(crate) text: String,
    pub(crate) got: String,
    pub(crate) met: bool,
}

const OURS: [&str; 6] = ["Rust", "C++", "Kotlin", "Swift", "Python", "Node"];

/// All goals.
pub(crate) fn goals() -> Vec<Goal> {
    let mut goals = Vec::new();
    let mut goal = |subject, metric: &Metric, wanted| {
        goals.push(Goal { subject, metric: metric.clone(), wanted });
    };
    let small = Metric::new("http-modern", http_case(16, 32), CPU);
    for (subject, floor, peer) in [
        ("Rust", 0.7, Some(3.5)),
        ("C++", 0.6, Some(3.0)),
        ("Kotlin", 0.6, Some(3.0)),
        ("Python", 0.45, Some(2.2)),
        ("Node", 0.45, Some(2.2)),
        ("Swift", 0.5, None),
    ] {
        goal(subject, &small, Wanted::Times(FLOOR, floor));
        if let Some(times) = peer {
            goal(subject, &small, Wanted::Times(RUST_SDK, times));
        }
    }
    for subject in ["Python", "Node"] {
        goal(subject, &small, Wanted::Times(PYTHON_SDK, 25.0));
        goal(subject, &small, Wanted::Times(TYPESCRIPT_SDK, 25.0));
    }
    for subject in OURS {
        goal(
            subject,
            &Metric::new("http-modern", http_case(16, 16 * 1024), CPU),
            Wanted::Times(RUST_SDK, 2.0),
        );
        goal(subject, &Metric::new("http-modern", http_case(64, 32), P99), Wanted::Times(RUST_SDK, 2.0));
    }
    let stdio = Metric::new("stdio", flight_case(64), CPU);
    let client = Metric::new("client", flight_case(64), CPU);
    for subject in OURS {
        let times = match subject {
            "Rust" => 10.0,
            "Python" | "Node" => 3.0,
            _ => 5.0,
        };
        goal(subject, &stdio, Wanted::Times(RUST_SDK, times));
        goal(subject, &client, Wanted::Times(RUST_SDK, if subject == "Rust" { 6.0 } else { 2.0 }));
    }
    let start = Metric::new("start", "stdio", FIRST);
    goal("Rust", &start, Wanted::TimesAndMore(FLOOR, 1.2, 1.0));
    goal("Python", &start, Wanted::Times(PYTHON_SDK, 10.0));
    goal("Node", &start, Wanted::Times(TYPESCRIPT_SDK, 2.5));
    goal("Python", &Metric::new("memory", "server", RESIDENT), Wanted::Times(PYTHON_SDK, 1.0 / 0.35));
    goal("Node", &Metric::new("memory", "server", RESIDENT), Wanted::Times(TYPESCRIPT_SDK, 1.0 / 0.6));
    for subject in OURS {
        goal(subject, &Metric::new("memory", "server", GROWTH), Wanted::Most(2.0));
        goal(subject, &Metric::new("memory", "server", SESSION), Wanted::Most(4.0));
    }
    for subject in ["Rust", "Python"] {
        let mut growth = |what, held_what, from, to, times| {
            let metric = |count| Metric::new("growth", held(count, held_what), what);
            goal(subject, &metric(to), Wanted::Grown(held(from, held_what), times));
        };
        // A call costs the same; what is made for each of many grows with their number and no faster.
        growth(CPU, "tools", 10, 10_000, 1.5);
        growth(LISTENS, "tools", 1000, 10_000, 12.0);
        growth(LISTED, "tools", 1000, 10_000, 12.0);
        growth(MIB, "tools", 1000, 10_000, 10.0);
        growth(CPU, "listening", 1, 10_000, 1.5);
        growth(KIB_EACH, "listening", 1000, 10_000, 1.2);
        growth(TOLD, "listening", 1000, 10_000, 12.0);
        growth(CPU, "sessions", 1, 10_000, 1.5);
        growth(KIB_EACH, "sessions", 1000, 10_000, 1.2);
    }
    goals
}

impl Goal {
    /// Whether the samples meet it; `None` when it was not measured.
    pub(crate) fn verdict(&self, samples: &Samples) -> Option<Verdict> {
        let subject = self.subject;
        let Metric { part, case, what } = &self.metric;
        let place = format!("{subject}, {part}, {case}: {what}");
        let range =
            |figure: Figure| format!("{:.2} ({:.2} to {:.2})", figure.median, figure.least, figure.most);
        Some(match &self.wanted {
            Wanted::Times(other, times) => {
                let ratio = samples.ratio(&self.metric, other, subject)?;
                Verdict {
                    text: format!("{place}, {other} ÷ this ≥ {times:.2}"),
                    got: range(ratio),
                    met: ratio.least >= *times,
                }
            }
            Wanted::Most(most) => {
                let figure = samples.figure(&self.metric, subject)?;
                Verdict { text: format!("{place} ≤ {most}"), got: range(figure), met: figure.most <= *most }
            }
            Wanted::TimesAndMore(other, times, more) => {
                let (figure, other_figure) =
                    (samples.figure(&self.metric, subject)?, samples.figure(&self.metric, other)?);
                let allowed = times * other_figure.median + more;
                Verdict {
                    text: format!("{place} ≤ {times} × {other} + {more}"),
                    got: format!("{}, allowed {allowed:.2}", range(figure)),
                    met: figure.most <= allowed,
                }
            }
            Wanted::Grown(from, times) => {
                let figure = samples.figure(&self.metric, subject)?;
                let before = samples.figure(&Metric::new(part, from.as_str(), what), subject)?.median;
                Verdict {
                    text: format!("{place} ≤ {times} × that of {from}"),
                    got: format!("{}, allowed {:.2}", range(figure), times * before),
                    met: figure.most <= times * before,
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_that_the_spread_reaches_back_over_is_not_met() {
        let metric = Metric::new("http-modern", http_case(16, 32), CPU);
        let goal = Goal { subject: "Rust", metric: metric.clone(), wanted: Wanted::Times(FLOOR, 0.7) };
        let verdict = |ours: [f64; 3]| {
            let mut samples = Samples::default();
            for ours in ours {
                samples.add(&metric, FLOOR, 7.0);
                samples.add(&metric, "Rust", ours);
            }
            goal.verdict(&samples).map(|verdict| verdict.met)
        };
        assert_eq!(verdict([9.0, 9.5, 9.9]), Some(true));
        assert_eq!(verdict([9.0, 9.5, 10.1]), Some(false));
        assert!(goal.verdict(&Samples::default()).is_none());
    }
}
