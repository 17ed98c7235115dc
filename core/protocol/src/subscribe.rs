//! Change notifications: what has changed, who wants to know, and the messages of a stream of them.
//!
//! Pure data. Must never remember a subscription: transports and sessions do. Specification: "Subscriptions".

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};
use crate::jsonrpc::Id;
use crate::limits::Limits;
use crate::methods;
use crate::raw::{Text, is_object, members, push_string};
use crate::types::ServerCapabilities;

/// The `_meta` key that names the listening request a message belongs to.
pub const SUBSCRIPTION_ID: &str = "io.modelcontextprotocol/subscriptionId";

/// Something that has changed on a server.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Change {
    /// The list of tools.
    ToolsListChanged,
    /// The list of prompts.
    PromptsListChanged,
    /// The list of resources, or of their templates.
    ResourcesListChanged,
    /// One resource.
    ResourceUpdated {
        /// Which, verbatim.
        uri: String,
    },
}

impl Change {
    /// The notification that says so.
    pub const fn method(&self) -> &'static str {
        match self {
            Self::ToolsListChanged => methods::TOOLS_LIST_CHANGED,
            Self::PromptsListChanged => methods::PROMPTS_LIST_CHANGED,
            Self::ResourcesListChanged => methods::RESOURCES_LIST_CHANGED,
            Self::ResourceUpdated { .. } => methods::RESOURCES_UPDATED,
        }
    }

    /// The parameters of the notification, for the listening request `subscription`, or for a session. Empty when it
    /// has none.
    pub fn params(&self, subscription: Option<&Id>) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(id) = subscription {
            out.push(b'{');
            push_subscription(&mut out, id);
        }
        if let Self::ResourceUpdated { uri } = self {
            out.push(if out.is_empty() { b'{' } else { b',' });
            out.extend_from_slice(br#""uri":"#);
            push_string(&mut out, uri);
        }
        if !out.is_empty() {
            out.push(b'}');
        }
        out
    }

    /// Reads a notification; `None` when it is about something else, or lacks what it must say.
    pub fn parse(method: &str, params: Option<&RawValue>) -> Option<Self> {
        #[derive(Deserialize)]
        struct Params<'a> {
            #[serde(borrow)]
            uri: Text<'a>,
        }
        match method {
            methods::TOOLS_LIST_CHANGED => Some(Self::ToolsListChanged),
            methods::PROMPTS_LIST_CHANGED => Some(Self::PromptsListChanged),
            methods::RESOURCES_LIST_CHANGED => Some(Self::ResourcesListChanged),
            methods::RESOURCES_UPDATED => {
                let params: Params<'_> = serde_json::from_str(params?.get()).ok()?;
                Some(Self::ResourceUpdated { uri: params.uri.0.into_owned() })
            }
            _ => None,
        }
    }
}

/// What a listening request wants to hear.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Filter {
    /// Changes of the list of tools.
    pub tools_list_changed: bool,
    /// Changes of the list of prompts.
    pub prompts_list_changed: bool,
    /// Changes of the list of resources.
    pub resources_list_changed: bool,
    /// Changes of these resources, by their URIs, compared byte for byte.
    pub resource_subscriptions: Vec<String>,
}

impl Filter {
    /// Reads the parameters of `subscriptions/listen`. Fails with [`ErrorKind::InvalidParams`] when the filter is
    /// missing or of the wrong type, and with [`ErrorKind::LimitExceeded`] beyond `limits.subscriptions` URIs.
    pub fn parse_params(params: Option<&RawValue>, limits: &Limits) -> Result<Self, Error> {
        let filter = read_filter(params).ok_or_else(|| {
            Error::new(ErrorKind::InvalidParams, "params.notifications must say what to listen to")
        })?;
        if filter.resource_subscriptions.len() > limits.subscriptions {
            let detail = format!(
                "more than {} resources in one subscription (limit subscriptions)",
                limits.subscriptions
            );
            return Err(Error::new(ErrorKind::LimitExceeded, detail));
        }
        Ok(filter)
    }

