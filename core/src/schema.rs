//! JSON Schema, compiled once: validation of arguments and of answers.
//!
//! Only the 2020-12 dialect, no network references, patterns on a linear-time engine. A schema that breaks these
//! rules is refused when it is registered, never when it is used.
//! Specification: `basic/index` (JSON Schema Usage).
use std::sync::OnceLock;

use dovetail_protocol::{Error, ErrorKind, Limits, RawValue};
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::Value;

use crate::plain_schema::{PlainObject, is_plain};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Sub-schemas that one schema may have.
const MAX_NODES: usize = 20_000;

/// A schema that is known to be good. One with a shortcut is compiled when the shortcut first fails, and often never:
/// the compiler's own tables take longer than everything else that a server does at its start.
pub(crate) struct Schema {
    source: Value,
    compiled: OnceLock<Validator>,
    plain: Option<PlainObject>,
}

impl std::fmt::Debug for Schema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Schema")
    }
}

impl Schema {
    /// Compiles a schema.
    ///
    /// # Errors
    /// `invalid_argument` for one that breaks the rules.
    pub(crate) fn compile(raw: &RawValue, limits: &Limits) -> Result<Self, Error> {
        let source = read(raw, limits)?;
        let plain = PlainObject::of(&source);
        let compiled = OnceLock::new();
        if plain.is_none() {
            let _ = compiled.set(build(&source).map_err(|error| refuse(&error))?);
        }
        Ok(Self { source, compiled, plain })
    }

    /// Whether [`Schema::compile`] would take a schema that nothing is to be validated with.
    ///
    /// # Errors
    /// Those of [`Schema::compile`].
    pub(crate) fn check(raw: &RawValue, limits: &Limits) -> Result<(), Error> {
        let source = read(raw, limits)?;
        if is_plain(&source) {
            return Ok(());
        }
        build(&source).map(drop).map_err(|error| refuse(&error))
    }

    fn compiled(&self) -> &Validator {
        self.compiled.get_or_init(|| build(&self.source).expect("a schema with a shortcut is valid"))
    }

    /// The first fault of a well-formed JSON text: its path and what is wrong there, in one line.
    pub(crate) fn fault(&self, json: &[u8]) -> Option<String> {
        if self.plain.as_ref().is_some_and(|plain| plain.accepts(json)) {
            return None;
        }
        let value: Value = match serde_json::from_slice(json) {
            Ok(value) => value,
            Err(error) => return Some(error.to_string()),
        };
        let compiled = self.compiled();
        if compiled.is_valid(&value) {
            return None;
        }
        let error = compiled.iter_errors(&value).next()?;
        let path = error.instance_path().to_string();
        Some(format!("{}: {}", if path.is_empty() { "/" } else { &path }, shorten(&error.to_string())))
    }
}

fn refuse(detail: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidConfig, format!("schema: {detail}"))
}

fn read(raw: &RawValue, limits: &Limits) -> Result<Value, Error> {
    let schema: Value = serde_json::from_str(raw.get()).map_err(|error| refuse(&error))?;
    check_size(&schema, limits.depth).map_err(|detail| refuse(&detail))?;
    if let Some(dialect) = schema.get("$schema").and_then(Value::as_str)
        && dialect.trim_end_matches('#') != DIALECT
    {
        return Err(refuse(&format!("the dialect {dialect:?} is not supported; use {DIALECT}")));
    }
    Ok(schema)
}

fn build(schema: &Value) -> Result<Validator, ValidationError<'static>> {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
}

