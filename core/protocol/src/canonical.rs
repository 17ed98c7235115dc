//! Canonical JSON and its digest: keys sorted, white space gone, strings in one spelling, numbers verbatim.
//!
//! Numbers keep their spelling on purpose: reading them as floats would make two different large integers equal,
//! and a digest that binds consent must not.

use std::borrow::Cow;

use ring::digest::{Context, SHA256};
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};
use crate::raw::push_string;

/// Deeper values are refused. Messages are bounded by `Limits::depth` before they come here; this guards values
/// that the program itself made.
const DEPTH: usize = 128;

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// The canonical form of `raw`. Fails with [`ErrorKind::InvalidParams`] on nesting beyond 128 levels, duplicate
/// keys and lone surrogates: two readers could see different values in them.
pub fn canonical(raw: &RawValue) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(raw.get().len());
    Reader { json: raw.get(), at: 0 }.value(&mut out, 0)?;
    Ok(out)
}

/// SHA-256 over `parts`, each preceded by its length, so that no two lists of parts collide.
pub fn digest(parts: &[&[u8]]) -> Digest {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// The digest of the parameters that make a call what it is: its name and its arguments. Absent arguments and an
/// empty object are the same.
pub fn salient_digest(name: &str, arguments: Option<&RawValue>) -> Result<Digest, Error> {
    let arguments = arguments.map(canonical).transpose()?.unwrap_or_else(|| b"{}".to_vec());
    Ok(digest(&[name.as_bytes(), &arguments]))
}

/// Walks JSON that is known to be valid.
struct Reader<'a> {
    json: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, out: &mut Vec<u8>, depth: usize) -> Result<(), Error> {
        if depth > DEPTH {
            return Err(invalid("a value is nested deeper than 128 levels"));
        }
        match self.peek() {
            b'{' => self.object(out, depth),
            b'[' => self.array(out, depth),
            b'"' => {
                let text = self.string()?;
                push_string(out, &text);
                Ok(())
            }
            _ => {
                let rest = &self.json[self.at..];
                let end = rest.find([',', '}', ']', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
                out.extend_from_slice(&rest.as_bytes()[..end]);
                self.at += end;
                Ok(())
            }
        }
    }

    fn object(&mut self, out: &mut Vec<u8>, depth: usize) -> Result<(), Error> {
        let mut members: Vec<(Cow<'a, str>, Vec<u8>)> = Vec::new();
        self.at += 1;
        while self.more(b'}') {
            let key = self.string()?;
            self.peek();
            // The colon.
            self.at += 1;
            let mut value = Vec::new();
            self.value(&mut value, depth + 1)?;
            members.push((key, value));
        }
        members.sort_by(|a, b| a.0.cmp(&b.0));
        if members.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(invalid("an object has the same key twice"));
        }
        out.push(b'{');
        for (at, (key, value)) in members.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            push_string(out, key);
            out.push(b':');
            out.extend_from_slice(value);
        }
        out.push(b'}');
        Ok(())
    }

    fn array(&mut self, out: &mut Vec<u8>, depth: usize) -> Result<(), Error> {
        self.at += 1;
        out.push(b'[');
        let start = out.len();
        while self.more(b']') {
            if out.len() > start {
                out.push(b',');
            }
            self.value(out, depth + 1)?;
        }
        out.push(b']');
        Ok(())
    }

    /// Steps over white space and a comma; whether another element follows. Steps over the closing bracket.
    fn more(&mut self, close: u8) -> bool {
        if self.peek() == b',' {
            self.at += 1;
        }
        if self.peek() == close {
            self.at += 1;
            return false;
        }
        true
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> u8 {
        let bytes = self.json.as_bytes();
        while bytes[self.at].is_ascii_whitespace() {
            self.at += 1;
        }
        bytes[self.at]
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Error> {
        self.peek();
        let rest = &self.json.as_bytes()[self.at + 1..];
        let (mut end, mut escapes) = (0, false);
        while rest[end] != b'"' {
            if rest[end] == b'\\' {
                escapes = true;
                end += 1;
            }
            end += 1;
        }
        let quoted = &self.json[self.at..self.at + end + 2];
        self.at += end + 2;
        if escapes {
            let text = serde_json::from_str::<String>(quoted);
            return text.map(Cow::Owned).map_err(|_| invalid("a string holds a lone surrogate"));
        }
        Ok(Cow::Borrowed(&quoted[1..quoted.len() - 1]))
    }
}

fn invalid(detail: &str) -> Error {
    Error::new(ErrorKind::InvalidParams, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(json: &str) -> Result<String, Error> {
        let raw: &RawValue = serde_json::from_str(json).expect("valid JSON");
        canonical(raw).map(|bytes| String::from_utf8(bytes).expect("UTF-8"))
    }

    #[test]
    fn order_space_and_escapes_do_not_matter_and_numbers_do() {
        let a = form("{ \"b\" : [ 1 , { } , [ ] , null ] ,\n \"a\":\"\\u0041\\/\" }").expect("canonical");
        assert_eq!(a, r#"{"a":"A/","b":[1,{},[],null]}"#);
        assert_ne!(form("18446744073709551617").expect("ok"), form("18446744073709551618").expect("ok"));
        assert_eq!(form("\"tab\\t\"").expect("ok"), r#""tab\t""#);
        assert_eq!(form("true").expect("ok"), "true");
    }

    #[test]
    fn ambiguous_values_are_refused() {
        assert!(form(r#"{"a":1,"\u0061":2}"#).is_err());
        assert!(form(r#""\ud800""#).is_err());
        let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
        let raw = RawValue::from_string(deep(100)).expect("valid");
        assert!(canonical(&raw).is_ok());
        let raw = RawValue::from_string(deep(10_000)).expect("valid");
        assert!(canonical(&raw).is_err());
    }

    #[test]
    fn parts_cannot_be_shifted() {
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
        assert_eq!(
            salient_digest("t", None).expect("ok"),
            salient_digest("t", Some(serde_json::from_str("{ }").expect("raw"))).expect("ok")
        );
    }
}
