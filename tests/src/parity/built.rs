//! Names that only a built package shows: Python and Node are asked themselves.
use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;

use super::names::{Found, compare_native, compare_public};
use crate::contract::Contract;
use crate::paths;
use crate::process;
use crate::surface::Surface;

/// How long a package may take to answer.
const LIMIT: Duration = Duration::from_secs(30);

const PYTHON: &str = r#"
import inspect, json
import dovetail
from dovetail import _native
def members(owner):
    return [name for name in dir(owner) if not name.startswith("_")]
native = set()
for name in members(_native):
    value = getattr(_native, name)
    native.update(members(value) if inspect.isclass(value) else [name])
print(json.dumps({
    "native": sorted(native),
    "types": list(dovetail.__all__),
    "server": members(dovetail.Server),
    "client": members(dovetail.Client),
    "context": members(dovetail.Context),
}))
"#;

const NODE: &str = r#"
const { createRequire } = require("node:module");
const load = createRequire(process.argv[1] + "/node/");
const own = (object) => Object.getOwnPropertyNames(object).filter((name) =>
  !["constructor", "length", "name", "prototype", "arguments", "caller"].includes(name) && !name.startsWith("_"));
const isClass = (value) => typeof value === "function" && own(value.prototype ?? {}).length > 0;
const members = (type) => [...own(type.prototype), ...own(type)];
const nativeModule = load("./native/dovetail.node");
const native = Object.entries(nativeModule).flatMap(([name, value]) => (isClass(value) ? members(value) : [name]));
const exported = load("./dist/index.js");
console.log(JSON.stringify({
  native,
  types: Object.keys(exported),
  server: members(exported.Server),
  client: members(exported.Client),
  context: members(exported.Context),
}));
"#;

#[derive(Deserialize)]
struct Seen {
    native: BTreeSet<String>,
    types: BTreeSet<String>,
    server: BTreeSet<String>,
    client: BTreeSet<String>,
    context: BTreeSet<String>,
}

impl Seen {
    fn compare(self, language: &str, contract: &Contract, more_types: BTreeSet<String>) -> Vec<String> {
        let mut faults = compare_native(language, contract, &[], &self.native);
        let found = Found {
            types: self.types.into_iter().chain(more_types).collect(),
            server: self.server,
            client: self.client,
            context: self.context,
        };
        faults.extend(compare_public(language, contract, &found));
        faults
    }
}

async fn ask(surface: Surface, arguments: &[&str]) -> Result<Seen, String> {
    // The interpreter that the surface's own programs run on.
    let programs = surface.programs()?;
    let mut argv: Vec<String> = programs.server.first().cloned().into_iter().collect();
    argv.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let finished = process::run(&argv, LIMIT).await?;
    serde_json::from_str(&finished.stdout)
        .map_err(|error| format!("{error}: {} {}", finished.stdout.trim(), finished.stderr))
}

pub(super) async fn python(contract: &Contract) -> Vec<String> {
    match ask(Surface::Python, &["-c", PYTHON]).await {
        Ok(seen) => seen.compare("python", contract, BTreeSet::new()),
        Err(error) => vec![format!("python: {error}")],
    }
}

pub(super) async fn node(contract: &Contract) -> Vec<String> {
    let root = paths::root().display().to_string();
    let types = match types_of_node() {
        Ok(types) => types,
        Err(error) => return vec![error],
    };
    match ask(Surface::Node, &["-e", NODE, &root]).await {
        Ok(seen) => seen.compare("node", contract, types),
        Err(error) => vec![format!("node: {error}")],
    }
}

/// The types of TypeScript, which are gone when the package runs.
fn types_of_node() -> Result<BTreeSet<String>, String> {
    let file = "node/src/index.ts";
    let text =
        std::fs::read_to_string(paths::root().join(file)).map_err(|error| format!("{file}: {error}"))?;
    let mut types = BTreeSet::new();
    for list in text.split("export ").skip(1) {
        let Some((_, names)) = list.split_once('{') else {
            return Err(format!("{file}: an export without a list"));
        };
        let names = names.split_once('}').map_or(names, |(names, _)| names);
        types.extend(
            names
                .split(',')
                .map(|name| name.trim().trim_start_matches("type ").to_owned())
                .filter(|name| !name.is_empty()),
        );
    }
    Ok(types)
}
