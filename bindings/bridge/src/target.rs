//! Where a client connects to, as a host writes it.
use std::collections::BTreeMap;
use std::fmt;

use dovetail::{Command, Target};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::session::Session;
use crate::{BridgeError, Code, Runtime};

/// One server.
pub(crate) struct Place {
    pub(crate) target: Target,
    /// Headers of its HTTP requests.
    pub(crate) headers: BTreeMap<String, String>,
}

/// What a target names.
pub(crate) enum Places {
    One(Place),
    /// Several servers by their names, in the order of the configuration.
    Many(Vec<(String, Place)>),
}

/// A target in a configuration: exactly one of `url`, `command`, `server` and `group`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetConfig {
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    command: Option<String>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    cwd: Option<String>,
    #[serde(default)]
    server: Option<Local>,
    #[serde(default)]
    group: Option<Members>,
}

/// A server of this process.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Local {
    /// The session that was given beside the configuration.
    Given(bool),
    /// The session with this id.
    Id(u64),
}

/// The members of a JSON object in their order.
struct Members(Vec<(String, TargetConfig)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of targets")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut all = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    all.push(entry);
                }
                Ok(Members(all))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

fn invalid(detail: &str) -> BridgeError {
    BridgeError::new(Code::InvalidArgument, format!("the target: {detail}"))
}

impl TargetConfig {
    /// What is named; `given` is the server beside the configuration.
    pub(crate) fn resolve(
        mut self,
        runtime: &Runtime,
        given: Option<&Session>,
    ) -> Result<Places, BridgeError> {
        let Some(Members(members)) = self.group.take() else {
            return Ok(Places::One(self.place(runtime, given)?));
        };
        if self.url.is_some() || self.command.is_some() || self.server.is_some() {
            return Err(invalid("a group is not a server as well"));
        }
        if members.is_empty() {
            return Err(invalid("a group needs a member"));
        }
        let named = members.into_iter().map(|(name, config)| {
            if config.group.is_some() {
                return Err(invalid("a group has no groups in it"));
            }
            match config.place(runtime, given) {
                Ok(place) => Ok((name, place)),
                Err(error) => Err(BridgeError::new(error.code, format!("{name}: {}", error.detail))),
            }
        });
        Ok(Places::Many(named.collect::<Result<_, _>>()?))
    }

    fn place(self, runtime: &Runtime, given: Option<&Session>) -> Result<Place, BridgeError> {
        let target = match (self.url, self.command, self.server) {
            (Some(url), None, None) => Target::Url(url),
            (None, Some(program), None) => {
                let mut command = Command::new(program).args(self.args);
                for (name, value) in self.env {
                    command = command.env(name, value);
                }
                if let Some(cwd) = self.cwd {
                    command = command.current_dir(cwd);
                }
                Target::Command(command)
            }
            (None, None, Some(Local::Given(true))) => {
                let session =
                    given.ok_or_else(|| invalid("{\"server\": true} needs a server session beside it"))?;
                Target::Server(session.server_behind()?)
            }
            (None, None, Some(Local::Id(id))) => Target::Server(runtime.server(id)?),
            _ => return Err(invalid("it is one of {url}, {command}, {server} and {group}")),
        };
        Ok(Place { target, headers: self.headers })
    }
}
