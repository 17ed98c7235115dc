//! Reads one message: the gate every inbound byte passes.
//!
//! Owns the rules for hostile envelopes (size, UTF-8, depth, batches, duplicate and misspelt keys, ids). Must never
//! copy a payload, and never recurse: nesting is counted by a scan, and payloads are skipped, not built.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Id, Message, Notification, Request, Response, WireError};
use crate::error::{Error, ErrorKind};
use crate::limits::Limits;
use crate::raw::{is_object, text};

/// Why a message could not be read.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum MalformedKind {
    /// Not JSON, or not UTF-8.
    Parse,
    /// JSON, but not a JSON-RPC 2.0 message.
    Invalid,
    /// An array; see [`parse_frame`](super::parse_frame).
    Batch,
    /// A batch of too many messages.
    TooMany,
    /// Nested deeper than `depth`.
    TooDeep,
    /// Longer than both `body` and `line`.
    TooLarge,
    /// An envelope key appears twice, so two readers could see two messages.
    Duplicate,
}

/// A message that could not be read, with as much of its identity as could be.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{detail}")]
pub struct Malformed {
    /// What is wrong.
    pub kind: MalformedKind,
    /// The id, when it could be read.
    pub id: Option<Id>,
    /// The method, when it could be read.
    pub method: Option<Box<str>>,
    /// Whether it has a result or an error and no method: such a message must not be answered.
    pub response: bool,
    /// One sentence, without payload.
    pub detail: String,
}

impl Malformed {
    pub(super) fn new(kind: MalformedKind, detail: impl Into<String>) -> Self {
        Self { kind, id: None, method: None, response: false, detail: detail.into() }
    }

    /// The error to answer with.
    pub fn error(&self) -> Error {
        let kind = match self.kind {
            MalformedKind::Parse => ErrorKind::ParseError,
            MalformedKind::Invalid | MalformedKind::Batch | MalformedKind::Duplicate => {
                ErrorKind::InvalidRequest
            }
            MalformedKind::TooDeep | MalformedKind::TooLarge | MalformedKind::TooMany => {
                ErrorKind::LimitExceeded
            }
        };
        Error::new(kind, self.detail.clone())
    }
}

/// Reads one JSON-RPC message. Payloads borrow from `bytes`.
///
/// Refused: more bytes than the larger of `limits.body` and `limits.line` (a transport applies its own first),
/// invalid UTF-8, a byte order mark, nesting beyond `limits.depth`, batches, a `jsonrpc` other than `"2.0"`,
/// duplicate envelope keys, ids other than strings and integers, params other than objects, and a message that is
/// not exactly one of request, notification and response. Keys are case-sensitive; unknown ones are ignored.
///
/// Basic protocol, section "Messages".
pub fn parse<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Message<'a>, Malformed> {
    let json = readable(bytes, limits)?;
    match serde_json::from_str::<Envelope<'a>>(json) {
        Ok(envelope) => classify(&envelope),
        Err(error) => Err(refuse(json, &error)),
    }
}

/// The text of a message that is small, flat and clean enough to be read.
pub(super) fn readable<'a>(bytes: &'a [u8], limits: &Limits) -> Result<&'a str, Malformed> {
    let size = limits.body.max(limits.line);
    if bytes.len() > size {
        let detail = format!("the message is longer than {size} bytes (limits body and line)");
        return Err(Malformed::new(MalformedKind::TooLarge, detail));
    }
    let json = std::str::from_utf8(bytes)
        .map_err(|_| Malformed::new(MalformedKind::Parse, "the message is not valid UTF-8"))?;
    if json.starts_with('\u{feff}') {
        return Err(Malformed::new(MalformedKind::Parse, "the message starts with a byte order mark"));
    }
    if too_deep(bytes, limits.depth) {
        let detail = format!("the message is nested deeper than {} levels (limit depth)", limits.depth);
        return Err(Malformed::new(MalformedKind::TooDeep, detail));
    }
    Ok(json)
}

/// Counting brackets is a vectorised loop, and nearly every message has fewer of them than levels allowed.
fn too_deep(bytes: &[u8], limit: usize) -> bool {
    // The two brackets differ in one bit. A count of 128 bytes fits a byte, which keeps the loop narrow.
    let count = |part: &[u8]| part.iter().map(|b| u8::from(b | 0x20 == b'{')).sum::<u8>();
    let brackets: usize = bytes.chunks(128).map(|part| usize::from(count(part))).sum();
    if brackets <= limit {
        return false;
    }
    let (mut level, mut string, mut escaped) = (0usize, false, false);
    for byte in bytes {
        if string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => string = true,
            b'{' | b'[' => {
                level += 1;
                if level > limit {
                    return true;
                }
            }
            b'}' | b']' => level = level.saturating_sub(1),
            _ => {}
        }
    }
    false
}

