//! Small pieces of JSON that the client writes or walks.
//!
//! Owns no meaning. Must never re-print a value it was given.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

pub(crate) use dovetail_protocol::push_string;
use dovetail_protocol::{Error, ErrorKind, RawValue};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// A value as a JSON object; `()` and `None` mean none. `what` names it in the error.
pub(crate) fn object(value: impl Serialize, what: &str) -> Result<Option<Box<RawValue>>, Error> {
    let wrong = |detail: String| Error::new(ErrorKind::InvalidParams, detail);
    let raw = serde_json::value::to_raw_value(&value)
        .map_err(|error| wrong(format!("the {what} cannot be serialized: {error}")))?;
    match raw.get().as_bytes().first() {
        Some(b'{') => Ok(Some(raw)),
        _ if raw.get() == "null" => Ok(None),
        _ => Err(wrong(format!("the {what} must serialize to a JSON object"))),
    }
}

/// The members of an object, without the braces.
pub(crate) fn inner(object: &[u8]) -> &[u8] {
    let object = object.trim_ascii();
    let inner = object.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
    inner.unwrap_or_default().trim_ascii()
}

/// An object in the order of the document, which a map would lose. Values borrow from it.
pub(crate) struct Ordered<'a, V>(pub(crate) Vec<(Cow<'a, str>, V)>);

/// A key that borrows where it can.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Ordered<'a, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<'a, V>(PhantomData<(&'a (), V)>);
        impl<'de: 'a, 'a, V: Deserialize<'de>> Visitor<'de> for InOrder<'a, V> {
            type Value = Ordered<'a, V>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some((Key(key), value)) = map.next_entry()? {
                    all.push((key, value));
                }
                Ok(Ordered(all))
            }
        }
        deserializer.deserialize_map(InOrder(PhantomData))
    }
}

/// A raw value made of text that is JSON already.
pub(crate) fn raw(json: Vec<u8>) -> Result<Box<RawValue>, Error> {
    let wrong = || Error::new(ErrorKind::Malformed, "a layer or handler gave something that is not JSON");
    let text = String::from_utf8(json).map_err(|_| wrong())?;
    RawValue::from_string(text).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stay_in_order_and_lose_only_their_braces() {
        assert_eq!(inner(b" {\"a\":1 , \"b\":{}} "), b"\"a\":1 , \"b\":{}");
        assert_eq!(inner(b"{}"), b"");
        let all: Ordered<'_, &RawValue> = serde_json::from_str(r#"{"z":1,"a\"":[2]}"#).expect("an object");
        let all: Vec<_> = all.0.iter().map(|(key, value)| (key.as_ref(), value.get())).collect();
        assert_eq!(all, [("z", "1"), ("a\"", "[2]")]);
    }

    #[test]
    fn arguments_are_an_object_or_nothing() {
        assert!(object((), "arguments").expect("none").is_none());
        assert_eq!(object(1, "arguments").expect_err("a number").kind, ErrorKind::InvalidParams);
    }
}
