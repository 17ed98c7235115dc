//! The parameters of calls, reads, prompts, listings and subscriptions, read in one pass.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};
use crate::meta::RequestMeta;
use crate::raw::{is_object, text};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params<'a> {
    #[serde(borrow)]
    cursor: Option<&'a RawValue>,
    #[serde(borrow)]
    uri: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
    #[serde(borrow)]
    input_responses: Option<&'a RawValue>,
    #[serde(borrow)]
    request_state: Option<&'a RawValue>,
    #[serde(borrow, rename = "_meta")]
    meta: Option<&'a RawValue>,
}

impl<'a> Params<'a> {
    fn read(params: Option<&'a RawValue>) -> Result<Self, Error> {
        let raw = params.map_or("{}", RawValue::get);
        serde_json::from_str(raw).map_err(|_| invalid("params is not an object, or has a member twice"))
    }

    fn uri(&self) -> Result<Cow<'a, str>, Error> {
        required(self.uri, "uri")
    }
}

fn required<'a>(raw: Option<&'a RawValue>, key: &str) -> Result<Cow<'a, str>, Error> {
    raw.and_then(text).ok_or_else(|| invalid(&format!("params.{key} must be a string")))
}

fn optional<'a>(raw: Option<&'a RawValue>, key: &str) -> Result<Option<Cow<'a, str>>, Error> {
    raw.map(|raw| required(Some(raw), key)).transpose()
}

/// The parameters of a listing.
#[derive(Clone, Debug)]
pub struct ListParams<'a> {
    /// Where the page begins; see [`page`](crate::pagination::page).
    pub cursor: Option<Cow<'a, str>>,
    /// The request's metadata.
    pub meta: RequestMeta<'a>,
}

impl<'a> ListParams<'a> {
    /// Reads the parameters, which may be absent. Fails with [`ErrorKind::InvalidParams`] naming the member at fault.
    pub fn parse(params: Option<&'a RawValue>) -> Result<Self, Error> {
        let p = Params::read(params)?;
        Ok(Self { cursor: optional(p.cursor, "cursor")?, meta: RequestMeta::parse(p.meta)? })
    }
}

/// The parameters of a request that runs a handler which may ask: `tools/call`, `prompts/get`, `resources/read`.
#[derive(Clone, Debug)]
pub struct CallParams<'a> {
    /// The tool or prompt, or the resource's URI, verbatim.
    pub name: Cow<'a, str>,
    /// An object, when present; resources have none.
    pub arguments: Option<&'a RawValue>,
    /// Answers to the questions of the round before; see [`Run::start`](crate::rounds::Run::start).
    pub input_responses: Option<&'a RawValue>,
    /// The sealed state of the round before.
    pub request_state: Option<Cow<'a, str>>,
    /// The request's metadata.
    pub meta: RequestMeta<'a>,
}

impl<'a> CallParams<'a> {
    /// Reads those of a tool or prompt. Fails with [`ErrorKind::InvalidParams`] naming the member at fault.
    pub fn parse(params: Option<&'a RawValue>) -> Result<Self, Error> {
        let p = Params::read(params)?;
        if p.arguments.is_some_and(|arguments| !is_object(arguments)) {
            return Err(invalid("params.arguments must be an object"));
        }
        let arguments = p.arguments;
        Self::of(required(p.name, "name")?, arguments, p)
    }

    /// Reads those of a resource. Fails as [`CallParams::parse`].
    pub fn parse_read(params: Option<&'a RawValue>) -> Result<Self, Error> {
        let p = Params::read(params)?;
        Self::of(p.uri()?, None, p)
    }

    fn of(name: Cow<'a, str>, arguments: Option<&'a RawValue>, p: Params<'a>) -> Result<Self, Error> {
        Ok(Self {
            name,
            arguments,
            input_responses: p.input_responses,
            request_state: optional(p.request_state, "requestState")?,
            meta: RequestMeta::parse(p.meta)?,
        })
    }
}

/// The parameters of `resources/subscribe` and `resources/unsubscribe`.
#[derive(Clone, Debug)]
pub struct UriParams<'a> {
    /// The resource, verbatim.
    pub uri: Cow<'a, str>,
    /// The request's metadata.
    pub meta: RequestMeta<'a>,
}

impl<'a> UriParams<'a> {
    /// Reads the parameters. Fails with [`ErrorKind::InvalidParams`] naming the member at fault.
    pub fn parse(params: Option<&'a RawValue>) -> Result<Self, Error> {
        let p = Params::read(params)?;
        Ok(Self { uri: p.uri()?, meta: RequestMeta::parse(p.meta)? })
    }
}

fn invalid(detail: &str) -> Error {
    Error::new(ErrorKind::InvalidParams, detail)
}
