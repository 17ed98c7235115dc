//! URI templates: matching a URI against a template, and filling one in. RFC 6570, the part that resources need.
//!
//! Known: `{var}`, `{a,b}`, `{+path}`, `{/a,b}`, and at the end `{?q,r}` and `{&q,r}`. The rest is refused when the
//! template is read. Matching takes time linear in the URI, whatever the template. Values come back decoded and are
//! as trustworthy as whoever sent the URI: a `..` or a `/` may be among them. Must never touch a file.

use crate::error::{Error, ErrorKind};
use crate::limits::Limits;

/// A template that has been read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UriTemplate {
    text: String,
    parts: Vec<Part>,
    query: Vec<String>,
    /// Whether the query goes on after one that the template spells out.
    continued: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Text(String),
    Variable { name: String, reserved: bool },
}

impl UriTemplate {
    /// Reads a template. Fails with [`ErrorKind::InvalidConfig`], saying what is not supported.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > Limits::TEMPLATE {
            return Err(invalid(text, format!("is longer than {} bytes", Limits::TEMPLATE)));
        }
        let mut template =
            Self { text: text.to_owned(), parts: Vec::new(), query: Vec::new(), continued: false };
        let mut rest = text;
        while let Some(open) = rest.find(['{', '}']) {
            template.push_text(&rest[..open]);
            let inner = rest[open..]
                .strip_prefix('{')
                .ok_or_else(|| invalid(text, "has a } without a {"))?
                .split_once('}')
                .ok_or_else(|| invalid(text, "has a { without a }"))?;
            template.expression(inner.0)?;
            rest = inner.1;
            if !template.query.is_empty() && !rest.is_empty() {
                return Err(invalid(text, "goes on after its query; a query expression comes last"));
            }
        }
        template.push_text(rest);
        if template.parts.len() > Limits::TEMPLATE_PARTS {
            return Err(invalid(text, format!("has more than {} parts", Limits::TEMPLATE_PARTS)));
        }
        let adjacent = template
            .parts
            .windows(2)
            .any(|pair| pair.iter().all(|part| matches!(part, Part::Variable { .. })));
        if adjacent {
            return Err(invalid(text, "has two variables with nothing between them"));
        }
        let mut names = template.variables();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(invalid(text, "has the same variable twice"));
        }
        Ok(template)
    }

    /// The template as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The names of all variables, in order.
    pub fn variables(&self) -> Vec<&str> {
        let path = self.parts.iter().filter_map(|part| match part {
            Part::Variable { name, .. } => Some(name.as_str()),
            Part::Text(_) => None,
        });
        path.chain(self.query.iter().map(String::as_str)).collect()
    }

    /// The variables of `uri`, decoded; `None` when it does not match.
    ///
    /// A variable takes at least one character; `{var}` stops at `/`, `?` and `#`, `{+path}` at `?` and `#`. The first
    /// of several takes as much as it can. Variables of the query may be missing and come in any order; one that the
    /// template does not name, or that comes twice, is no match. URIs longer than 8 KiB and values that are not UTF-8
    /// do not match.
    pub fn matches(&self, uri: &str) -> Option<Vec<(&str, String)>> {
        if uri.len() > Limits::URI {
            return None;
        }
        let (path, query) = match (self.query.is_empty(), self.continued) {
            (true, _) => (uri, None),
            (false, true) => self.split_continued(uri)?,
            (false, false) => match uri.split_once('?') {
                Some((path, query)) => (path, Some(query)),
                None => (uri, None),
            },
        };
        let mut found = self.match_path(path)?;
        for pair in query.into_iter().flat_map(|query| query.split('&')) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = self.query.iter().find(|known| *known == name)?;
            if found.iter().any(|(known, _)| known == name) {
                return None;
            }
            found.push((name, decode(value)?));
        }
        Some(found)
    }

    /// The URI with `values` filled in. Variables without a value vanish, as RFC 6570 has it.
    pub fn expand(&self, values: &[(&str, &str)]) -> String {
        let value = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Variable { name, reserved } => {
                    encode(value(name).unwrap_or_default(), *reserved, &mut out);
                }
            }
        }
        let mut separator = if self.continued { '&' } else { '?' };
        for name in &self.query {
            if let Some(value) = value(name) {
                out.push(separator);
                out.push_str(name);
                out.push('=');
                encode(value, false, &mut out);
                separator = '&';
            }
        }
        out
    }

    fn push_text(&mut self, text: &str) {
        match self.parts.last_mut() {
            _ if text.is_empty() => {}
            Some(Part::Text(before)) => before.push_str(text),
            _ => self.parts.push(Part::Text(text.to_owned())),
        }
    }

    fn expression(&mut self, inner: &str) -> Result<(), Error> {
        let (operator, names) = match inner.chars().next() {
            Some(operator @ ('+' | '/' | '?' | '&')) => (operator, &inner[1..]),
            _ => (' ', inner),
        };
        for (at, name) in names.split(',').enumerate() {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
            let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            if !begins || !name.bytes().all(plain) {
                return Err(invalid(
                    &self.text,
                    "has an expression other than {var}, {+var}, {/var}, {?var} and {&var}",
                ));
            }
            match operator {
                '?' | '&' => {
                    self.continued = operator == '&';
                    self.query.push(name.to_owned());
                    continue;
                }
                '/' => self.push_text("/"),
                _ if at > 0 => self.push_text(","),
                _ => {}
            }
            self.parts.push(Part::Variable { name: name.to_owned(), reserved: operator == '+' });
        }
        Ok(())
    }

    /// The spelled-out part ends where the variables of `{&…}` begin: at the first pair that names one of them.
    fn split_continued<'u>(&self, uri: &'u str) -> Option<(&'u str, Option<&'u str>)> {
        let start = uri.find('?')?;
        let mut at = start + 1;
        for pair in uri[start + 1..].split('&') {
            let name = pair.split_once('=').map_or(pair, |(name, _)| name);
            if at > start + 1 && self.query.iter().any(|known| known == name) {
                return Some((&uri[..at - 1], Some(&uri[at..])));
            }
            at += pair.len() + 1;
        }
        Some((uri, None))
    }

    /// For each place in the path, which parts can match the rest from there: one bit per part, filled from the end.
    /// Then the values are read from the start, without ever going back.
    fn match_path(&self, path: &str) -> Option<Vec<(&str, String)>> {
        let (bytes, parts) = (path.as_bytes(), self.parts.as_slice());
        let mut open = vec![0u64; bytes.len() + 1];
        open[bytes.len()] = 1 << parts.len();
        for at in (0..=bytes.len()).rev() {
            for (index, part) in parts.iter().enumerate().rev() {
                let next = 1 << (index + 1);
                let fits = match part {
                    Part::Text(text) => {
                        bytes[at..].starts_with(text.as_bytes()) && open[at + text.len()] & next != 0
                    }
                    // Takes this byte; what follows is more of it, or the next part.
                    Part::Variable { reserved, .. } => {
                        at < bytes.len()
                            && takes(bytes[at], *reserved)
                            && open[at + 1] & (next | 1 << index) != 0
                    }
                };
                if fits {
                    open[at] |= 1 << index;
                }
            }
        }
        if open[0] & 1 == 0 {
            return None;
        }
        let (mut at, mut found) = (0, Vec::new());
        for (index, part) in parts.iter().enumerate() {
            match part {
                Part::Text(text) => at += text.len(),
                Part::Variable { name, reserved } => {
                    let run = bytes[at..].iter().take_while(|byte| takes(**byte, *reserved)).count();
                    let end = (at + 1..=at + run).rev().find(|end| open[*end] & 1 << (index + 1) != 0)?;
                    found.push((name.as_str(), decode(path.get(at..end)?)?));
                    at = end;
                }
            }
        }
        Some(found)
    }
}

