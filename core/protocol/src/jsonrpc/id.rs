//! Request ids and progress tokens: a string or an integer, nothing else.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// A JSON-RPC id. Both revisions allow strings and integers; `null`, fractions (also `1.0`), integers beyond
/// 64 bits with sign, booleans, arrays and objects are refused. `1` and `"1"` are different ids.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Id {
    /// An integer id.
    Number(i64),
    /// A string id.
    Text(Box<str>),
}

impl Id {
    /// How many bytes [`Id::write`] appends, without escapes.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Number(n) => {
                n.unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 1 + usize::from(*n < 0)
            }
            Self::Text(text) => text.len() + 2,
        }
    }

    /// Appends the id as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Number(n) => push_integer(out, *n),
            Self::Text(text) => crate::raw::push_string(out, text),
        }
    }
}

/// Formatting machinery costs more than the digits do, and every message carries an id.
pub(crate) fn push_integer(out: &mut Vec<u8>, n: i64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = n.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    out.extend_from_slice(&digits[at..]);
}

impl From<i64> for Id {
    fn from(n: i64) -> Self {
        Self::Number(n)
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(n) => n.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(n) => serializer.serialize_i64(*n),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor;
        impl Visitor<'_> for IdVisitor {
            type Value = Id;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an integer")
            }
            fn visit_i64<E>(self, n: i64) -> Result<Id, E> {
                Ok(Id::Number(n))
            }
            fn visit_u64<E: serde::de::Error>(self, n: u64) -> Result<Id, E> {
                i64::try_from(n).map(Id::Number).map_err(|_| E::custom("the integer is out of range"))
            }
            fn visit_str<E>(self, text: &str) -> Result<Id, E> {
                Ok(Id::Text(text.into()))
            }
        }
        deserializer.deserialize_any(IdVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_written_in_full() {
        for n in [0, 7, -1, 10, 99, i64::MAX, i64::MIN] {
            let mut out = Vec::new();
            push_integer(&mut out, n);
            assert_eq!(String::from_utf8(out).expect("digits"), n.to_string());
        }
    }

    #[test]
    fn only_strings_and_integers_are_ids() {
        for bad in ["1.0", "1e2", "null", "true", "{}", "[]", "9223372036854775808", "-9223372036854775809"] {
            assert!(serde_json::from_str::<Id>(bad).is_err(), "{bad}");
        }
        assert_eq!(serde_json::from_str::<Id>("-3").expect("an id"), Id::Number(-3));
        assert_eq!(serde_json::from_str::<Id>(r#""a\u0062""#).expect("an id"), Id::from("ab"));
    }
}
