//! `conformance/contract.toml`, read.
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::paths;

/// The description of the boundary that every surface is compared with.
#[derive(Debug, Deserialize)]
pub struct Contract {
    /// Version of the boundary.
    pub version: u32,
    /// Functions of the native layer.
    pub functions: Functions,
    /// Operations of `request`.
    pub operations: BTreeMap<String, Vec<String>>,
    /// Events: name and number.
    pub events: BTreeMap<String, i64>,
    /// Shapes of a reply: name and number.
    pub shapes: BTreeMap<String, i64>,
    /// Error codes: name and number.
    pub codes: BTreeMap<String, i64>,
    /// Names of the host packages.
    pub public: Public,
}

/// Functions by what they belong to.
#[derive(Debug, Deserialize)]
pub struct Functions {
    /// Functions of the runtime.
    pub runtime: Vec<String>,
    /// Functions that open a session.
    pub open: Vec<String>,
    /// Functions of a session.
    pub session: Vec<String>,
    /// Functions of development builds.
    pub testkit: Vec<String>,
}

impl Functions {
    /// Every function.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        [&self.runtime, &self.open, &self.session, &self.testkit].into_iter().flatten().map(String::as_str)
    }
}

/// Public names, in snake case.
#[derive(Debug, Deserialize)]
pub struct Public {
    /// What every language has.
    #[serde(flatten)]
    pub names: Names,
    /// What one language has beyond that.
    #[serde(default)]
    pub extra: BTreeMap<String, Names>,
    /// What one language does not have, with the reason.
    #[serde(default)]
    pub except: BTreeMap<String, BTreeMap<String, String>>,
}

/// Types, and the methods of the types that have behaviour.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Names {
    /// Exported types and functions.
    pub types: Vec<String>,
    /// Methods of `Server`.
    pub server: Vec<String>,
    /// Methods of `Client`.
    pub client: Vec<String>,
    /// Methods of `Context`.
    pub context: Vec<String>,
    /// Functions of the native layer beyond those of the contract; only as an extra.
    pub native: Vec<String>,
}

/// Reads the contract.
///
/// # Errors
/// When the file is missing or is not what this module says.
pub fn read() -> Result<Contract, String> {
    let path = paths::root().join("conformance/contract.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}
