//! Changes of a server that runs: what it offers, and what it announces.
use dovetail::Server;
use dovetail::bus::Change;
use serde::Deserialize;

use crate::BridgeError;
use crate::definitions::Definitions;
use crate::host::Host;
use crate::session::parse;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Update {
    add: Definitions,
    remove: Names,
    enable: Names,
    disable: Names,
    changed: Vec<List>,
    updated: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Names {
    tools: Vec<String>,
    resources: Vec<String>,
    resource_templates: Vec<String>,
    prompts: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum List {
    Tools,
    Prompts,
    Resources,
}

/// Applies an update; what it names and the server does not have is ignored.
pub(crate) fn apply(server: &Server, host: &Host, json: &[u8]) -> Result<(), BridgeError> {
    let update: Update = parse(json, "the update")?;
    for name in &update.remove.tools {
        server.remove_tool(name);
    }
    for uri in &update.remove.resources {
        server.remove_resource(uri);
    }
    for template in &update.remove.resource_templates {
        server.remove_resource_template(template);
    }
    for name in &update.remove.prompts {
        server.remove_prompt(name);
    }
    update.add.register(server, host)?;
    for (names, enabled) in [(&update.enable, true), (&update.disable, false)] {
        for name in &names.tools {
            server.enable_tool(name, enabled);
        }
        for uri in &names.resources {
            server.enable_resource(uri, enabled);
        }
        for template in &names.resource_templates {
            server.enable_resource_template(template, enabled);
        }
        for name in &names.prompts {
            server.enable_prompt(name, enabled);
        }
    }
    for list in update.changed {
        server.announce(match list {
            List::Tools => Change::Tools,
            List::Prompts => Change::Prompts,
            List::Resources => Change::Resources,
        });
    }
    for uri in &update.updated {
        server.resource_updated(uri);
    }
    Ok(())
}
