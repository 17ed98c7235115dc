//! Parameters that a tool wants mirrored into HTTP headers (`x-mcp-header`).
//!
//! Owns which parameters those are, how their values are spelled, and the check against the body. Must never repair:
//! a definition or a header that breaks a rule is refused. Specification: Streamable HTTP, "Custom Headers from Tool
//! Parameters"; server features, "Tools", "x-mcp-header".

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};
use crate::headers::{decode_value, encode_value};
use crate::limits::Limits;
use crate::raw::{members, text};

/// What stands before the name of every such header, in lower case.
pub const PREFIX: &str = "mcp-param-";

const KEYWORD: &str = "x-mcp-header";
const DEPTH: usize = 128;
/// The greatest integer that all peers agree on: 2^53 - 1.
const SAFE: i64 = (1 << 53) - 1;

/// The mirrored parameters of one tool.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ParamHeaders(Vec<ParamHeader>);

#[derive(Clone, PartialEq, Eq, Debug)]
struct ParamHeader {
    /// The whole header name, in lower case.
    name: String,
    /// The property names from the root to the parameter.
    path: Vec<String>,
}

impl ParamHeaders {
    /// Collects the annotations of an input schema. Fails with [`ErrorKind::InvalidConfig`] when one of them breaks a
    /// rule: a server then refuses the tool, and a client leaves it out.
    pub fn collect(input_schema: &RawValue) -> Result<Self, Error> {
        let json = input_schema.get();
        // An escape could hide the keyword; schemas hardly ever have one in a name.
        if !json.contains(KEYWORD) && !json.contains("\\u") {
            return Ok(Self::default());
        }
        let mut found = Self::default();
        found.schema(input_schema, &mut Vec::new(), true, 0)?;
        Ok(found)
    }

    /// Whether nothing is mirrored.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The headers for a call: names in lower case, values encoded. Fails with [`ErrorKind::InvalidParams`] on a value
    /// that is not a string, a boolean or an integer that every peer can hold.
    pub fn write(&self, arguments: Option<&RawValue>) -> Result<Vec<(String, String)>, Error> {
        let mut headers = Vec::new();
        for header in &self.0 {
            let Some(value) = header.value(arguments) else { continue };
            let spelled = spell(value).ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidParams,
                    "a parameter that is mirrored into a header must be a string, a boolean or an integer \
                     between -9007199254740991 and 9007199254740991",
                )
                .with_context("parameter", header.path.join("."))
            })?;
            headers.push((header.name.clone(), encode_value(&spelled).into_owned()));
        }
        Ok(headers)
    }

    /// Checks the headers of a call against its body. `header` gives the value of a header by its name in lower case;
    /// a header sent twice must have been refused before. Integers are compared as numbers. Fails with
    /// [`ErrorKind::HeaderMismatch`].
    pub fn check<'h>(
        &self,
        arguments: Option<&RawValue>,
        header: impl Fn(&str) -> Option<&'h str>,
    ) -> Result<(), Error> {
        for expected in &self.0 {
            let wrong = |what: &str| {
                Error::new(ErrorKind::HeaderMismatch, format!("header {} {what}", expected.name))
            };
            let sent = header(&expected.name).map(decode_value).transpose()?;
            match (expected.value(arguments), sent) {
                (None, None) => {}
                (None, Some(_)) => return Err(wrong("has no counterpart in the body")),
                (Some(_), None) => return Err(wrong("is missing")),
                (Some(value), Some(sent)) => {
                    let same = match spell(value) {
                        Some(spelled) if spelled == sent => true,
                        Some(spelled) if is_number(value) => integer(&sent) == integer(&spelled),
                        _ => false,
                    };
                    if !same {
                        return Err(wrong("does not match the body"));
                    }
                }
            }
        }
        Ok(())
    }

    fn schema(
        &mut self,
        raw: &RawValue,
        path: &mut Vec<String>,
        reachable: bool,
        depth: usize,
    ) -> Result<(), Error> {
        if depth > DEPTH {
            return Err(invalid(path, "the schema is nested too deep"));
        }
        let Some(all) = members(raw) else {
            let items: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
            return items.into_iter().try_for_each(|item| self.schema(item, path, false, depth + 1));
        };
        if let Some(name) = all.get(KEYWORD) {
            self.annotation(name, all.get("type"), path, reachable)?;
        }
        for (key, value) in &all.0 {
            match key.as_ref() {
                // Data, not schemas.
                "const" | "enum" | "default" | "examples" | "required" => {}
                // Members are names of properties or definitions, not keywords.
                "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas" => {
                    let chain = reachable && key == "properties";
                    for (name, property) in members(value).iter().flat_map(|all| &all.0) {
                        path.push(name.to_string());
                        self.schema(property, path, chain, depth + 1)?;
                        path.pop();
                    }
                }
                _ => self.schema(value, path, false, depth + 1)?,
            }
        }
        Ok(())
    }

    fn annotation(
        &mut self,
        name: &RawValue,
        kind: Option<&RawValue>,
        path: &[String],
        reachable: bool,
    ) -> Result<(), Error> {
        if !reachable || path.is_empty() {
            return Err(invalid(path, "is on a schema that is not reached through properties alone"));
        }
        let name = text(name).ok_or_else(|| invalid(path, "is not a string"))?;
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(invalid(path, "is not a header name"));
        }
        if !kind.is_some_and(is_primitive) {
            return Err(invalid(path, "is on a parameter that is not a string, an integer or a boolean"));
        }
        let name = format!("{PREFIX}{}", name.to_ascii_lowercase());
        if self.0.iter().any(|known| known.name == name) {
            return Err(invalid(path, "has the same name as another one"));
        }
        if self.0.len() == Limits::PARAM_HEADERS {
            return Err(invalid(path, "is one too many: a tool mirrors at most 64 parameters"));
        }
        self.0.push(ParamHeader { name, path: path.to_vec() });
        Ok(())
    }
}

