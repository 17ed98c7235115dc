//! The report in Markdown: a section for each part, a table for each case, and the goals.
use std::fmt::Write;

use crate::goals::{self, CPU, MACHINE};
use crate::samples::{Figure, Metric, Samples};

/// One program that is compared.
pub(crate) struct Column {
    pub(crate) name: String,
    /// Whether others are compared with it.
    pub(crate) reference: bool,
}

fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn spread(figure: Figure) -> String {
    format!("{} ({} to {})", number(figure.median), number(figure.least), number(figure.most))
}

/// All tables.
pub(crate) fn tables(samples: &Samples, columns: &[Column]) -> String {
    let mut out = String::new();
    let mut part = "";
    let mut done: Vec<(&str, &str)> = Vec::new();
    // What the machine did beside it is said in words.
    for metric in samples.metrics().iter().filter(|metric| metric.part != MACHINE) {
        if metric.part != part {
            part = metric.part;
            let _ = writeln!(out, "\n## {part}");
        }
        if done.contains(&(metric.part, metric.case.as_str())) {
            continue;
        }
        done.push((metric.part, &metric.case));
        let of_case: Vec<&Metric> = samples
            .metrics()
            .iter()
            .filter(|one| one.part == metric.part && one.case == metric.case)
            .collect();
        case(&mut out, samples, columns, &of_case);
    }
    out
}

/// One case: a row for each program, a column for each thing counted, and the ratios of the first of them.
fn case(out: &mut String, samples: &Samples, columns: &[Column], metrics: &[&Metric]) {
    let Some(first) = metrics.first() else { return };
    let compared: Vec<&Column> = columns
        .iter()
        .filter(|column| column.reference && samples.of(first, &column.name).is_some())
        .collect();
    let _ = write!(out, "\n**{}**\n\n| |", first.case);
    for metric in metrics {
        let _ = write!(out, " {} |", metric.what);
    }
    for column in &compared {
        let _ = write!(out, " {} ÷ this |", column.name);
    }
    let _ = write!(out, "\n|---|{}\n", "--:|".repeat(metrics.len() + compared.len()));
    for column in columns.iter().filter(|column| samples.of(first, &column.name).is_some()) {
        let _ = write!(out, "| {} |", column.name);
        for metric in metrics {
            let text = samples.figure(metric, &column.name).map_or_else(|| "–".to_owned(), spread);
            let mark = if samples.is_saturated(metric, &column.name) { " †" } else { "" };
            let _ = write!(out, " {text}{mark} |");
        }
        for other in &compared {
            let ratio = samples.ratio(first, &other.name, &column.name).filter(|_| other.name != column.name);
            let text = ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{:.2}", ratio.median));
            let _ = write!(out, " {text} |");
        }
        out.push('\n');
    }
    if metrics.iter().any(|metric| columns.iter().any(|column| samples.is_saturated(metric, &column.name))) {
        out.push_str("\n† the load was the limit; only the CPU time says something about the program.\n");
    }
    if first.what == CPU && compared.is_empty() {
        out.push_str("\nNothing to compare with was measured.\n");
    }
}

/// The goals that were measured, and how many of them were not met.
pub(crate) fn goals(samples: &Samples) -> (String, usize) {
    let mut out = String::from(
        "\n## Goals\n\nMedian, least and most over the repetitions.\n\n| goal | got | |\n|---|--:|---|\n",
    );
    let mut missed = 0;
    for verdict in goals::goals().iter().filter_map(|goal| goal.verdict(samples)) {
        missed += usize::from(!verdict.met);
        let met = if verdict.met { "met" } else { "**not met**" };
        let _ = writeln!(out, "| {} | {} | {met} |", verdict.text, verdict.got);
    }
    (out, missed)
}
