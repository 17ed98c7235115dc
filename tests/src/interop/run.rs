//! One client program against one server program, through the tap.
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::{CASE_LIMIT, Transport};
use crate::process::{self, HttpServer};
use crate::record::{self, Log, Record};
use crate::surface::Programs;
use crate::tap::http::Tap;
use crate::{paths, schema};

/// What is run.
pub(super) struct Plan<'a> {
    /// Names the log.
    pub(super) name: String,
    pub(super) client: &'a Programs,
    pub(super) server: &'a Programs,
    pub(super) transport: Transport,
    /// What is spoken.
    pub(super) revision: &'a str,
    /// Whether the client is told to speak nothing else; otherwise it has to find out.
    pub(super) pinned: bool,
    /// Options of the client before the scenario.
    pub(super) options: &'a [&'a str],
    pub(super) scenario: &'a str,
}

/// What was seen.
pub(super) struct Seen {
    /// The client's own observation.
    pub(super) observed: Value,
    /// Every message on the wire.
    pub(super) records: Vec<Record>,
    /// Messages that break the schema of their revision.
    pub(super) wire_faults: Vec<String>,
}

/// Runs the plan.
pub(super) async fn run(plan: &Plan<'_>) -> Result<Seen, String> {
    let path = log_path(&plan.name)?;
    let mut argv = plan.client.client.clone();
    let revision = if plan.pinned { plan.revision } else { "auto" };
    argv.extend(["--revision", revision].map(str::to_owned));
    argv.extend(plan.options.iter().map(|option| (*option).to_owned()));
    argv.push(plan.scenario.to_owned());
    // They live until the client has ended.
    let _behind = match plan.transport {
        Transport::Stdio => {
            let tap = paths::program("tap")?;
            argv.extend([
                "--".to_owned(),
                tap.display().to_string(),
                path.display().to_string(),
                "--".to_owned(),
            ]);
            argv.extend(plan.server.server.iter().cloned());
            argv.push("--stdio".to_owned());
            None
        }
        Transport::Http => {
            let server = HttpServer::start(&plan.server.server).await?;
            let tap = Tap::open(Arc::new(Log::open(&path)?), "127.0.0.1:0", &server.url).await?;
            argv.push(tap.url.clone());
            Some((server, tap))
        }
    };
    let finished = process::run(&argv, CASE_LIMIT).await?;
    let last = finished.stdout.lines().next_back().unwrap_or_default();
    let observed = match (finished.status, serde_json::from_str(last)) {
        (Some(0), Ok(observed)) => observed,
        (status, _) => {
            return Err(format!(
                "the client ended with {status:?}; stdout: {}; stderr: {}",
                finished.stdout.trim(),
                finished.stderr
            ));
        }
    };
    let records = record::read(&path)?;
    let mut wire_faults = schema::faults(&records, plan.revision);
    if records.is_empty() {
        wire_faults.push("nothing was recorded on the wire".to_owned());
    }
    Ok(Seen { observed, records, wire_faults })
}

/// The log of a case in this run; it stays when the case fails.
pub(super) fn log_path(name: &str) -> Result<PathBuf, String> {
    let file: String =
        name.chars().map(|c| if c.is_alphanumeric() || "-.".contains(c) { c } else { '_' }).collect();
    Ok(paths::scratch("interop")?.join(format!("{file}.{}.jsonl", std::process::id())))
}
