//! The commonest message of all, a plain call of a tool, read in one pass.
//!
//! Owns a shortcut past [`parse`](super::parse) and [`CallParams::parse`], nothing else. Must never take a message that
//! those refuse, nor read one differently: whatever is not spelt in the plainest way is left to them, and so is every
//! refusal with its reason.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Id;
use super::parse::readable;
use crate::limits::Limits;
use crate::meta::{self, RequestMeta};
use crate::methods;
use crate::raw::is_object;
use crate::types::{CallParams, Level};

/// A `tools/call` request.
#[derive(Debug)]
pub struct ToolCall<'a> {
    /// The id of the request.
    pub id: Id,
    /// Its parameters. `meta.raw` is absent even when there is metadata.
    pub params: CallParams<'a>,
}

impl<'a> ToolCall<'a> {
    /// Reads a message that is a plainly spelt `tools/call` request. `None` says nothing, but that the message is to
    /// be read in the general way.
    pub fn read(bytes: &'a [u8], limits: &Limits) -> Option<Self> {
        serde_json::from_str(readable(bytes, limits).ok()?).ok()
    }
}

/// Sets a member that must not appear twice.
fn once<T, E: Error>(slot: &mut Option<T>, value: T) -> Result<(), E> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(unusual()),
    }
}

/// Leaves the message to the general way; nobody sees the text.
fn unusual<E: Error>() -> E {
    E::custom("not a plain call")
}

/// An object. `null` and everything else is unusual.
fn object<'de, A: MapAccess<'de>>(map: &mut A) -> Result<&'de RawValue, A::Error> {
    let raw: &RawValue = map.next_value()?;
    if is_object(raw) { Ok(raw) } else { Err(unusual()) }
}

/// Reads an object whose members `read` picks by name. A key with an escape is unusual.
macro_rules! read_object {
    ($reader:ident => $value:ty, |$map:ident| $read:expr) => {
        impl<'de> Deserialize<'de> for $value {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct $reader;
                impl<'de> Visitor<'de> for $reader {
                    type Value = $value;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an object")
                    }
                    fn visit_map<A: MapAccess<'de>>(self, mut $map: A) -> Result<Self::Value, A::Error> {
                        $read
                    }
                }
                deserializer.deserialize_map($reader)
            }
        }
    };
}

struct Params<'a>(CallParams<'a>);
struct Meta<'a>(RequestMeta<'a>);

read_object!(Message => ToolCall<'de>, |map| {
    let (mut version, mut id, mut method, mut params) = (None, None, None, None);
    while let Some(key) = map.next_key::<&'de str>()? {
        match key {
            "jsonrpc" => once(&mut version, map.next_value::<&'de str>()?)?,
            "id" => once(&mut id, map.next_value()?)?,
            "method" => match map.next_value::<&'de str>()? {
                methods::TOOLS_CALL => once(&mut method, ())?,
                _ => return Err(unusual()),
            },
            "params" => once(&mut params, map.next_value::<Params<'de>>()?.0)?,
            "result" | "error" => return Err(unusual()),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
    }
    match (version, id, method, params) {
        (Some("2.0"), Some(id), Some(()), Some(params)) => Ok(ToolCall { id, params }),
        _ => Err(unusual()),
    }
});

read_object!(ParamsReader => Params<'de>, |map| {
    let (mut name, mut arguments, mut responses, mut state, mut meta) = (None, None, None, None, None);
    while let Some(key) = map.next_key::<&'de str>()? {
        match key {
            "name" => once(&mut name, map.next_value::<&'de str>()?)?,
            "arguments" => once(&mut arguments, object(&mut map)?)?,
            "inputResponses" => once(&mut responses, object(&mut map)?)?,
            "requestState" => once(&mut state, map.next_value::<&'de str>()?)?,
            "_meta" => once(&mut meta, map.next_value::<Meta<'de>>()?.0)?,
            // The general way reads all parameters alike, and must not find these twice.
            "uri" | "cursor" => return Err(unusual()),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
    }
    Ok(Params(CallParams {
        name: Cow::Borrowed(name.ok_or_else(unusual)?),
        arguments,
        input_responses: responses,
        request_state: state.map(Cow::Borrowed),
        meta: meta.unwrap_or_default(),
    }))
});

read_object!(MetaReader => Meta<'de>, |map| {
    let (mut version, mut level) = (None, None);
    let mut found = RequestMeta::default();
    while let Some(key) = map.next_key::<&'de str>()? {
        match key {
            meta::PROTOCOL_VERSION => once(&mut version, map.next_value::<&'de str>()?)?,
            meta::CLIENT_INFO => once(&mut found.client_info, object(&mut map)?)?,
            meta::CLIENT_CAPABILITIES => once(&mut found.client_capabilities, object(&mut map)?)?,
            meta::LOG_LEVEL => once(&mut level, map.next_value::<&'de str>()?)?,
            meta::PROGRESS_TOKEN => once(&mut found.progress_token, map.next_value()?)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
    }
    if level.is_some_and(|level| Level::parse(level).is_none()) {
        return Err(unusual());
    }
    found.protocol_version = version.map(Cow::Borrowed);
    found.log_level = level.map(Cow::Borrowed);
    Ok(Meta(found))
});
