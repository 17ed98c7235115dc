//! Several servers as one.
//!
//! Owns which member a name or URI belongs to. Must never send a request to another server than the one that its name
//! stands for.

use std::collections::HashSet;
use std::fmt;

use dovetail_protocol::types::{Prompt, Resource, ResourceTemplate};
use dovetail_protocol::uri_template::UriTemplate;
use dovetail_protocol::{Error, ErrorKind, error};
use futures_util::future::{join_all, try_join_all};
use serde::Serialize;

use super::names::Names;
use super::pending::Pending;
use super::result::{PromptResult, ReadResult, ToolInfo};
use super::{Call, Client};

/// Clients of several servers, whose tools, prompts and resources can be used as those of one.
///
/// A tool or prompt that only one server has keeps its name. When several have it, each gets its server's name in
/// front: `server_tool`; should that be taken as well, a number behind it. Names depend only on what the servers list
/// and on the order in which they were added. A URI that several servers have belongs to the first of them. Servers
/// that have no prompts or resources at all count as having none.
#[derive(Default)]
pub struct Group {
    members: Vec<(String, Client)>,
    tools: Names,
    prompts: Names,
    uris: Names,
}

/// One thing that a member of a group offers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Grouped<T> {
    /// Unique in the group: the name of a tool or prompt, the URI or URI template of a resource.
    pub name: String,
    /// The member it belongs to.
    pub server: String,
    /// The definition as its server gave it, with the name it has there.
    pub item: T,
}

/// What can be listed by a group.
trait Offered: Sized {
    fn own(&self) -> &str;
    async fn list(client: &Client) -> Result<Vec<Self>, Error>;
}

macro_rules! offered {
    ($($type:ty => $list:ident, $own:ident;)+) => {
        $(impl Offered for $type {
            fn own(&self) -> &str {
                &self.$own
            }

            async fn list(client: &Client) -> Result<Vec<Self>, Error> {
                client.$list().await
            }
        })+
    };
}

offered! {
    ToolInfo => list_tools, name;
    Prompt => list_prompts, name;
    Resource => list_resources, uri;
    ResourceTemplate => list_resource_templates, uri_template;
}

