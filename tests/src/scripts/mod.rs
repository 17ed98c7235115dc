//! The bridge scripts of `conformance/scripts`: what the native layer of every surface must do, one expectation for
//! all. A script drives a surface's `bridge` adapter, one JSON line in, one JSON line out.

mod adapter;
mod run;

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::contract::Contract;
use crate::paths;
use crate::surface::Surface;

pub use run::run;

/// One script.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What it shows.
    pub name: String,
    /// The only surface that it is for.
    #[serde(default)]
    pub only: Option<String>,
    /// Runs once for every error code of the contract, as `$code` and `$name`.
    #[serde(default)]
    pub each_code: bool,
    /// What happens.
    pub steps: Vec<Step>,
}

/// One step. Texts that start with `$` in a pattern are bound at the first match and compared at the next; in a
/// command they are replaced.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Sends a command and compares its answer.
    Send {
        /// The command.
        command: Value,
        /// A pattern of the answer; `{"ok": true}` when left out.
        #[serde(default)]
        expect: Option<Value>,
    },
    /// Sends a command whose answer must hold a text somewhere.
    Mentions {
        /// The command.
        command: Value,
        /// The text.
        text: String,
    },
    /// Fetches events until every pattern has matched one; an event that none matches is a fault.
    Events {
        /// The patterns.
        patterns: Vec<Value>,
        /// A pattern for each number from `from`, as `$i`.
        #[serde(default)]
        each: Option<Each>,
        /// The pattern of the event that must come after all of these.
        #[serde(default)]
        last: Option<Value>,
    },
    /// No event waits.
    Quiet,
    /// The steps once for each number from `from`, as `$i`.
    Repeat {
        /// The first number.
        from: u64,
        /// How many.
        count: u64,
        /// The steps.
        steps: Vec<Step>,
    },
    /// Floods the session with events: nothing is lost, and while nobody fetches, no more wait than `queued`.
    Flood {
        /// The key of the operation.
        key: u64,
        /// How many events.
        count: u64,
        /// How many may wait.
        queued: u64,
    },
    /// Sends a command after which the program ends by itself with status 0.
    Exit {
        /// The command.
        command: Value,
        /// How long it may take.
        within_ms: u64,
    },
}

/// A pattern for each of some numbers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Each {
    /// The first number.
    pub from: u64,
    /// How many.
    pub count: u64,
    /// The pattern.
    pub pattern: Value,
}

/// Reads the scripts that are for a surface, in the order of their files.
///
/// # Errors
/// When there are none, or one cannot be read.
pub fn read(surface: Surface) -> Result<Vec<Script>, String> {
    let folder = paths::root().join("conformance/scripts");
    let listing = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<_> = listing.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let scripts = files.iter().map(|path| read_file(path)).collect::<Result<Vec<_>, _>>()?;
    let scripts: Vec<Script> = scripts
        .into_iter()
        .flatten()
        .filter(|script| script.only.as_deref().is_none_or(|only| only == surface.name()))
        .collect();
    if scripts.is_empty() { Err(format!("{} holds no scripts", folder.display())) } else { Ok(scripts) }
}

fn read_file(path: &Path) -> Result<Vec<Script>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// What a script became.
#[derive(Debug)]
pub struct Verdict {
    /// Its name.
    pub name: String,
    /// What was wrong, if anything.
    pub fault: Option<String>,
}

/// Runs every script for a surface.
///
/// # Errors
/// When the scripts, the contract or the surface's `run.json` cannot be read.
pub async fn run_all(
    surface: Surface,
    contract: &Contract,
    mut report: impl FnMut(&Verdict),
) -> Result<Vec<Verdict>, String> {
    let programs = surface.programs()?;
    let mut verdicts = Vec::new();
    for script in read(surface)? {
        let fault = run(&script, &programs.bridge, contract).await.err();
        let verdict = Verdict { name: script.name, fault };
        report(&verdict);
        verdicts.push(verdict);
    }
    Ok(verdicts)
}
