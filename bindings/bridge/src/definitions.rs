//! Definitions of tools, resources and prompts as a host writes them: the specification's own members, plus the
//! numbers of the host's handlers, which stay here.
use std::collections::BTreeMap;

use dovetail::{Prompt, Resource, ResourceTemplate, Server, Tool};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::host::Host;
use crate::session::parse;
use crate::{BridgeError, Code};

/// Everything that can be registered at once.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Definitions {
    pub(crate) tools: Vec<Box<RawValue>>,
    pub(crate) resources: Vec<Box<RawValue>>,
    pub(crate) resource_templates: Vec<Box<RawValue>>,
    pub(crate) prompts: Vec<Box<RawValue>>,
}

/// The members of a definition that are ours.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Own {
    #[serde(default)]
    handler: Option<i32>,
    #[serde(default)]
    completers: BTreeMap<String, i32>,
    #[serde(default)]
    once: Option<bool>,
    #[serde(default)]
    open_answers: bool,
}

const OURS: [&str; 4] = ["handler", "completers", "once", "openAnswers"];

/// A definition taken apart.
struct Definition {
    own: Own,
    spec: Vec<u8>,
}

impl Definition {
    fn read(raw: &RawValue, what: &str) -> Result<Self, BridgeError> {
        let own: Own = parse(raw.get().as_bytes(), what)?;
        let mut members: BTreeMap<String, Box<RawValue>> = parse(raw.get().as_bytes(), what)?;
        for name in OURS {
            members.remove(name);
        }
        let spec = serde_json::to_vec(&members).expect("strings and JSON always serialize");
        Ok(Self { own, spec })
    }

    fn handler(&self, what: &str) -> Result<i32, BridgeError> {
        self.own.handler.ok_or_else(|| {
            BridgeError::new(Code::InvalidArgument, format!("{what}: the handler's number is missing"))
        })
    }
}

impl Definitions {
    /// Registers everything; tools without a number have the one of their place.
    pub(crate) fn register(&self, server: &Server, host: &Host) -> Result<(), BridgeError> {
        for (index, raw) in self.tools.iter().enumerate() {
            let definition = Definition::read(raw, "the tool")?;
            let place =
                i32::try_from(index).map_err(|_| BridgeError::new(Code::LimitExceeded, "too many tools"))?;
            let target = definition.own.handler.unwrap_or(place);
            let mut tool = Tool::from_json(&definition.spec, host.handler(target))?;
            if let Some(once) = definition.own.once {
                tool = tool.once(once);
            }
            if definition.own.open_answers {
                tool = tool.open_answers();
            }
            server.add_tool(tool)?;
        }
        for raw in &self.resources {
            let definition = Definition::read(raw, "the resource")?;
            let handler = host.handler(definition.handler("the resource")?);
            server.add_resource(Resource::from_json(&definition.spec, handler)?)?;
        }
        for raw in &self.resource_templates {
            let definition = Definition::read(raw, "the resource template")?;
            let handler = host.handler(definition.handler("the resource template")?);
            let mut template = ResourceTemplate::from_json(&definition.spec, handler)?;
            for (variable, target) in &definition.own.completers {
                template = template.complete_json(variable, host.handler(*target));
            }
            server.add_resource_template(template)?;
        }
        for raw in &self.prompts {
            let definition = Definition::read(raw, "the prompt")?;
            let handler = host.handler(definition.handler("the prompt")?);
            let mut prompt = Prompt::from_json(&definition.spec, handler)?;
            for (argument, target) in &definition.own.completers {
                prompt = prompt.complete_json(argument, host.handler(*target));
            }
            if definition.own.open_answers {
                prompt = prompt.open_answers();
            }
            server.add_prompt(prompt)?;
        }
        Ok(())
    }
}
