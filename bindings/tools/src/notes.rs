//! The meaning of codes and events in words, for the header: taken from the documented tables of the bridge, so that
//! it is written once.
use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::Result;

/// Reads a table of the form `/// words…` followed by `Variant = number, "name", …;`.
pub fn read(path: &Path) -> Result<HashMap<String, String>> {
    let mut notes = HashMap::new();
    let mut words = Vec::new();
    for line in fs::read_to_string(path)?.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("/// ") {
            words.push(text.to_owned());
            continue;
        }
        let strings: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        if let (true, [name, rest @ ..]) = (line.contains(" = ") && line.ends_with(';'), strings.as_slice()) {
            let retry = rest.first().map(|retry| format!(" Retry: {retry}.")).unwrap_or_default();
            notes.insert((*name).to_owned(), words.join(" ") + &retry);
        }
        words.clear();
    }
    Ok(notes)
}
