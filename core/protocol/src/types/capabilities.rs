//! What a server can do. Specification: basic protocol, "Capability Negotiation"; schema, `ServerCapabilities`.

use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};
use crate::raw::{is_object, members, push_string};
use crate::revision::{Revision, adapt_server_capabilities};

/// What a server says about one kind of definition.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Offer {
    /// It tells when the list changes.
    pub list_changed: bool,
    /// It tells when a resource changes (resources only).
    pub subscribe: bool,
}

/// What a server can do. `None` and `false`: not at all.
#[derive(Clone, Debug, Default)]
pub struct ServerCapabilities {
    /// It has tools.
    pub tools: Option<Offer>,
    /// It has resources or templates.
    pub resources: Option<Offer>,
    /// It has prompts.
    pub prompts: Option<Offer>,
    /// It completes arguments.
    pub completions: bool,
    /// It sends log lines.
    pub logging: bool,
    /// Extensions and their settings, each an object.
    pub extensions: Vec<(String, Box<RawValue>)>,
    /// Whatever is not yet in a specification; an object.
    pub experimental: Option<Box<RawValue>>,
}

impl ServerCapabilities {
    /// The object a server sends, cut to what `rev` knows.
    pub fn to_json(&self, rev: Revision) -> Vec<u8> {
        let mut out = vec![b'{'];
        let key = |out: &mut Vec<u8>, name: &str| {
            if out.len() > 1 {
                out.push(b',');
            }
            push_string(out, name);
            out.push(b':');
        };
        for (name, offer) in [("tools", self.tools), ("resources", self.resources), ("prompts", self.prompts)]
        {
            let Some(offer) = offer else { continue };
            key(&mut out, name);
            let parts =
                [(offer.subscribe, r#""subscribe":true"#), (offer.list_changed, r#""listChanged":true"#)];
            let said: Vec<_> = parts.iter().filter(|(said, _)| *said).map(|(_, text)| *text).collect();
            out.extend_from_slice(format!("{{{}}}", said.join(",")).as_bytes());
        }
        for (name, said) in [("completions", self.completions), ("logging", self.logging)] {
            if said {
                key(&mut out, name);
                out.extend_from_slice(b"{}");
            }
        }
        if let Some(experimental) = &self.experimental {
            key(&mut out, "experimental");
            out.extend_from_slice(experimental.get().as_bytes());
        }
        if !self.extensions.is_empty() {
            key(&mut out, "extensions");
            out.push(b'{');
            for (at, (name, settings)) in self.extensions.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                push_string(&mut out, name);
                out.push(b':');
                out.extend_from_slice(settings.get().as_bytes());
            }
            out.push(b'}');
        }
        out.push(b'}');
        adapt_server_capabilities(rev, &out).into_owned()
    }

    /// Reads a `ServerCapabilities` object. Fails with [`ErrorKind::Malformed`] when it, or a member this type names,
    /// is not an object. Flags of another type than boolean count as not set.
    pub fn parse(raw: &RawValue) -> Result<Self, Error> {
        let wrong = || Error::new(ErrorKind::Malformed, "server capabilities must be objects");
        let all = members(raw).ok_or_else(wrong)?;
        let known = |key: &str| match all.get(key) {
            Some(value) if !is_object(value) => Err(wrong()),
            other => Ok(other),
        };
        let offer = |key: &str| -> Result<Option<Offer>, Error> {
            let Some(value) = known(key)? else { return Ok(None) };
            let flags = members(value).ok_or_else(wrong)?;
            let flag = |name: &str| flags.get(name).is_some_and(|flag| flag.get() == "true");
            Ok(Some(Offer { list_changed: flag("listChanged"), subscribe: flag("subscribe") }))
        };
        let extensions = match known("extensions")? {
            Some(raw) => members(raw).ok_or_else(wrong)?.0,
            None => Vec::new(),
        };
        Ok(Self {
            tools: offer("tools")?,
            resources: offer("resources")?,
            prompts: offer("prompts")?,
            completions: known("completions")?.is_some(),
            logging: known("logging")?.is_some(),
            extensions: extensions
                .into_iter()
                .map(|(name, value)| (name.into_owned(), value.to_owned()))
                .collect(),
            experimental: known("experimental")?.map(ToOwned::to_owned),
        })
    }
}