impl Group {
    /// A group without members.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a server under a name.
    ///
    /// # Errors
    /// `invalid_argument` when the name is empty or taken.
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
        self.members().find(|(known, _)| *known == name).map(|(_, client)| client)
    }

    /// Every member with its name, in the order in which they were added.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Client)> {
        self.members.iter().map(|(name, client)| (name.as_str(), client))
    }

    /// What all members list, by their places.
    async fn gather<T: Offered>(&self) -> Result<Vec<(usize, T)>, Error> {
        let lists = self.members().enumerate().map(|(at, (name, client))| async move {
            match T::list(client).await {
                Ok(items) => Ok(items.into_iter().map(|item| (at, item)).collect()),
                Err(error) if error.kind == ErrorKind::MethodNotFound => Ok(Vec::new()),
                Err(error) => Err(error.with_context("server", name)),
            }
        });
        let lists: Vec<Vec<(usize, T)>> = try_join_all(lists).await?;
        Ok(lists.into_iter().flatten().collect())
    }

    /// Those with names of their own in the group.
    async fn named<T: Offered>(&self, names: &Names) -> Result<Vec<Grouped<T>>, Error> {
        let items = self.gather::<T>().await?;
        let own: Vec<(usize, &str, &str)> =
            items.iter().map(|(at, item)| (*at, self.members[*at].0.as_str(), item.own())).collect();
        let names = names.learn(&own);
        let named = names.into_iter().zip(items);
        Ok(named
            .map(|(name, (at, item))| Grouped { name, server: self.members[at].0.clone(), item })
            .collect())
    }

    /// Those that are named by their URIs: the first member that has one keeps it.
    async fn first<T: Offered>(&self) -> Result<Vec<Grouped<T>>, Error> {
        let mut seen = HashSet::new();
        let items = self.gather::<T>().await?.into_iter();
        let first = items.filter(|(_, item)| seen.insert(item.own().to_owned()));
        let grouped = |(at, item): (usize, T)| Grouped {
            name: item.own().to_owned(),
            server: self.members[at].0.clone(),
            item,
        };
        Ok(first.map(grouped).collect())
    }

    /// All tools of all members, in the order in which the members were added. Cancel-safe.
    ///
    /// # Errors
    /// The first failure of a member, with its name in the context.
    pub async fn list_tools(&self) -> Result<Vec<Grouped<ToolInfo>>, Error> {
        self.named(&self.tools).await
    }

    /// All prompts; as [`list_tools`](Self::list_tools).
    ///
    /// # Errors
    /// As [`list_tools`](Self::list_tools).
    pub async fn list_prompts(&self) -> Result<Vec<Grouped<Prompt>>, Error> {
        self.named(&self.prompts).await
    }

    /// All resources, each URI once. Cancel-safe.
    ///
    /// # Errors
    /// As [`list_tools`](Self::list_tools).
    pub async fn list_resources(&self) -> Result<Vec<Grouped<Resource>>, Error> {
        let resources: Vec<Grouped<Resource>> = self.first().await?;
        let owned = resources.iter().filter_map(|found| Some((&found.name, self.place(&found.server)?)));
        self.uris.remember(owned.map(|(uri, at)| (uri.clone(), (at, uri.clone()))));
        Ok(resources)
    }

    /// All resource templates, each once. Cancel-safe.
    ///
    /// # Errors
    /// As [`list_tools`](Self::list_tools).
    pub async fn list_resource_templates(&self) -> Result<Vec<Grouped<ResourceTemplate>>, Error> {
        self.first().await
    }

    /// The member and its own name for a tool. Lists the tools when the name is not known yet.
    ///
    /// # Errors
    /// `unknown_tool` when no member has it; what listing them fails with.
    pub async fn tool(&self, name: &str) -> Result<(&Client, String), Error> {
        if self.tools.find(name).is_none() {
            self.list_tools().await?;
        }
        let (at, own) = self.tools.find(name).ok_or_else(|| error::unknown_tool(&shown(name)))?;
        Ok((&self.members[at].1, own))
    }

    /// The member and its own name for a prompt; as [`tool`](Self::tool).
    ///
    /// # Errors
    /// `unknown_prompt` when no member has it; what listing them fails with.
    pub async fn prompt(&self, name: &str) -> Result<(&Client, String), Error> {
        if self.prompts.find(name).is_none() {
            self.list_prompts().await?;
        }
        let (at, own) = self.prompts.find(name).ok_or_else(|| error::unknown_prompt(&shown(name)))?;
        Ok((&self.members[at].1, own))
    }

    /// The member that a resource belongs to: the first that lists it, or else the first with a template for it. A
    /// template belongs to the first that lists it.
    ///
    /// # Errors
    /// `unknown_resource` when no member has it; what listing them fails with.
    pub async fn resource(&self, uri: &str) -> Result<&Client, Error> {
        let at = self.place_of(uri).await?;
        Ok(&self.members[at].1)
    }

    /// The place among the [members](Self::members) of the one that a resource belongs to.
    ///
    /// # Errors
    /// As [`resource`](Self::resource).
    pub async fn place_of(&self, uri: &str) -> Result<usize, Error> {
        if self.uris.find(uri).is_none() {
            self.list_resources().await?;
        }
        if let Some((at, _)) = self.uris.find(uri) {
            return Ok(at);
        }
        let fits = |template: &str| {
            template == uri
                || UriTemplate::parse(template).is_ok_and(|template| template.matches(uri).is_some())
        };
        let templates = self.list_resource_templates().await?;
        let owner = templates.into_iter().find(|found| fits(&found.name)).map(|found| found.server);
        owner.and_then(|server| self.place(&server)).ok_or_else(|| error::unknown_resource(uri))
    }

    fn place(&self, server: &str) -> Option<usize> {
        self.members().position(|(name, _)| name == server)
    }

    /// Calls a tool by its name in the group. Lists the tools first when the name is not known yet.
    ///
    /// # Errors
    /// As [`tool`](Self::tool).
    pub async fn call(&self, name: &str, arguments: impl Serialize) -> Result<Call, Error> {
        let (client, tool) = self.tool(name).await?;
        Ok(client.call(tool, arguments))
    }

    /// Gets a prompt by its name in the group.
    ///
    /// # Errors
    /// As [`prompt`](Self::prompt).
    pub async fn get_prompt(
        &self,
        name: &str,
        arguments: impl Serialize,
    ) -> Result<Pending<PromptResult>, Error> {
        let (client, prompt) = self.prompt(name).await?;
        Ok(client.get_prompt(prompt, arguments))
    }

    /// Reads a resource of whichever member has it.
    ///
    /// # Errors
    /// As [`resource`](Self::resource).
    pub async fn read_resource(&self, uri: &str) -> Result<Pending<ReadResult>, Error> {
        Ok(self.resource(uri).await?.read_resource(uri))
    }

    /// Ends all connections.
    pub async fn close(&self) {
        join_all(self.members().map(|(_, client)| client.close())).await;
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.members()).finish()
    }
}

/// A name for an error text, bounded.
fn shown(name: &str) -> String {
    name.chars().take(128).collect()
}
