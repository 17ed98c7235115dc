//! The six surfaces, and how the programs of each are started.
use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::paths;

/// A language that has servers and clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Surface {
    Rust,
    Python,
    Node,
    Swift,
    Kotlin,
    Cpp,
}

impl Surface {
    /// All of them; a result without one of them is not complete.
    pub const ALL: [Self; 6] = [Self::Rust, Self::Python, Self::Node, Self::Swift, Self::Kotlin, Self::Cpp];

    /// The name of its folder under `conformance/adapters`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Python => "python",
            Self::Node => "node",
            Self::Swift => "swift",
            Self::Kotlin => "kotlin",
            Self::Cpp => "cpp",
        }
    }

    /// Reads a comma-separated list of names.
    ///
    /// # Errors
    /// A name that is none of ours.
    pub fn list(names: &str) -> Result<Vec<Self>, String> {
        names
            .split(',')
            .map(|name| {
                let known = Self::ALL.into_iter().find(|surface| surface.name() == name.trim());
                known.ok_or_else(|| format!("{name:?} is no surface"))
            })
            .collect()
    }

    /// How its programs are started.
    ///
    /// # Errors
    /// When `run.json` is missing or cannot be read: the surface was not built.
    pub fn programs(self) -> Result<Programs, String> {
        self.read()
    }

    /// How its programs for the shared cases are started.
    ///
    /// # Errors
    /// As [`Surface::programs`], and when it has none.
    pub fn case_programs(self) -> Result<CasePrograms, String> {
        self.read()
    }

    fn read<T: DeserializeOwned>(self) -> Result<T, String> {
        let root = paths::programs_root();
        let path = root.join("conformance/adapters").join(self.name()).join("run.json");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let text = text.replace("{root}", &root.display().to_string());
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }
}

impl fmt::Display for Surface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Command lines, without the arguments of a run.
#[derive(Clone, Debug, Deserialize)]
pub struct Programs {
    /// The server with the shared tools.
    pub server: Vec<String>,
    /// The client with the shared scenarios.
    pub client: Vec<String>,
    /// The driver of the native layer's testkit.
    pub bridge: Vec<String>,
}

/// Command lines of the two programs under test of the shared cases.
#[derive(Clone, Debug, Deserialize)]
pub struct CasePrograms {
    /// The server with the fixture of the cases.
    #[serde(rename = "cases-server")]
    pub server: Vec<String>,
    /// The client that obeys commands.
    #[serde(rename = "cases-client")]
    pub client: Vec<String>,
}
