//! What a server offers: resources, templates and prompts, and the listings of all definitions.

use std::borrow::Borrow;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::wire::{to_json, wire};
use super::{Annotations, Icon};
use crate::error::{Error, ErrorKind};
use crate::methods;
use crate::raw::push_string;
use crate::revision::{Revision, adapt_result};
use crate::tools::ToolSpec;

wire! {
    /// A resource that can be read. Specification: server features, "Resources".
    Resource {
        /// Names it; kept verbatim.
        uri: String => "uri" required,
        /// The name for programs.
        name: String => "name" required,
        /// The name for people.
        title: Option<String> => "title" option,
        /// What it is, for a model.
        description: Option<String> => "description" option,
        /// The media type, when known.
        mime_type: Option<String> => "mimeType" option,
        /// Bytes of the raw contents, when known.
        size: Option<u64> => "size" option,
        /// Pictures for user interfaces.
        icons: Vec<Icon> => "icons" list,
        /// Hints.
        annotations: Option<Annotations> => "annotations" option,
        /// The definition's own `_meta` object.
        meta: Option<Box<RawValue>> => "_meta" option,
    }
}

impl Resource {
    /// A resource with the two members it must have.
    pub fn new(uri: impl Into<String>, name: impl Into<String>) -> Self {
        Self { uri: uri.into(), name: name.into(), ..Self::default() }
    }
}

wire! {
    /// A family of resources. Specification: server features, "Resources", "Resource Templates".
    ResourceTemplate {
        /// An RFC 6570 template; see [`UriTemplate`](crate::uri_template::UriTemplate).
        uri_template: String => "uriTemplate" required,
        /// The name for programs.
        name: String => "name" required,
        /// The name for people.
        title: Option<String> => "title" option,
        /// What they are, for a model.
        description: Option<String> => "description" option,
        /// The media type, when all have the same.
        mime_type: Option<String> => "mimeType" option,
        /// Pictures for user interfaces.
        icons: Vec<Icon> => "icons" list,
        /// Hints.
        annotations: Option<Annotations> => "annotations" option,
        /// The definition's own `_meta` object.
        meta: Option<Box<RawValue>> => "_meta" option,
    }
}

impl ResourceTemplate {
    /// A template with the two members it must have.
    pub fn new(uri_template: impl Into<String>, name: impl Into<String>) -> Self {
        Self { uri_template: uri_template.into(), name: name.into(), ..Self::default() }
    }
}

wire! {
    /// An argument of a prompt; its value is a string.
    PromptArgument {
        /// The name for programs.
        name: String => "name" required,
        /// The name for people.
        title: Option<String> => "title" option,
        /// What it is, for whoever fills it in.
        description: Option<String> => "description" option,
        /// Whether the prompt cannot do without it. Unsaid: it can.
        required: Option<bool> => "required" option,
    }
}

wire! {
    /// A prompt that the user can choose. Specification: server features, "Prompts".
    Prompt {
        /// Unique in its server.
        name: String => "name" required,
        /// The name for people.
        title: Option<String> => "title" option,
        /// What it is for.
        description: Option<String> => "description" option,
        /// What it can be given.
        arguments: Vec<PromptArgument> => "arguments" list,
        /// Pictures for user interfaces.
        icons: Vec<Icon> => "icons" list,
        /// The definition's own `_meta` object.
        meta: Option<Box<RawValue>> => "_meta" option,
    }
}

impl Prompt {
    /// A prompt without arguments.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// Something that a server lists.
pub trait Definition: Serialize + DeserializeOwned {
    /// The method that lists it.
    const METHOD: &'static str;
    /// The member of the result that holds the list.
    const MEMBER: &'static str;
    /// What names it among its kind.
    fn key(&self) -> &str;
}

macro_rules! listed {
    ($($type:ty, $method:ident, $member:literal, $key:ident;)+) => {
        $(impl Definition for $type {
            const METHOD: &'static str = methods::$method;
            const MEMBER: &'static str = $member;
            fn key(&self) -> &str {
                &self.$key
            }
        })+
    };
}

listed! {
    ToolSpec, TOOLS_LIST, "tools", name;
    Prompt, PROMPTS_LIST, "prompts", name;
    Resource, RESOURCES_LIST, "resources", uri;
    ResourceTemplate, RESOURCES_TEMPLATES_LIST, "resourceTemplates", uri_template;
}

/// The body of one page of a listing, in the order given, each definition cut to what `rev` knows.
pub fn list_body<T: Definition, S: Borrow<T>>(
    rev: Revision,
    items: &[S],
    next_cursor: Option<&str>,
) -> Vec<u8> {
    let mut out = vec![b'{'];
    push_string(&mut out, T::MEMBER);
    out.extend_from_slice(b":[");
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(&to_json(item.borrow()));
    }
    out.push(b']');
    if let Some(cursor) = next_cursor {
        out.extend_from_slice(br#","nextCursor":"#);
        push_string(&mut out, cursor);
    }
    out.push(b'}');
    adapt_result(rev, T::METHOD, &out).into_owned()
}

/// One page of a listing, as a client reads it.
#[derive(Clone, Debug)]
pub struct Listing<T> {
    /// The definitions, in the server's order.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub next_cursor: Option<String>,
}

/// Reads one page of a listing. Fails with [`ErrorKind::Malformed`] naming the first definition that does not follow
/// the schema.
pub fn parse_list<T: Definition>(result: &RawValue) -> Result<Listing<T>, Error> {
    let malformed = |detail: String| Error::new(ErrorKind::Malformed, detail);
    let all = crate::raw::members(result)
        .ok_or_else(|| malformed(format!("the result of {} is not an object", T::METHOD)))?;
    let items: Vec<&RawValue> = all
        .get(T::MEMBER)
        .and_then(|raw| serde_json::from_str(raw.get()).ok())
        .ok_or_else(|| malformed(format!("the result of {} has no list of {}", T::METHOD, T::MEMBER)))?;
    let items = items.into_iter().enumerate().map(|(at, raw)| {
        serde_json::from_str(raw.get())
            .map_err(|_| malformed(format!("{}[{at}] does not follow the schema", T::MEMBER)))
    });
    Ok(Listing { items: items.collect::<Result<_, _>>()?, next_cursor: next_cursor(result)? })
}

/// Where the next page of a listing begins. Fails with [`ErrorKind::Malformed`] on a cursor that is not a string.
pub fn next_cursor(result: &RawValue) -> Result<Option<String>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        next_cursor: Option<String>,
    }
    serde_json::from_str::<Body>(result.get())
        .map(|body| body.next_cursor)
        .map_err(|_| Error::new(ErrorKind::Malformed, "nextCursor is not a string"))
}
