//! The official SDKs as counterparts: each of their programs with each of our surfaces, in both roles.
//!
//! What such a program is known to do otherwise stands in its `run.json`, one member at a time and with the reason. It
//! must really be so, and everything else must be as between two of ours. Only our own messages are held to the schema.
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::cell::{self, observed_faults};
use super::run::{Plan, run};
use super::{Case, Transport};
use crate::paths;
use crate::record::Direction;
use crate::surface::{Programs, Surface};

/// An SDK by others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Peer {
    Rust,
    TypeScript,
    Python,
}

/// What a program is in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Role {
    Client,
    Server,
}

impl Peer {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rust, Self::TypeScript, Self::Python];

    /// The name of its folder under `tests/peers`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::TypeScript => "typescript",
            Self::Python => "python",
        }
    }

    fn programs(self) -> Result<PeerPrograms, String> {
        let path = paths::root().join("tests/peers").join(self.name()).join("run.json");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let text = text.replace("{root}", &paths::root().display().to_string());
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "official-{}", self.name())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeerPrograms {
    server: Vec<String>,
    client: Vec<String>,
    #[serde(default)]
    differs: Vec<Difference>,
}

/// One member of an observation that is another one with this SDK.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    /// The role of the SDK in which it shows.
    role: Role,
    /// Where it shows; everywhere without them.
    revision: Option<String>,
    transport: Option<Transport>,
    /// A path like `error.name`.
    member: String,
    /// What is observed instead; `null` for what is missing.
    is: Value,
    /// The reason, for people.
    #[serde(rename = "why")]
    _why: String,
}

/// Runs a cell and gives everything that is wrong.
pub(super) async fn check(
    peer: Peer,
    role: Role,
    surface: Surface,
    transport: Transport,
    revision: &'static str,
) -> Result<Vec<String>, String> {
    let name = Case::Peer { peer, role, surface, transport, revision }.to_string();
    let (theirs, ours) = (peer.programs()?, surface.programs()?);
    let theirs_as =
        Programs { server: theirs.server.clone(), client: theirs.client.clone(), bridge: Vec::new() };
    let (client, server) = match role {
        Role::Client => (&theirs_as, &ours),
        Role::Server => (&ours, &theirs_as),
    };
    let plan =
        Plan { name, client, server, transport, revision, pinned: true, options: &[], scenario: "cell" };
    let mut seen = run(&plan).await?;
    let mut faults = Vec::new();
    let applies = |difference: &&Difference| {
        difference.role == role
            && difference.revision.as_ref().is_none_or(|named| named == revision)
            && difference.transport.is_none_or(|named| named == transport)
    };
    for difference in theirs.differs.iter().filter(applies) {
        let pointer = format!("/{}", difference.member.replace('.', "/"));
        let found = seen.observed.pointer(&pointer).cloned().unwrap_or(Value::Null);
        if found != difference.is {
            faults.push(format!(
                "{}: {found}, but run.json says that it is {}",
                difference.member, difference.is
            ));
        }
        put(&mut seen.observed, &difference.member, cell::good(revision).pointer(&pointer));
    }
    faults.extend(observed_faults(&seen.observed, revision));
    let ours_is = if role == Role::Client { Direction::S2c } else { Direction::C2s };
    let from_us = format!("{ours_is:?}:");
    faults.extend(seen.wire_faults.into_iter().filter(|fault| fault.starts_with(&from_us)));
    Ok(faults)
}

/// Replaces one member.
fn put(observed: &mut Value, member: &str, value: Option<&Value>) {
    let mut place = observed;
    for name in member.split('.') {
        if !place.is_object() {
            *place = Value::Object(serde_json::Map::new());
        }
        place = &mut place[name];
    }
    *place = value.cloned().unwrap_or(Value::Null);
}
