//! The functions of the native layers whose sources show them: the bridge, the C header, UniFFI.
use std::collections::BTreeSet;
use std::path::Path;

use super::names::{compare, compare_native};
use crate::contract::Contract;
use crate::paths;

/// Functions of the bridge under another name than in the contract, because they are methods of `Runtime` and
/// `Session` there.
const BRIDGE: [(&str, &str); 10] = [
    ("Runtime::new", "runtime_new"),
    ("Runtime::process_default", "runtime_default"),
    ("Runtime::shutdown", "runtime_shutdown"),
    ("Session::server", "server_open"),
    ("Session::client", "client_open"),
    ("Session::testkit", "testkit_open"),
    ("Session::drain", "next_events"),
    ("Session::take_while", "next_events"),
    ("Session::wait", "next_events"),
    ("Session::announce", "next_events"),
];

/// The same for UniFFI, which keeps some names for itself.
const UNIFFI: [(&str, &str); 5] = [
    ("Runtime::new", "runtime_new"),
    ("Runtime::process_default", "runtime_default"),
    ("Runtime::shutdown", "runtime_shutdown"),
    ("Session::close_session", "close"),
    ("Session::handle", "handle"),
];

/// What Kotlin calls through the C functions of the same library, and not through UniFFI.
const PUMP: [&str; 11] = [
    "request",
    "next_events",
    "reply",
    "fail",
    "proceed",
    "progress",
    "cancel",
    "log",
    "record",
    "update",
    "exchange",
];

pub(super) fn faults(contract: &Contract) -> Vec<String> {
    let mut faults = Vec::new();
    match methods("bindings/bridge/src", &BRIDGE) {
        Err(error) => faults.push(error),
        Ok(mut found) => {
            // Its version is a constant, and compared with the contract as such.
            found.insert("contract_version".to_owned());
            faults.extend(compare_native("rust", contract, &[], &found));
        }
    }
    match methods("bindings/uniffi/src", &UNIFFI) {
        Err(error) => faults.push(error),
        Ok(mut found) => {
            found.insert("contract_version".to_owned());
            found.remove("handle");
            faults.extend(compare("uniffi functions", contract.functions.all(), [], PUMP, &found));
        }
    }
    faults.extend(header(contract));
    faults
}

/// The public methods of `Runtime` and `Session` in a crate, by their names in the contract.
fn methods(folder: &str, renamed: &[(&str, &str)]) -> Result<BTreeSet<String>, String> {
    let mut found = BTreeSet::new();
    for (_, text) in sources(folder, "rs")? {
        let mut owner = None;
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("impl ") {
                owner = rest.strip_suffix(" {").filter(|name| ["Runtime", "Session"].contains(name));
            }
            let function = line.strip_prefix("    pub fn ").and_then(|rest| rest.split(['(', '<']).next());
            if let (Some(owner), Some(function)) = (owner, function) {
                let full = format!("{owner}::{function}");
                let name = renamed.iter().find(|(own, _)| *own == full).map_or(function, |(_, name)| name);
                found.insert(name.to_owned());
            }
        }
    }
    Ok(found)
}

fn header(contract: &Contract) -> Vec<String> {
    let read = |file: &str| {
        std::fs::read_to_string(paths::root().join(file)).map_err(|error| format!("{file}: {error}"))
    };
    let (own, swift) = match (read("include/dovetail.h"), read("swift/Sources/CDovetail/dovetail.h")) {
        (Ok(own), Ok(swift)) => (own, swift),
        (Err(error), _) | (_, Err(error)) => return vec![error],
    };
    let mut faults = Vec::new();
    if own != swift {
        faults.push("the header that Swift imports is not include/dovetail.h".to_owned());
    }
    let found: BTreeSet<String> = own
        .lines()
        .filter(|line| {
            line.starts_with(|first: char| first.is_ascii_lowercase()) && !line.starts_with("typedef")
        })
        .filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next()?.strip_prefix("dovetail_"))
        .map(str::to_owned)
        .collect();
    faults.extend(compare_native("cpp", contract, &[], &found));
    faults
}

/// Every file with an ending below a folder, with its text.
pub(super) fn sources(folder: &str, ending: &str) -> Result<Vec<(String, String)>, String> {
    fn walk(folder: &Path, ending: &str, files: &mut Vec<(String, String)>) -> Result<(), String> {
        let listing = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for entry in listing.filter_map(Result::ok) {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, ending, files)?;
            } else if path.extension().is_some_and(|own| own == ending) {
                let text =
                    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                let shown = path.strip_prefix(paths::root()).unwrap_or(&path).display().to_string();
                files.push((shown, text));
            }
        }
        Ok(())
    }
    let mut files = Vec::new();
    walk(&paths::root().join(folder), ending, &mut files)?;
    files.sort();
    Ok(files)
}