impl ParamHeader {
    /// The value in the arguments; `null` counts as none.
    fn value<'a>(&self, arguments: Option<&'a RawValue>) -> Option<&'a RawValue> {
        let mut value = arguments?;
        for name in &self.path {
            value = members(value)?.get(name)?;
        }
        (value.get() != "null").then_some(value)
    }
}

/// One of the three types, or one of them and `null`: a missing value needs no header.
fn is_primitive(kind: &RawValue) -> bool {
    let one = |name: &str| matches!(name, "string" | "integer" | "boolean");
    if let Some(name) = text(kind) {
        return one(&name);
    }
    let names: Vec<String> = serde_json::from_str(kind.get()).unwrap_or_default();
    names.len() == 2 && names.iter().any(|name| name == "null") && names.iter().any(|name| one(name))
}

/// A value as text. Integers are spelled in one way: `42.0` and `4.2e1` become `42`.
fn spell(value: &RawValue) -> Option<Cow<'_, str>> {
    match value.get() {
        "true" => Some(Cow::Borrowed("true")),
        "false" => Some(Cow::Borrowed("false")),
        _ if is_number(value) => integer(value.get()).map(|n| Cow::Owned(n.to_string())),
        _ => text(value),
    }
}

fn is_number(value: &RawValue) -> bool {
    value.get().starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

/// The integer that a decimal number stands for, exactly; `None` when it is not one, or beyond the safe range.
fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) if exponent.len() <= 4 => (mantissa, exponent.parse::<i32>().ok()?),
        Some(_) => return None,
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let numeric = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || !numeric(whole)
        || !numeric(fraction)
        || (mantissa.contains('.') && fraction.is_empty())
    {
        return None;
    }
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    // Zeros behind the significant digits, minus digits behind the point.
    let trailing = all.len() - all.trim_end_matches('0').len();
    let shift = exponent + i32::try_from(trailing).ok()? - i32::try_from(fraction.len()).ok()?;
    if !(0..=15).contains(&shift) || significant.len() > 16 {
        return None;
    }
    let value = significant.parse::<i64>().ok()?.checked_mul(10i64.checked_pow(shift.unsigned_abs())?)?;
    (value <= SAFE).then_some(if negative { -value } else { value })
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn invalid(path: &[String], what: &str) -> Error {
    let shown: String = path.join(".").chars().take(120).collect();
    Error::new(ErrorKind::InvalidConfig, format!("the {KEYWORD} annotation at {shown:?} {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        serde_json::from_str(json).expect("valid JSON")
    }

    fn collect(properties: &str) -> Result<ParamHeaders, Error> {
        ParamHeaders::collect(&raw(&format!(r#"{{"type":"object","properties":{properties}}}"#)))
    }

    #[test]
    fn values_are_taken_from_their_exact_place() {
        let headers = collect(
            r#"{"a":{"type":"string","x-mcp-header":"A"},
                "b":{"type":"object","properties":{"c":{"type":["integer","null"],"x-mcp-header":"B-C"}}},
                "d":{"type":"boolean","x-mcp-header":"D"},
                "x-mcp-header":{"type":"string"}}"#,
        )
        .expect("valid");
        let arguments = raw(r#"{"a":" ü","b":{"c":42.0},"d":false,"e":1}"#);
        let written = headers.write(Some(&arguments)).expect("writes");
        let shown: Vec<_> = written.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(shown, ["mcp-param-a: =?base64?IMO8?=", "mcp-param-b-c: 42", "mcp-param-d: false"]);
        assert!(headers.write(None).expect("writes").is_empty());
        assert!(headers.write(Some(&raw(r#"{"a":null,"b":{}}"#))).expect("writes").is_empty());
        for bad in [r#"{"b":{"c":1.5}}"#, r#"{"b":{"c":9007199254740992}}"#, r#"{"a":{}}"#, r#"{"a":[]}"#] {
            assert_eq!(headers.write(Some(&raw(bad))).expect_err(bad).kind, ErrorKind::InvalidParams);
        }
        let lookup =
            |name: &str| written.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        headers.check(Some(&arguments), lookup).expect("what was written is accepted");
    }

    #[test]
    fn annotations_that_break_a_rule_are_refused() {
        for bad in [
            r#"{"a":{"type":"string","x-mcp-header":""}}"#,
            r#"{"a":{"type":"string","x-mcp-header":1}}"#,
            r#"{"a":{"type":"string","x-mcp-header":"a b"}}"#,
            r#"{"a":{"type":"string","x-mcp-header":"a:b"}}"#,
            r#"{"a":{"type":"string","x-mcp-header":"é"}}"#,
            r#"{"a":{"type":"string","x-mcp-header":"a\r\nb"}}"#,
            r#"{"a":{"type":"number","x-mcp-header":"A"}}"#,
            r#"{"a":{"type":"object","x-mcp-header":"A"}}"#,
            r#"{"a":{"type":"array","x-mcp-header":"A"}}"#,
            r#"{"a":{"type":"null","x-mcp-header":"A"}}"#,
            r#"{"a":{"type":["string","integer"],"x-mcp-header":"A"}}"#,
            r#"{"a":{"x-mcp-header":"A"}}"#,
            r#"{"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"}}"#,
            r#"{"a":{"type":"array","items":{"type":"string","x-mcp-header":"A"}}}"#,
            r#"{"a":{"anyOf":[{"type":"string","x-mcp-header":"A"}]}}"#,
            r#"{"a":{"type":"object","additionalProperties":{"type":"string","x-mcp-header":"A"}}}"#,
            r#"{"a":{"if":{"properties":{"b":{"type":"string","x-mcp-header":"A"}}}}}"#,
            r#"{"a":{"$defs":{"b":{"type":"string","x-mcp-header":"A"}}}}"#,
            r#"{"a":{"type":"string","\u0078-mcp-header":""}}"#,
        ] {
            assert_eq!(collect(bad).expect_err(bad).kind, ErrorKind::InvalidConfig);
        }
        assert!(ParamHeaders::collect(&raw(r#"{"type":"string","x-mcp-header":"A"}"#)).is_err());
        let data = r#"{"a":{"type":"string","default":{"x-mcp-header":""},"enum":[{"x-mcp-header":1}]}}"#;
        assert!(collect(data).expect("data is no schema").is_empty());
    }

    #[test]
    fn headers_must_say_what_the_body_says() {
        let headers = collect(
            r#"{"s":{"type":"string","x-mcp-header":"S"},"n":{"type":"integer","x-mcp-header":"N"}}"#,
        )
        .expect("valid");
        for (arguments, s, n, good) in [
            (r#"{"s":"a","n":42}"#, Some("a"), Some("42"), true),
            (r#"{"s":"a","n":42}"#, Some("=?base64?YQ==?="), Some("42.0"), true),
            (r#"{"n":42.0}"#, None, Some("4.2e1"), true),
            (r#"{"s":"","n":-0}"#, Some(""), Some("0"), true),
            (r#"{"s":null}"#, None, None, true),
            ("{}", None, None, true),
            (r#"{"s":"a"}"#, None, None, false),
            (r#"{"s":"a"}"#, Some("A"), None, false),
            (r#"{"s":"a"}"#, Some("=?base64?YQ=?="), None, false),
            (r#"{"s":"a"}"#, Some("a"), Some("1"), false),
            ("{}", Some(""), None, false),
            (r#"{"n":42}"#, None, Some("43"), false),
            (r#"{"n":42}"#, None, Some("042.5"), false),
            (r#"{"n":42}"#, None, Some(""), false),
            (r#"{"n":9007199254740993}"#, None, Some("9007199254740993"), false),
            (r#"{"s":"42"}"#, Some("42.0"), None, false),
        ] {
            let arguments_raw = raw(arguments);
            let lookup = |name: &str| if name == "mcp-param-s" { s } else { n };
            let result = headers.check(Some(&arguments_raw), lookup);
            assert_eq!(result.is_ok(), good, "{arguments} {s:?} {n:?}");
        }
    }
}