fn refuse(json: &str, error: &serde_json::Error) -> Malformed {
    // A wrong type is noticed before the rest has been read.
    let valid = error.is_data() && serde_json::from_str::<IgnoredAny>(json).is_ok();
    if valid && json.trim_ascii_start().starts_with('[') {
        return Malformed::new(MalformedKind::Batch, "batches are not part of this protocol revision");
    }
    if valid {
        return Malformed::new(MalformedKind::Invalid, "the message is not a JSON object");
    }
    // Position only: serde's own text may quote payload.
    let detail = format!("the message is not valid JSON (line {}, column {})", error.line(), error.column());
    Malformed::new(MalformedKind::Parse, detail)
}

fn classify<'a>(envelope: &Envelope<'a>) -> Result<Message<'a>, Malformed> {
    let [jsonrpc, id, method, params, result, error] = envelope.members;
    let id_read = id.and_then(|raw| serde_json::from_str::<Id>(raw.get()).ok());
    let method_read = method.and_then(text);
    let fail = |kind, detail: &str| Malformed {
        kind,
        id: id_read.clone(),
        method: method_read.as_deref().map(Into::into),
        response: method.is_none() && (result.is_some() || error.is_some()),
        detail: detail.to_owned(),
    };
    let invalid = |detail| fail(MalformedKind::Invalid, detail);

    if envelope.duplicate {
        return Err(fail(MalformedKind::Duplicate, "a member of the message appears twice"));
    }
    if jsonrpc.and_then(text).as_deref() != Some("2.0") {
        return Err(invalid("member jsonrpc must be \"2.0\""));
    }
    if id.is_some_and(|raw| raw.get() != "null") && id_read.is_none() {
        return Err(invalid("member id must be a string or an integer"));
    }
    if method.is_some() {
        let Some(name) = method_read.clone() else { return Err(invalid("member method must be a string")) };
        if result.is_some() || error.is_some() {
            return Err(invalid("a message with a method has neither result nor error"));
        }
        if params.is_some_and(|raw| !is_object(raw)) {
            return Err(invalid("member params must be an object"));
        }
        return match (id, id_read.clone()) {
            (None, _) => Ok(Message::Notification(Notification { method: name, params })),
            (Some(_), Some(id)) => Ok(Message::Request(Request { id, method: name, params })),
            (Some(_), None) => Err(invalid("the id of a request must not be null")),
        };
    }
    match (result, error) {
        (Some(_), Some(_)) => Err(invalid("a response has either a result or an error, not both")),
        (Some(result), None) if id_read.is_some() => {
            Ok(Message::Response(Response { id: id_read, outcome: Ok(result) }))
        }
        (Some(_), None) => Err(invalid("a response with a result must carry an id")),
        (None, Some(raw)) => match serde_json::from_str::<WireError>(raw.get()) {
            Ok(error) => Ok(Message::Response(Response { id: id_read, outcome: Err(error) })),
            Err(_) => Err(invalid("member error must be an object with an integer code and a message")),
        },
        (None, None) => Err(invalid("the message has neither method, result nor error")),
    }
}

/// The members of the envelope in the order of [`KEYS`].
struct Envelope<'a> {
    members: [Option<&'a RawValue>; 6],
    duplicate: bool,
}

const KEYS: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];

/// Position in [`KEYS`]; `None` for a member nobody knows.
struct Key(Option<usize>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member name")
            }
            fn visit_str<E>(self, name: &str) -> Result<Key, E> {
                Ok(Key(KEYS.iter().position(|key| *key == name)))
            }
        }
        deserializer.deserialize_identifier(KeyVisitor)
    }
}

impl<'de> Deserialize<'de> for Envelope<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EnvelopeVisitor;
        impl<'de> Visitor<'de> for EnvelopeVisitor {
            type Value = Envelope<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a message object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut envelope = Envelope { members: [None; 6], duplicate: false };
                while let Some(Key(key)) = map.next_key()? {
                    let value: &'de RawValue = map.next_value()?;
                    if let Some(at) = key {
                        envelope.duplicate |= envelope.members[at].replace(value).is_some();
                    }
                }
                Ok(envelope)
            }
        }
        deserializer.deserialize_map(EnvelopeVisitor)
    }
}
