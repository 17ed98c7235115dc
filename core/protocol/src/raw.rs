//! Borrowing views of raw JSON: the pieces of serde that keep bytes where they are.
//!
//! Must never allocate when the text has no escapes, and never put payload into an error.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A string that borrows from its document unless it holds escapes.
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// Keeps `null` apart from an absent member, which `Option<&RawValue>` alone does not.
pub(crate) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// The string in `raw`, or `None` when it is something else or holds a lone surrogate.
pub(crate) fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    let json = raw.get();
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        return serde_json::from_str::<String>(json).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}

/// Whether `raw` is a JSON object. Raw values carry no leading white space.
pub(crate) fn is_object(raw: &RawValue) -> bool {
    raw.get().starts_with('{')
}

/// The members of one object in document order, keys decoded, values raw.
pub(crate) struct Members<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    pub(crate) fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| *value)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(Text(key)) = map.next_key()? {
                    members.push((key, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

/// The members of `raw`, or `None` when it is not an object.
pub(crate) fn members(raw: &RawValue) -> Option<Members<'_>> {
    serde_json::from_str(raw.get()).ok()
}

/// `json` as an owned raw value; for JSON this crate has just written.
pub(crate) fn owned(json: String) -> Box<RawValue> {
    RawValue::from_string(json).expect("this crate writes valid JSON")
}

/// Appends `text` as a JSON string; a text without anything to escape, however long, at the speed of a copy.
pub fn push_string(out: &mut Vec<u8>, text: &str) {
    // Looked at in blocks, because a loop that may end at every byte is not vectorised.
    let escaped =
        |part: &[u8]| part.iter().fold(false, |any, b| any | (*b < 0x20 || *b == b'"' || *b == b'\\'));
    let plain = !text.as_bytes().chunks(256).any(escaped);
    if plain {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        serde_json::to_writer(out, text).expect("a string always serialises into memory");
    }
}

/// Appends `payload`, dropping raw line breaks. Valid JSON holds those only between tokens, and both the stdio
/// framing and server-sent events would break on them.
pub(crate) fn push_payload(out: &mut Vec<u8>, payload: &[u8]) {
    if memchr::memchr2(b'\n', b'\r', payload).is_some() {
        out.extend(payload.iter().copied().filter(|b| !matches!(b, b'\n' | b'\r')));
    } else {
        out.extend_from_slice(payload);
    }
}
