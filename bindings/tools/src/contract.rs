//! Reads `conformance/contract.toml` and `docs/limits.md`, as far as the generated files repeat them.
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
    pub limits: Vec<Limit>,
}

/// A default limit, from the documentation that a test keeps equal to the core's.
pub struct Limit {
    pub name: String,
    pub default: u64,
    /// What it bounds, with its unit.
    pub meaning: String,
}

impl Contract {
    /// Reads the files; fails when a table is missing or a number is used twice.
    pub fn read(root: &Path) -> Result<Self> {
        let table: toml::Table = fs::read_to_string(root.join("conformance/contract.toml"))?.parse()?;
        Ok(Self {
            version: table
                .get("version")
                .and_then(toml::Value::as_integer)
                .ok_or("the contract has no version")?,
            events: numbered(&table, "events")?,
            shapes: numbered(&table, "shapes")?,
            codes: numbered(&table, "codes")?,
            limits: limits(&fs::read_to_string(root.join("docs/limits.md"))?)?,
        })
    }
}

/// The rows of the table of limits: name, default, unit, side, meaning.
fn limits(text: &str) -> Result<Vec<Limit>> {
    let mut limits = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, default, unit, _, meaning] = cells[..] else {
            return Err(format!("not a row of the table of limits: {line}").into());
        };
        limits.push(Limit {
            name: name.trim_matches('`').to_owned(),
            default: default.parse()?,
            meaning: format!("{meaning} ({unit})"),
        });
    }
    if limits.is_empty() { Err("docs/limits.md has no table of limits".into()) } else { Ok(limits) }
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
