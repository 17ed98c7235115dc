//! What was measured: samples by metric and subject, in the order of the repetitions, and their medians and ratios.
use std::collections::BTreeMap;

/// What is measured, and how it is written down.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Metric {
    /// `http-modern`, `stdio`, …: one section of the report.
    pub(crate) part: &'static str,
    /// `16 connections, 32 B`: the case within the part.
    pub(crate) case: String,
    /// What is counted, with its unit.
    pub(crate) what: &'static str,
}

impl Metric {
    pub(crate) fn new(part: &'static str, case: impl Into<String>, what: &'static str) -> Self {
        Self { part, case: case.into(), what }
    }
}

/// Median, least and most of some values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Figure {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

/// The figure of some values; not numbers when there are none.
pub(crate) fn figure(values: impl IntoIterator<Item = f64>) -> Figure {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
    Figure { median: at(values.len() / 2), least: at(0), most: at(values.len().saturating_sub(1)) }
}

/// All samples of a run.
#[derive(Default)]
pub(crate) struct Samples {
    metrics: Vec<Metric>,
    values: BTreeMap<(Metric, String), Vec<f64>>,
    /// Cases in which the load was the limit, so that calls per second say nothing about the subject.
    saturated: std::collections::BTreeSet<(Metric, String)>,
}

impl Samples {
    pub(crate) fn add(&mut self, metric: &Metric, subject: &str, value: f64) {
        if !self.metrics.contains(metric) {
            self.metrics.push(metric.clone());
        }
        self.values.entry((metric.clone(), subject.to_owned())).or_default().push(value);
    }

    /// Marks a value as the load's own limit.
    pub(crate) fn saturated(&mut self, metric: &Metric, subject: &str) {
        self.saturated.insert((metric.clone(), subject.to_owned()));
    }

    pub(crate) fn is_saturated(&self, metric: &Metric, subject: &str) -> bool {
        self.saturated.contains(&(metric.clone(), subject.to_owned()))
    }

    /// The metrics in the order in which they were first measured.
    pub(crate) fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    pub(crate) fn of(&self, metric: &Metric, subject: &str) -> Option<&[f64]> {
        self.values.get(&(metric.clone(), subject.to_owned())).map(Vec::as_slice)
    }

    pub(crate) fn figure(&self, metric: &Metric, subject: &str) -> Option<Figure> {
        self.of(metric, subject).map(|values| figure(values.iter().copied()))
    }

    /// How many times less `subject` needs than `other`, repetition by repetition: both were measured within the same
    /// seconds, so that what disturbs the machine disturbs both.
    pub(crate) fn ratio(&self, metric: &Metric, other: &str, subject: &str) -> Option<Figure> {
        let (other, subject) = (self.of(metric, other)?, self.of(metric, subject)?);
        Some(figure(other.iter().zip(subject).map(|(other, subject)| other / subject)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_taken_within_a_repetition() {
        let mut samples = Samples::default();
        let metric = Metric::new("part", "case", "µs");
        for (peer, ours) in [(30.0, 10.0), (60.0, 20.0), (33.0, 10.0)] {
            samples.add(&metric, "peer", peer);
            samples.add(&metric, "ours", ours);
        }
        let ratio = samples.ratio(&metric, "peer", "ours");
        assert_eq!(ratio, Some(Figure { median: 3.0, least: 3.0, most: 3.3 }));
        assert_eq!(samples.figure(&metric, "peer").map(|figure| figure.median), Some(33.0));
        assert_eq!(samples.ratio(&metric, "nobody", "ours"), None);
    }
}
