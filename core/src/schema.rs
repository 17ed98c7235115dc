//! JSON Schema, compiled once: validation of arguments and of answers.
//!
//! Only the 2020-12 dialect, no network references, patterns on a linear-time engine. A schema that breaks these
//! rules is refused when it is registered, never when it is used.
//! Specification: `basic/index` (JSON Schema Usage).
use dovetail_protocol::{Error, ErrorKind, Limits, RawValue};
use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Sub-schemas that one schema may have.
const MAX_NODES: usize = 20_000;

/// A compiled schema.
pub(crate) struct Schema(Validator);

impl std::fmt::Debug for Schema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Schema")
    }
}

impl Schema {
    /// Compiles a schema.
    pub(crate) fn compile(raw: &RawValue, limits: &Limits) -> Result<Self, Error> {
        let refuse = |detail: String| Error::new(ErrorKind::InvalidConfig, format!("schema: {detail}"));
        let value: Value = serde_json::from_str(raw.get()).map_err(|error| refuse(error.to_string()))?;
        check_size(&value, limits.depth).map_err(refuse)?;
        if let Some(dialect) = value.get("$schema").and_then(Value::as_str)
            && dialect.trim_end_matches('#') != DIALECT
        {
            return Err(refuse(format!("the dialect {dialect:?} is not supported; use {DIALECT}")));
        }
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(PatternOptions::regex())
            .build(&value)
            .map(Self)
            .map_err(|error| refuse(error.to_string()))
    }

    /// The first fault of a JSON text: its path and what is wrong there, in one line.
    pub(crate) fn fault(&self, json: &[u8]) -> Option<String> {
        let value: Value = match serde_json::from_slice(json) {
            Ok(value) => value,
            Err(error) => return Some(error.to_string()),
        };
        if self.0.is_valid(&value) {
            return None;
        }
        let error = self.0.iter_errors(&value).next()?;
        let path = error.instance_path().to_string();
        Some(format!("{}: {}", if path.is_empty() { "/" } else { &path }, shorten(&error.to_string())))
    }
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