/// Whether a variable may take this byte.
fn takes(byte: u8, reserved: bool) -> bool {
    !matches!(byte, b'?' | b'#') && (reserved || byte != b'/')
}

fn decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            out.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

fn encode(value: &str, reserved: bool, out: &mut String) {
    for byte in value.bytes() {
        let unreserved = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if unreserved || (reserved && b":/[]@!$&'()*+,;=".contains(&byte)) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

fn invalid(template: &str, what: impl AsRef<str>) -> Error {
    let shown: String = template.chars().take(80).collect();
    Error::new(ErrorKind::InvalidConfig, format!("the URI template {shown:?} {}", what.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(template: &str, uri: &str) -> Option<String> {
        let template = UriTemplate::parse(template).expect("valid template");
        let pairs = template.matches(uri)?;
        Some(pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn templates_match_what_they_describe() {
        for (template, uri, expected) in [
            ("test://template/{id}/data", "test://template/123/data", Some("id=123")),
            ("test://template/{id}/data", "test://template//data", None),
            ("test://template/{id}/data", "test://template/1/2/data", None),
            ("test://template/{id}/data", "test://template/1/datas", None),
            ("file:///{+path}", "file:///a/b%20c", Some("path=a/b c")),
            ("file:///{+path}", "file:///", None),
            ("x:{a}-{b}", "x:1-2-3", Some("a=1-2 b=3")),
            ("{+a}x{b}", "1/x/2x3", Some("a=1/x/2 b=3")),
            ("x:{a,b}", "x:1,2", Some("a=1 b=2")),
            ("x:{/a,b}", "x:/1/2", Some("a=1 b=2")),
            ("x:{a}{?q,r}", "x:1?r=3&q=%C3%A9", Some("a=1 r=3 q=é")),
            ("x:{a}{?q}", "x:1", Some("a=1")),
            ("x:{a}{?q}", "x:1?z=2", None),
            ("x:{a}{?q}", "x:1?q=2&q=3", None),
            ("x:?fixed=1{&q}", "x:?fixed=1&q=2", Some("q=2")),
            ("x:?fixed=1{&q}", "x:?fixed=1", Some("")),
            ("x:?fixed=1{&q}", "x:?fixed=2&q=2", None),
            ("x:plain", "x:plain", Some("")),
            ("x:{a}", "x:%ff", None),
            ("x:{a}", "x:%2", None),
            ("x:{a}", "x:é", Some("a=é")),
        ] {
            assert_eq!(found(template, uri).as_deref(), expected, "{template} {uri}");
        }
    }

    #[test]
    fn what_cannot_be_matched_is_refused_when_it_is_read() {
        for bad in [
            "{", "}", "{}", "{a}{b}", "{a*}", "{a:3}", "{#a}", "{.a}", "{;a}", "{a}{?q}x", "{a}/{a}", "{a b}",
        ] {
            assert_eq!(UriTemplate::parse(bad).expect_err(bad).kind, ErrorKind::InvalidConfig);
        }
        assert!(UriTemplate::parse(&"x".repeat(Limits::TEMPLATE + 1)).is_err());
        assert!(UriTemplate::parse(&(0..40).map(|n| format!("{{v{n}}}/")).collect::<String>()).is_err());
    }

    #[test]
    fn filling_in_and_matching_are_inverse() {
        let template = UriTemplate::parse("db://{table}/rows/{+path}{?q}").expect("valid");
        let values = [("table", "a/b ü"), ("path", "x/y z"), ("q", "1&2")];
        let uri = template.expand(&values);
        assert_eq!(uri, "db://a%2Fb%20%C3%BC/rows/x/y%20z?q=1%262");
        let back = template.matches(&uri).expect("matches");
        assert_eq!(back.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>(), values);
    }

    #[test]
    fn a_hostile_uri_takes_linear_time() {
        let many: String = (0..30).map(|n| format!("{{+v{n}}}a")).collect();
        let template = UriTemplate::parse(&many).expect("valid");
        assert!(template.matches(&"a".repeat(Limits::URI)).is_some());
        assert!(template.matches(&format!("{}b", "a".repeat(Limits::URI - 1))).is_none());
        assert!(template.matches(&"a".repeat(Limits::URI + 1)).is_none());
    }
}
