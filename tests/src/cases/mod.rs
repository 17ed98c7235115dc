//! The shared cases of `conformance/cases`: what every surface must do alike and the official suite does not look at.
//!
//! A case is data. It plays at one or more places (a transport and a revision) and in one of two roles: the runner speaks
//! the wire to a server under test, or it plays the server for a client under test.

mod client;
mod driver;
mod forge;
mod http_exchange;
mod http_peer;
mod http_wire;
mod message;
mod peer;
mod relay;
mod report;
mod server;
mod stdio_wire;
mod step;
mod wire;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use dovetail::Revision;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::paths;
use crate::surface::Surface;

pub use relay::run as relay;
use step::{ClientStep, ServerStep};

/// How long anything that must come may take; a cold virtual machine on a busy computer needs seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    /// What its cases have in common, for people.
    #[serde(rename = "about")]
    _about: String,
    #[serde(default)]
    server: Vec<ServerCase>,
    #[serde(default)]
    client: Vec<ClientCase>,
}

/// A case about a server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServerCase {
    /// The behaviour that it protects.
    name: String,
    /// Where it plays.
    at: Vec<String>,
    /// Options of the fixture.
    #[serde(default = "nothing")]
    options: Value,
    /// What the runner says it can be asked for; forms when left out.
    #[serde(default = "forms")]
    capabilities: Value,
    /// Whether the runner greets the server before the first step.
    #[serde(default = "yes")]
    greet: bool,
    /// Whether it opens the stream between requests after that.
    #[serde(default)]
    stream: bool,
    steps: Vec<ServerStep>,
}

/// A case about a client.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientCase {
    /// The behaviour that it protects.
    name: String,
    /// Where it plays.
    at: Vec<String>,
    /// Whether the server that is played has a stream between requests.
    #[serde(default)]
    stream: bool,
    /// Whether it opens sessions on HTTP.
    #[serde(default)]
    sessions: bool,
    /// Whether requests to open a stream or end a session are left to the steps.
    #[serde(default)]
    manual: bool,
    steps: Vec<ClientStep>,
}

fn nothing() -> Value {
    json!({})
}

fn forms() -> Value {
    json!({"elicitation": {"form": {}}})
}

const fn yes() -> bool {
    true
}

/// How messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Stdio,
    Http,
    /// The two endpoints of the first revision.
    Sse,
    /// Within the process of the client under test.
    Memory,
}

/// Where a case plays.
#[derive(Clone, Copy, Debug)]
struct Place {
    transport: Transport,
    revision: Revision,
}

impl Place {
    fn parse(text: &str) -> Result<Self, String> {
        let (transport, revision) = text.split_once(' ').unwrap_or((text, Revision::LATEST.as_str()));
        let transport = match transport {
            "stdio" => Transport::Stdio,
            "http" => Transport::Http,
            "sse" => Transport::Sse,
            "memory" => Transport::Memory,
            _ => return Err(format!("{text:?} is no place")),
        };
        let revision =
            Revision::parse(revision).ok_or_else(|| format!("{text:?} has no revision of ours"))?;
        Ok(Self { transport, revision })
    }
}

#[derive(Clone, Debug)]
enum Role {
    Server(ServerCase),
    Client(ClientCase),
}

/// One case at one place.
#[derive(Clone, Debug)]
pub struct Case {
    topic: String,
    at: String,
    place: Place,
    role: Role,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (role, name) = match &self.role {
            Role::Server(case) => ("server", &case.name),
            Role::Client(case) => ("client", &case.name),
        };
        write!(f, "{}/{role}: {name} [{}]", self.topic, self.at)
    }
}

/// Reads every case whose text holds `only`, in the order of the files.
///
/// # Errors
/// When there are none, or one cannot be read.
pub fn read(only: &str) -> Result<Vec<Case>, String> {
    let folder = paths::root().join("conformance/cases");
    let listing = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<_> = listing.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        cases.extend(read_file(&path)?);
    }
    cases.retain(|case| case.to_string().contains(only));
    if cases.is_empty() { Err(format!("no case has {only:?} in its name")) } else { Ok(cases) }
}

fn read_file(path: &Path) -> Result<Vec<Case>, String> {
    let wrong = |error: &dyn fmt::Display| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    let topic: Topic = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let servers = topic.server.into_iter().map(|case| (case.at.clone(), Role::Server(case)));
    let clients = topic.client.into_iter().map(|case| (case.at.clone(), Role::Client(case)));
    let mut cases = Vec::new();
    for (places, role) in servers.chain(clients) {
        for at in places {
            let place = Place::parse(&at).map_err(|error| wrong(&error))?;
            cases.push(Case { topic: name.clone(), at, place, role: role.clone() });
        }
    }
    Ok(cases)
}

/// Runs one case against the programs of a surface.
///
/// # Errors
/// What was wrong.
pub async fn run(case: &Case, surface: Surface) -> Result<(), String> {
    let programs = surface.case_programs()?;
    match &case.role {
        Role::Server(server) => server::run(server, case.place, &programs.server).await,
        Role::Client(client) => client::run(client, case.place, &programs.client).await,
    }
}
