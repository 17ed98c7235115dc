//! What a client session is connected to: one server, or several as one.
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use dovetail::{Client, ErrorKind, Group, Grouped, Level, RawValue, Reference, ToolInfo};
use futures_util::future::try_join_all;
use serde::Serialize;
use tokio::sync::watch;

use crate::client_ops::json;
use crate::session::parse;
use crate::{BridgeError, Code};

/// The servers behind a session.
#[derive(Clone)]
pub(crate) enum Peer {
    One(Client),
    Many(Arc<Group>),
}

/// The peer, or the wait for its connection.
pub(crate) type Connected = watch::Receiver<Option<Result<Peer, BridgeError>>>;

fn invalid(detail: String) -> BridgeError {
    BridgeError::new(Code::InvalidArgument, detail)
}

/// Waits for the connection. `server` picks a member of a group.
pub(crate) async fn wait(mut connected: Connected, server: Option<&str>) -> Result<Peer, BridgeError> {
    let closed = || BridgeError::new(Code::Closed, "the connection was given up");
    let outcome = connected.wait_for(Option::is_some).await.map_err(|_| closed())?.clone();
    match (outcome.ok_or_else(closed)??, server) {
        (Peer::Many(group), Some(name)) => {
            let member = group.client(name).cloned();
            member.map(Peer::One).ok_or_else(|| invalid(format!("no server of the group is named {name:?}")))
        }
        (Peer::One(_), Some(_)) => Err(invalid("the option server is for clients of a group".to_owned())),
        (peer, None) => Ok(peer),
    }
}

#[derive(Serialize)]
struct InfoBody<'a> {
    revision: &'a str,
    info: Option<&'a RawValue>,
    capabilities: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    servers: BTreeMap<&'a str, InfoBody<'a>>,
}

impl<'a> InfoBody<'a> {
    fn of(client: &'a Client) -> Self {
        let info = client.server_info();
        Self {
            revision: info.revision.as_str(),
            info: info.info.as_deref(),
            capabilities: &info.capabilities,
            instructions: info.instructions.as_deref(),
            servers: BTreeMap::new(),
        }
    }
}

impl Peer {
    /// What the server says about itself; of a group, what its first member says, with that of each member.
    pub(crate) fn info(&self) -> Result<Bytes, BridgeError> {
        match self {
            Self::One(client) => json(&InfoBody::of(client)),
            Self::Many(group) => {
                let servers = group.members().map(|(name, client)| (name, InfoBody::of(client))).collect();
                let first = group.members().next().map(|(_, client)| InfoBody::of(client));
                let first = first.ok_or_else(|| invalid("a group without members".to_owned()))?;
                json(&InfoBody { servers, ..first })
            }
        }
    }

    /// The only server.
    pub(crate) fn only(&self) -> Result<&Client, BridgeError> {
        match self {
            Self::One(client) => Ok(client),
            Self::Many(_) => {
                Err(invalid("in a group, this needs the option server: the name of a member".to_owned()))
            }
        }
    }

    /// Every server.
    pub(crate) fn all(&self) -> Vec<Client> {
        match self {
            Self::One(client) => vec![client.clone()],
            Self::Many(group) => group.members().map(|(_, client)| client.clone()).collect(),
        }
    }

    /// The server that has a tool, and the tool's name there.
    pub(crate) async fn tool(&self, name: String) -> Result<(Client, String), BridgeError> {
        match self {
            Self::One(client) => Ok((client.clone(), name)),
            Self::Many(group) => {
                let (client, own) = group.tool(&name).await?;
                Ok((client.clone(), own))
            }
        }
    }

    /// The server that has a prompt, and the prompt's name there.
    pub(crate) async fn prompt(&self, name: String) -> Result<(Client, String), BridgeError> {
        match self {
            Self::One(client) => Ok((client.clone(), name)),
            Self::Many(group) => {
                let (client, own) = group.prompt(&name).await?;
                Ok((client.clone(), own))
            }
        }
    }

    /// The server that has a resource.
    pub(crate) async fn resource(&self, uri: &str) -> Result<Client, BridgeError> {
        match self {
            Self::One(client) => Ok(client.clone()),
            Self::Many(group) => Ok(group.resource(uri).await?.clone()),
        }
    }

    /// What is completed, as its server knows it.
    pub(crate) async fn reference(&self, of: Reference) -> Result<(Client, Reference), BridgeError> {
        Ok(match of {
            Reference::Prompt { name } => {
                let (client, name) = self.prompt(name).await?;
                (client, Reference::Prompt { name })
            }
            Reference::Resource { uri } => (self.resource(&uri).await?, Reference::Resource { uri }),
        })
    }

    pub(crate) async fn ping(&self) -> Result<(), BridgeError> {
        let clients = self.all();
        try_join_all(clients.iter().map(Client::ping)).await?;
        Ok(())
    }

    /// A group sets it where there is something to set.
    pub(crate) async fn set_log_level(&self, level: Level) -> Result<(), BridgeError> {
        for client in self.all() {
            match client.set_log_level(level).await {
                Err(error) if error.kind == ErrorKind::MethodNotFound && matches!(self, Self::Many(_)) => {}
                outcome => outcome?,
            }
        }
        Ok(())
    }

    pub(crate) async fn list_tools(&self) -> Result<Bytes, BridgeError> {
        match self {
            Self::One(client) => {
                let tools = client.list_tools().await?;
                list("tools", tools.iter().map(|tool| &*tool.raw).collect::<Vec<_>>())
            }
            Self::Many(group) => {
                let tools: Vec<Grouped<ToolInfo>> = group.list_tools().await?;
                let tools = tools.iter().map(|tool| marked(tool, "name", &tool.item.raw));
                list("tools", tools.collect::<Result<Vec<_>, _>>()?)
            }
        }
    }
}

macro_rules! listings {
    ($($name:ident, $member:literal, $key:literal;)+) => {
        impl Peer {
            $(pub(crate) async fn $name(&self) -> Result<Bytes, BridgeError> {
                match self {
                    Self::One(client) => list($member, client.$name().await?),
                    Self::Many(group) => {
                        let all = group.$name().await?;
                        let all = all.iter().map(|found| {
                            let raw: Box<RawValue> = parse(&json(&found.item)?, "a definition")?;
                            marked(found, $key, &raw)
                        });
                        list($member, all.collect::<Result<Vec<_>, _>>()?)
                    }
                }
            })+
        }
    };
}

listings! {
    list_prompts, "prompts", "name";
    list_resources, "resources", "uri";
    list_resource_templates, "resourceTemplates", "uriTemplate";
}

/// A definition under its name in a group, with the member it belongs to.
fn marked<T>(
    found: &Grouped<T>,
    key: &'static str,
    raw: &RawValue,
) -> Result<BTreeMap<String, Box<RawValue>>, BridgeError> {
    let mut members: BTreeMap<String, Box<RawValue>> = parse(raw.get().as_bytes(), "a definition")?;
    for (member, value) in [(key, &found.name), ("server", &found.server)] {
        members.insert(member.to_owned(), parse(&json(value)?, "a name")?);
    }
    Ok(members)
}

fn list<T: Serialize>(member: &str, items: Vec<T>) -> Result<Bytes, BridgeError> {
    json(&BTreeMap::from([(member, items)]))
}