    /// The filter as it travels: only what is wanted.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = vec![b'{'];
        for (name, wanted) in [
            ("toolsListChanged", self.tools_list_changed),
            ("promptsListChanged", self.prompts_list_changed),
            ("resourcesListChanged", self.resources_list_changed),
        ] {
            if wanted {
                push_key(&mut out, name);
                out.extend_from_slice(b"true");
            }
        }
        if !self.resource_subscriptions.is_empty() {
            push_key(&mut out, "resourceSubscriptions");
            for (at, uri) in self.resource_subscriptions.iter().enumerate() {
                out.push(if at == 0 { b'[' } else { b',' });
                push_string(&mut out, uri);
            }
            out.push(b']');
        }
        out.push(b'}');
        out
    }

    /// The part of the filter that a server with these capabilities honours.
    #[must_use]
    pub fn granted(&self, capabilities: &ServerCapabilities) -> Self {
        let tells = |offer: Option<crate::types::Offer>| offer.is_some_and(|offer| offer.list_changed);
        let subscribe = capabilities.resources.is_some_and(|offer| offer.subscribe);
        Self {
            tools_list_changed: self.tools_list_changed && tells(capabilities.tools),
            prompts_list_changed: self.prompts_list_changed && tells(capabilities.prompts),
            resources_list_changed: self.resources_list_changed && tells(capabilities.resources),
            resource_subscriptions: if subscribe { self.resource_subscriptions.clone() } else { Vec::new() },
        }
    }

    /// Whether a change is to be told.
    pub fn wants(&self, change: &Change) -> bool {
        match change {
            Change::ToolsListChanged => self.tools_list_changed,
            Change::PromptsListChanged => self.prompts_list_changed,
            Change::ResourcesListChanged => self.resources_list_changed,
            Change::ResourceUpdated { uri } => self.resource_subscriptions.contains(uri),
        }
    }

    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The parameters of `subscriptions/listen`, without `_meta`.
pub fn listen_params(filter: &Filter) -> Vec<u8> {
    let mut out = br#"{"notifications":"#.to_vec();
    out.extend_from_slice(&filter.to_json());
    out.push(b'}');
    out
}

/// The parameters of the first message of a stream: what the server will tell.
pub fn acknowledged_params(id: &Id, granted: &Filter) -> Vec<u8> {
    let mut out = vec![b'{'];
    push_subscription(&mut out, id);
    out.extend_from_slice(br#","notifications":"#);
    out.extend_from_slice(&granted.to_json());
    out.push(b'}');
    out
}

/// The body of the result that ends a stream in order, before [`encode_result`](crate::revision::encode_result).
pub fn closed_body(id: &Id) -> Vec<u8> {
    let mut out = vec![b'{'];
    push_subscription(&mut out, id);
    out.push(b'}');
    out
}

/// The listening request that a message belongs to.
pub fn subscription_id(params: Option<&RawValue>) -> Option<Id> {
    let meta = members(params?)?.get("_meta").and_then(members)?;
    serde_json::from_str(meta.get(SUBSCRIPTION_ID)?.get()).ok()
}

/// Reads the first message of a stream. Fails with [`ErrorKind::Malformed`].
pub fn parse_acknowledged(params: Option<&RawValue>) -> Result<(Id, Filter), Error> {
    let wrong = || Error::new(ErrorKind::Malformed, "the acknowledgement of a subscription is not valid");
    let id = subscription_id(params).ok_or_else(wrong)?;
    Ok((id, read_filter(params).ok_or_else(wrong)?))
}

fn read_filter(params: Option<&RawValue>) -> Option<Filter> {
    let filter = members(params?)?.get("notifications").filter(|filter| is_object(filter))?;
    serde_json::from_str(filter.get()).ok()
}

fn push_subscription(out: &mut Vec<u8>, id: &Id) {
    out.extend_from_slice(br#""_meta":{"#);
    push_string(out, SUBSCRIPTION_ID);
    out.push(b':');
    id.write(out);
    out.push(b'}');
}

fn push_key(out: &mut Vec<u8>, name: &str) {
    if out.len() > 1 {
        out.push(b',');
    }
    push_string(out, name);
    out.push(b':');
}
