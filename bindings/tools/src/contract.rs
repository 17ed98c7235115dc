//! Reads `conformance/contract.toml`, as far as the generated files repeat it.
use std::fs;
use std::path::Path;

use crate::Result;

/// A name and its number, in the order of the numbers.
pub type Numbered = Vec<(String, i64)>;

/// The numbers of the contract.
pub struct Contract {
    pub version: i64,
    pub events: Numbered,
    pub shapes: Numbered,
    pub codes: Numbered,
}

impl Contract {
    /// Reads the file; fails when a table is missing or a number is used twice.
    pub fn read(path: &Path) -> Result<Self> {
        let table: toml::Table = fs::read_to_string(path)?.parse()?;
        Ok(Self {
            version: table
                .get("version")
                .and_then(toml::Value::as_integer)
                .ok_or("the contract has no version")?,
            events: numbered(&table, "events")?,
            shapes: numbered(&table, "shapes")?,
            codes: numbered(&table, "codes")?,
        })
    }
}

fn numbered(table: &toml::Table, name: &str) -> Result<Numbered> {
    let entries =
        table.get(name).and_then(toml::Value::as_table).ok_or(format!("the contract has no [{name}]"))?;
    let mut numbered = Numbered::new();
    for (key, value) in entries {
        numbered.push((key.clone(), value.as_integer().ok_or(format!("{name}.{key} is no number"))?));
    }
    numbered.sort_by_key(|(_, number)| *number);
    match numbered.windows(2).find(|pair| pair[0].1 == pair[1].1) {
        Some(pair) => Err(format!("{name}: {} and {} have the same number", pair[0].0, pair[1].0).into()),
        None => Ok(numbered),
    }
}