/// Error texts quote the faulty value; a long one is cut.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 300;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn check_size(schema: &Value, max_depth: usize) -> Result<(), String> {
    let mut nodes = 0_usize;
    let mut stack = vec![(schema, 1_usize)];
    while let Some((value, depth)) = stack.pop() {
        nodes += 1;
        if depth > max_depth {
            return Err(format!("nested deeper than {max_depth} levels"));
        }
        if nodes > MAX_NODES {
            return Err(format!("more than {MAX_NODES} nodes"));
        }
        match value {
            Value::Object(members) => {
                for keyword in ["$ref", "$dynamicRef"] {
                    if let Some(target) = members.get(keyword).and_then(Value::as_str)
                        && !target.starts_with('#')
                    {
                        return Err(format!(
                            "{keyword} {target:?} is not local; put the definition under $defs"
                        ));
                    }
                }
                stack.extend(members.values().map(|member| (member, depth + 1)));
            }
            Value::Array(items) => stack.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(json: &str) -> Schema {
        let raw: Box<RawValue> = serde_json::from_str(json).expect("JSON");
        Schema::compile(&raw, &Limits::default()).expect("a schema")
    }

    #[test]
    fn the_shortcut_accepts_nothing_that_the_compiled_schema_refuses() {
        let values = [
            "{}",
            "[]",
            "null",
            "3",
            "",
            "{",
            r#"{"a":"x"}"#,
            r#"{"a":"x","b":1}"#,
            r#"{"a":"x","b":1,"c":true,"d":0.5}"#,
            r#"{"a":"x","b":1.0}"#,
            r#"{"a":"x","b":1e2,"d":-3}"#,
            r#"{"a":"x","b":-18446744073709551615}"#,
            r#"{"a":"x","b":1,"b":"x"}"#,
            r#"{"b":"x","a":"x","b":1}"#,
            r#"{"a":null,"b":1}"#,
            r#"{"a":"x","b":1,"e":[1,{"f":2}]}"#,
            r#"{"\u0061":"x","b":1}"#,
            r#"{"a":"\ud800","b":1}"#,
            r#"{"a":"x","b":1} "#,
            r#"{"a":"x","b":1} x"#,
            r#" { "a" : "x" , "b" : 1 , "c" : false } "#,
            r#"{"a":"\"\\","b":1,"f":null}"#,
            r#"{"a":"\\\"}","b":1}"#,
            r#"{"a":"\ud83d\ude00\n","b":1,"f":"\udc00"}"#,
            r#"{"a":"x","b":-0}"#,
            r#"{"a":"x","b":12345678901234567890}"#,
            r#"{"a":"x","b":1E1}"#,
            r#"{"a":"x","b":-1,"d":-0.0}"#,
            r#"{"a":"x","b":1,"d":1.5e300}"#,
            r#"{"a":"x","b":1,"f":{"a":1}}"#,
            r#"{"a":{},"b":[],"c":"true","d":"1"}"#,
            r#"{"a":"x","b":1,"e":-1}"#,
            r#"{"a":"x","b":1,"e":7}"#,
        ];
        let mut shortened = 0;
        for rest in [
            "",
            r#","required":["a","b"]"#,
            r#","additionalProperties":false"#,
            r#","additionalProperties":false,"required":["a"],"description":"x""#,
        ] {
            let properties = r#"{"a":{"type":"string","description":"first"},"b":{"type":"integer"},"c":{"type":"boolean"},"d":{"type":"number","format":"double"},"e":{"type":"integer","format":"uint32","minimum":0}}"#;
            let schema = schema(&format!(r#"{{"type":"object","properties":{properties}{rest}}}"#));
            let plain = schema.plain.as_ref().expect("a plain schema");
            for json in values {
                let valid =
                    serde_json::from_str(json).is_ok_and(|value: Value| schema.compiled().is_valid(&value));
                assert!(valid || !plain.accepts(json.as_bytes()), "{rest} {json}");
                shortened += usize::from(plain.accepts(json.as_bytes()));
            }
        }
        assert!(shortened > 10, "the shortcut is taken");
    }

    #[test]
    fn a_broken_schema_is_refused_when_it_is_registered() {
        for json in [
            r#"{"type":"object","title":1}"#,
            r#"{"type":"object","examples":{}}"#,
            r#"{"type":"object","deprecated":"yes"}"#,
            r#"{"type":"object","properties":{"a":{"type":"string","description":[]}}}"#,
            r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a","a"]}"#,
            r#"{"type":"object","properties":{"a":{"type":"integer","minimum":"0"}}}"#,
            r#"{"type":"object","properties":{"a":{"type":"text"}}}"#,
            r#"{"type":"object","$schema":7}"#,
            r#"{"type":"integer","minimum":"0"}"#,
            r#"{"type":"integer","$schema":"http://json-schema.org/draft-07/schema#"}"#,
        ] {
            let raw: Box<RawValue> = serde_json::from_str(json).expect("JSON");
            assert!(Schema::compile(&raw, &Limits::default()).is_err(), "{json}");
            assert!(Schema::check(&raw, &Limits::default()).is_err(), "{json}");
        }
    }

    #[test]
    fn a_schema_with_a_shortcut_is_compiled_when_the_shortcut_fails() {
        let schema = schema(r#"{"type":"object","properties":{"a":{"type":"string"}}}"#);
        assert_eq!(schema.fault(br#"{"a":"x"}"#), None);
        assert!(schema.compiled.get().is_none());
        assert!(schema.fault(br#"{"a":1}"#).is_some_and(|fault| fault.starts_with("/a: ")));
        assert!(schema.compiled.get().is_some());
    }

    #[test]
    fn other_keywords_have_no_shortcut() {
        for json in [
            "true",
            "{}",
            r#"{"properties":{}}"#,
            r#"{"type":["object","null"],"properties":{}}"#,
            r#"{"type":"object","minProperties":1}"#,
            r#"{"type":"object","properties":{"a":{"type":"string","minLength":1}}}"#,
            r#"{"type":"object","properties":{"a":{"enum":[1]}}}"#,
            r#"{"type":"object","properties":{"a":{"type":"integer","minimum":1}}}"#,
            r#"{"type":"object","properties":{"a":{"type":"number","minimum":0}}}"#,
            r#"{"type":"object","properties":{"a":true}}"#,
            r#"{"type":"object","required":["a"]}"#,
            r#"{"type":"object","additionalProperties":{"type":"string"}}"#,
        ] {
            assert!(schema(json).plain.is_none(), "{json}");
        }
    }
}
