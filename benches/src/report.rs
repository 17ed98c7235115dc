//! The table and the verdict.
use std::fmt::Write;

pub(crate) struct Sample {
    pub(crate) cpu_us: f64,
    pub(crate) per_second: f64,
}

pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) peer: bool,
    pub(crate) samples: Vec<Sample>,
}

struct Figure {
    median: f64,
    least: f64,
    most: f64,
}

fn figure(values: impl Iterator<Item = f64>) -> Figure {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    Figure { median: at(values.len() / 2), least: at(0), most: at(values.len().saturating_sub(1)) }
}

impl Row {
    fn cpu(&self) -> Figure {
        figure(self.samples.iter().map(|sample| sample.cpu_us))
    }
}

/// Markdown: CPU per call with its spread, and how many times less it is than the peer's.
pub(crate) fn table(rows: &[Row], connections: usize, bytes: usize) -> String {
    let peer = rows.iter().find(|row| row.peer).map(Row::cpu);
    let mut out = format!(
        "HTTP 2026-07-28, echo of {bytes} B, {connections} connections; server CPU per call, median of {} (least to \
         most)\n\n| server | CPU µs per call | spread | calls/s | peer ÷ this |\n|---|--:|--:|--:|--:|\n",
        rows.first().map_or(0, |row| row.samples.len())
    );
    for row in rows {
        let cpu = row.cpu();
        let rate = figure(row.samples.iter().map(|sample| sample.per_second));
        let ratio = peer.as_ref().map_or(f64::NAN, |peer| peer.median / cpu.median);
        let _ = writeln!(
            out,
            "| {} | {:.1} | {:.1} to {:.1} | {:.0} | {ratio:.2} |",
            row.name, cpu.median, cpu.least, cpu.most, rate.median
        );
    }
    out
}

/// Whether every server needs at most what the peer needs, beyond the spread of both.
pub(crate) fn verdict(rows: &[Row]) -> bool {
    let Some(peer) = rows.iter().find(|row| row.peer).map(Row::cpu) else { return true };
    let mut good = true;
    for row in rows.iter().filter(|row| !row.peer) {
        if row.cpu().most > peer.least {
            println!("{} does not stay below the peer", row.name);
            good = false;
        }
    }
    good
}
