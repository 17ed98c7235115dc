//! The commonest schema of all, an object of plain values, checked without building a tree of the arguments.
//!
//! Owns a shortcut past the compiled schema, nothing else. Must never accept what that refuses: a schema with any
//! other keyword, or one that may be broken, has no shortcut, and a value that is not plainly good is left to the
//! compiled schema.
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

/// Properties that such a schema may have; they are searched one by one.
const MOST: usize = 16;

/// An object whose properties each have one plain type.
pub(crate) struct PlainObject {
    properties: Vec<Property>,
    /// Whether other properties are welcome.
    open: bool,
}

struct Property {
    name: Box<str>,
    kind: Kind,
    required: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    String,
    Boolean,
    Integer,
    /// An integer of at least 0.
    Natural,
    Number,
}

/// Whether a keyword only describes, and does so in a valid way. A format is a note in this dialect, too.
fn describes(keyword: &str, value: &Value) -> bool {
    match keyword {
        "title" | "description" | "format" | "$schema" | "$comment" => value.is_string(),
        "deprecated" | "readOnly" => value.is_boolean(),
        "examples" => value.is_array(),
        "default" => true,
        _ => false,
    }
}

/// Whether a schema is one of a plain value or of an object of them, and so surely valid.
pub(crate) fn is_plain(schema: &Value) -> bool {
    Kind::of(schema).is_some() || PlainObject::of(schema).is_some()
}

impl PlainObject {
    /// The shortcut for a schema, if it has one.
    pub(crate) fn of(schema: &Value) -> Option<Self> {
        let schema = schema.as_object()?;
        let mut plain = Self { properties: Vec::new(), open: true };
        for (keyword, value) in schema {
            match keyword.as_str() {
                "type" if value == "object" => {}
                "properties" => {
                    for (name, property) in value.as_object()? {
                        let kind = Kind::of(property)?;
                        plain.properties.push(Property { name: name.as_str().into(), kind, required: false });
                    }
                }
                "additionalProperties" => plain.open = value.as_bool()?,
                "required" => {}
                note if describes(note, value) => {}
                _ => return None,
            }
        }
        schema.get("type")?;
        let mut required = HashSet::new();
        for name in schema.get("required").map_or(Some(&Vec::new()), Value::as_array)? {
            let name = name.as_str()?;
            required.insert(name).then_some(())?;
            plain.properties.iter_mut().find(|property| *property.name == *name)?.required = true;
        }
        (plain.properties.len() <= MOST).then_some(plain)
    }

    /// Whether a JSON text surely satisfies the schema.
    pub(crate) fn accepts(&self, json: &[u8]) -> bool {
        let mut reader = serde_json::Deserializer::from_slice(json);
        self.deserialize(&mut reader).is_ok() && reader.end().is_ok()
    }
}

impl Kind {
    fn of(schema: &Value) -> Option<Self> {
        let schema = schema.as_object()?;
        let mut least = None;
        for (keyword, value) in schema {
            match keyword.as_str() {
                "type" => {}
                "minimum" => least = Some(value.as_u64()?),
                note if describes(note, value) => {}
                _ => return None,
            }
        }
        match (schema.get("type")?.as_str()?, least) {
            ("string", None) => Some(Self::String),
            ("boolean", None) => Some(Self::Boolean),
            ("integer", None) => Some(Self::Integer),
            ("integer", Some(0)) => Some(Self::Natural),
            ("number", None) => Some(Self::Number),
            _ => None,
        }
    }
}

impl<'de> DeserializeSeed<'de> for &PlainObject {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &PlainObject {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = [false; MOST];
        while let Some(name) = map.next_key::<&'de str>()? {
            match self.properties.iter().position(|property| *property.name == *name) {
                Some(at) if !std::mem::replace(&mut seen[at], true) => {
                    map.next_value_seed(self.properties[at].kind)?;
                }
                None if self.open => {
                    map.next_value::<IgnoredAny>()?;
                }
                _ => return Err(A::Error::custom("not plainly good")),
            }
        }
        match self.properties.iter().zip(seen).all(|(property, seen)| seen || !property.required) {
            true => Ok(()),
            false => Err(A::Error::custom("not plainly good")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Kind {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// A type that is not named here is refused.
impl Visitor<'_> for Kind {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of one plain type")
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.ensure(matches!(self, Self::String))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.ensure(matches!(self, Self::Boolean))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.ensure(matches!(self, Self::Integer | Self::Natural | Self::Number))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.ensure(matches!(self, Self::Integer | Self::Number))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.ensure(matches!(self, Self::Number))
    }
}

impl Kind {
    fn ensure<E: Error>(self, good: bool) -> Result<(), E> {
        if good { Ok(()) } else { Err(E::custom("not plainly good")) }
    }
}
