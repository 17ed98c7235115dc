//! Changing what a server offers while it serves. Every change is told to the clients that listen.
use dovetail_protocol::Error;

use super::snapshot::Snapshot;
use super::{Prompt, Resource, ResourceTemplate, Server, Tool};
use crate::bus::Change;

impl Server {
    /// Adds a tool while the server serves.
    ///
    /// # Errors
    /// `invalid_argument` for a taken name or a broken schema.
    pub fn add_tool(&self, tool: impl Into<Tool>) -> Result<(), Error> {
        self.core.change(|snapshot| snapshot.add_tool(tool.into()))?;
        self.core.announce(Change::Tools);
        Ok(())
    }

    /// Adds a prompt while the server serves.
    ///
    /// # Errors
    /// `invalid_argument` for a taken name.
    pub fn add_prompt(&self, prompt: impl Into<Prompt>) -> Result<(), Error> {
        self.core.change(|snapshot| snapshot.add_prompt(prompt.into()))?;
        self.core.announce(Change::Prompts);
        Ok(())
    }

    /// Adds a resource while the server serves.
    ///
    /// # Errors
    /// `invalid_argument` for a taken URI.
    pub fn add_resource(&self, resource: impl Into<Resource>) -> Result<(), Error> {
        self.core.change(|snapshot| snapshot.add_resource(resource.into()))?;
        self.core.announce(Change::Resources);
        Ok(())
    }

    /// Adds a family of resources while the server serves.
    ///
    /// # Errors
    /// `invalid_argument` for a pattern that is taken or broken.
    pub fn add_resource_template(&self, template: impl Into<ResourceTemplate>) -> Result<(), Error> {
        self.core.change(|snapshot| snapshot.add_template(template.into()))?;
        self.core.announce(Change::Resources);
        Ok(())
    }

    /// Takes a tool away; says whether there was one. Calls under way go on.
    pub fn remove_tool(&self, name: &str) -> bool {
        self.alter(Change::Tools, |snapshot| snapshot.tools.remove(name))
    }

    /// Takes a prompt away; says whether there was one.
    pub fn remove_prompt(&self, name: &str) -> bool {
        self.alter(Change::Prompts, |snapshot| snapshot.prompts.remove(name))
    }

    /// Takes a resource away; says whether there was one.
    pub fn remove_resource(&self, uri: &str) -> bool {
        self.alter(Change::Resources, |snapshot| snapshot.resources.remove(uri))
    }

    /// Takes a family of resources away, by its pattern; says whether there was one.
    pub fn remove_resource_template(&self, uri_template: &str) -> bool {
        self.alter(Change::Resources, |snapshot| snapshot.templates.remove(uri_template))
    }

    /// Shows or hides a tool; says whether there is one. A hidden tool cannot be called.
    pub fn enable_tool(&self, name: &str, enabled: bool) -> bool {
        self.switch(Change::Tools, |snapshot| snapshot.tools.enable(name, enabled))
    }

    /// Shows or hides a prompt; says whether there is one.
    pub fn enable_prompt(&self, name: &str, enabled: bool) -> bool {
        self.switch(Change::Prompts, |snapshot| snapshot.prompts.enable(name, enabled))
    }

    /// Shows or hides a resource; says whether there is one.
    pub fn enable_resource(&self, uri: &str, enabled: bool) -> bool {
        self.switch(Change::Resources, |snapshot| snapshot.resources.enable(uri, enabled))
    }

    /// Shows or hides a family of resources, by its pattern; says whether there is one.
    pub fn enable_resource_template(&self, uri_template: &str, enabled: bool) -> bool {
        self.switch(Change::Resources, |snapshot| snapshot.templates.enable(uri_template, enabled))
    }

    /// Tells everyone who subscribed to a resource that its contents have changed.
    pub fn resource_updated(&self, uri: &str) {
        self.core.announce(Change::Resource(uri.into()));
    }

    /// Tells everyone who listens that something has changed: for lists that depend on what this server does not
    /// see.
    pub fn announce(&self, change: Change) {
        self.core.announce(change);
    }

    fn alter(&self, change: Change, alter: impl FnOnce(&mut Snapshot) -> bool) -> bool {
        self.switch(change, |snapshot| alter(snapshot).then_some(true))
    }

    fn switch(&self, change: Change, switch: impl FnOnce(&mut Snapshot) -> Option<bool>) -> bool {
        let changed = self.core.change(|snapshot| {
            let changed = switch(snapshot);
            if changed == Some(true) {
                snapshot.relist();
            }
            Ok(changed)
        });
        match changed {
            Ok(Some(true)) => {
                self.core.announce(change);
                true
            }
            Ok(Some(false)) => true,
            Ok(None) | Err(_) => false,
        }
    }
}
