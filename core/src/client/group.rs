//! Several servers as one.
//!
//! Owns the names: every tool of the group has exactly one. Must never send a call to another server than the one its
//! name stands for.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use dovetail_protocol::{Error, ErrorKind};
use futures_util::future::{join_all, try_join_all};
use serde::Serialize;

use super::result::ToolInfo;
use super::{Call, Client};

/// Clients of several servers, whose tools can be called by one set of names.
///
/// A tool that only one server has keeps its name. When several have it, each gets its server's name in front:
/// `server_tool`; should that be taken as well, a number behind it. Names depend only on what the servers list and on
/// the order in which they were added.
#[derive(Default)]
pub struct Group {
    members: Vec<(String, Client)>,
    names: Mutex<HashMap<String, (usize, String)>>,
}

/// One tool of a group.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GroupTool {
    /// Unique in the group; what [`Group::call`] takes.
    pub name: String,
    /// The member it belongs to.
    pub server: String,
    /// The tool as its server defines it, with the name it has there.
    pub tool: ToolInfo,
}

impl Group {
    /// A group without members.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a server under a name.
    ///
    /// # Errors
    /// `invalid_config` when the name is empty or taken.
    pub fn add(mut self, name: impl Into<String>, client: Client) -> Result<Self, Error> {
        let name = name.into();
        if name.is_empty() || self.client(&name).is_some() {
            let detail = format!("the members of a group need names of their own, and {name:?} is not one");
            return Err(Error::new(ErrorKind::InvalidConfig, detail));
        }
        self.members.push((name, client));
        Ok(self)
    }

    /// The client of a member.
    pub fn client(&self, name: &str) -> Option<&Client> {
        self.members.iter().find(|(known, _)| known == name).map(|(_, client)| client)
    }

    /// All tools of all members, in the order in which the members were added. Cancel-safe.
    ///
    /// # Errors
    /// The first failure of a member, with its name in the context.
    pub async fn list_tools(&self) -> Result<Vec<GroupTool>, Error> {
        let lists = self.members.iter().map(|(name, client)| async move {
            client.list_tools().await.map_err(|error| error.with_context("server", name.clone()))
        });
        let lists = try_join_all(lists).await?;
        let all = lists
            .into_iter()
            .enumerate()
            .flat_map(|(at, tools)| tools.into_iter().map(move |tool| (at, tool)));
        let tools: Vec<(usize, ToolInfo)> = all.collect();
        let plain: Vec<(&str, &str)> =
            tools.iter().map(|(at, tool)| (self.members[*at].0.as_str(), tool.name.as_str())).collect();
        let names = resolve(&plain);
        let known =
            names.iter().zip(&tools).map(|(name, (at, tool))| (name.clone(), (*at, tool.name.clone())));
        *self.names.lock().unwrap_or_else(PoisonError::into_inner) = known.collect();
        let tools = names.into_iter().zip(tools).map(|(name, (at, tool))| GroupTool {
            name,
            server: self.members[at].0.clone(),
            tool,
        });
        Ok(tools.collect())
    }

    /// Which member and which of its tools a name stands for, after [`list_tools`](Self::list_tools).
    pub fn resolve(&self, name: &str) -> Option<(&Client, String)> {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, tool) = names.get(name)?.clone();
        drop(names);
        Some((&self.members[at].1, tool))
    }

    /// Calls a tool by its name in the group. Lists the tools first when that has not been done, or the name is new.
    ///
    /// # Errors
    /// `unknown_tool` when no member has it; what listing them fails with.
    pub async fn call(&self, name: &str, arguments: impl Serialize) -> Result<Call, Error> {
        if self.resolve(name).is_none() {
            self.list_tools().await?;
        }
        match self.resolve(name) {
            Some((client, tool)) => Ok(client.call(tool, arguments)),
            None => {
                let name: String = name.chars().take(128).collect();
                let detail = format!("no server of the group has a tool {name:?}");
                Err(Error::new(ErrorKind::UnknownTool, detail))
            }
        }
    }

    /// Ends all connections.
    pub async fn close(&self) {
        join_all(self.members.iter().map(|(_, client)| client.close())).await;
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.members.iter().map(|(name, client)| (name, client))).finish()
    }
}

/// A name for each pair of server and tool.
fn resolve(tools: &[(&str, &str)]) -> Vec<String> {
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, tool) in tools {
        *owners.entry(tool).or_default() += 1;
    }
    let alone = |tool: &str| owners.get(tool) == Some(&1);
    // Names that stay go first, so that no made-up name takes them away.
    let mut taken: HashSet<String> =
        tools.iter().filter(|(_, tool)| alone(tool)).map(|(_, tool)| (*tool).to_owned()).collect();
    let name = |(server, tool): &(&str, &str)| {
        if alone(tool) {
            return (*tool).to_owned();
        }
        let base = format!("{server}_{tool}");
        let mut name = base.clone();
        let mut number = 2;
        while !taken.insert(name.clone()) {
            name = format!("{base}_{number}");
            number += 1;
        }
        name
    };
    tools.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_has_one_name() {
        let tools = [
            ("a", "x"),
            ("b", "x"),
            ("b", "y"),
            ("a", "b_x"),
            ("a_b", "z"),
            ("a", "b_z"),
            ("c", "z"),
            ("d", "b_z"),
        ];
        let names = resolve(&tools);
        assert_eq!(names, ["a_x", "b_x_2", "y", "b_x", "a_b_z", "a_b_z_2", "c_z", "d_b_z"]);
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), tools.len());
    }
}
