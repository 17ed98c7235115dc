//! The commonest schema of all, an object of plain values, checked without building a tree of the arguments.
//!
//! Owns a shortcut past the compiled schema, nothing else. Must never accept what that refuses: a schema with any
//! other keyword, or one that may be broken, has no shortcut, and a value that is not plainly good is left to the
//! compiled schema.
use std::collections::HashSet;

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

    /// Whether a JSON text surely satisfies the schema. The text is well-formed: it was read before.
    pub(crate) fn accepts(&self, json: &[u8]) -> bool {
        self.read(&mut Walk(json)).is_some()
    }

    /// Reads the object to its end; `None` when it is not plainly good.
    fn read(&self, walk: &mut Walk<'_>) -> Option<()> {
        let mut seen = [false; MOST];
        walk.take(b"{")?;
        let mut next = walk.take(b"}").is_none();
        while next {
            let name = walk.name()?;
            walk.take(b":")?;
            match self.properties.iter().position(|property| property.name.as_bytes() == name) {
                Some(at) if !std::mem::replace(&mut seen[at], true) => {
                    self.properties[at].kind.read(walk)?;
                }
                None if self.open => walk.plain_value()?,
                _ => return None,
            }
            next = walk.take(b",").is_some();
            if !next {
                walk.take(b"}")?;
            }
        }
        let complete = self.properties.iter().zip(seen).all(|(property, seen)| seen || !property.required);
        (complete && walk.is_over()).then_some(())
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

impl Kind {
    /// Reads a value of this kind that is spelt in the plainest way.
    fn read(self, walk: &mut Walk<'_>) -> Option<()> {
        match self {
            Self::String => walk.text(),
            Self::Boolean => walk.boolean(),
            Self::Integer | Self::Natural | Self::Number => {
                let number = walk.number()?;
                let fraction = number.contains(&b'.');
                let good = match self {
                    Self::Number => true,
                    Self::Natural => !fraction && !number.starts_with(b"-"),
                    _ => !fraction,
                };
                good.then_some(())
            }
        }
    }
}

/// A walk over JSON that is known to be well-formed, which makes most of it quick to skip. A step gives `None` when
/// something else stands there, or something unusual.
struct Walk<'a>(&'a [u8]);

impl<'a> Walk<'a> {
    fn split(&mut self, at: usize) -> Option<&'a [u8]> {
        let (before, after) = self.0.split_at_checked(at)?;
        self.0 = after;
        Some(before)
    }

    /// A mark or a word, after white space. The walk stays before anything else.
    fn take(&mut self, word: &[u8]) -> Option<()> {
        self.0 = self.0.trim_ascii_start();
        self.0 = self.0.strip_prefix(word)?;
        Some(())
    }

    fn is_over(&self) -> bool {
        self.0.trim_ascii_start().is_empty()
    }

    /// A string without escapes.
    fn name(&mut self) -> Option<&'a [u8]> {
        self.take(b"\"")?;
        let name = self.split(memchr::memchr2(b'"', b'\\', self.0)?)?;
        self.take(b"\"")?;
        Some(name)
    }

    /// A string that stands for a text: half a surrogate pair does not.
    fn text(&mut self) -> Option<()> {
        self.take(b"\"")?;
        let start = self.0;
        let mut coded = false;
        loop {
            self.split(memchr::memchr2(b'"', b'\\', self.0)?)?;
            if self.0.starts_with(b"\"") {
                break;
            }
            coded |= self.0.starts_with(b"\\u");
            // Whatever an escape stands for, its second byte ends no string.
            self.split(2)?;
        }
        let text = &start[..start.len() - self.0.len()];
        self.split(1)?;
        (!coded || serde_json::from_slice::<String>(&[b"\"", text, b"\""].concat()).is_ok()).then_some(())
    }

    fn boolean(&mut self) -> Option<()> {
        self.take(b"true").or_else(|| self.take(b"false"))
    }

    /// A number without an exponent that every reader takes for the same one.
    fn number(&mut self) -> Option<&'a [u8]> {
        const LONGEST: usize = 15;
        self.0 = self.0.trim_ascii_start();
        let end = self.0.iter().position(|byte| !byte.is_ascii_digit() && !matches!(byte, b'-' | b'.'))?;
        let number = self.split(end)?;
        let usual = (1..=LONGEST).contains(&end) && number != b"-0" && !self.0.starts_with(b"e");
        (usual && !self.0.starts_with(b"E")).then_some(number)
    }

    /// Any value that holds no others.
    fn plain_value(&mut self) -> Option<()> {
        self.0 = self.0.trim_ascii_start();
        match self.0.first()? {
            b'"' => self.text(),
            b't' | b'f' => self.boolean(),
            b'n' => self.take(b"null"),
            _ => self.number().map(drop),
        }
    }
}
