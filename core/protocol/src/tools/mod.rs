//! Tools on the wire: definitions, results from plain values, and values from results.
//!
//! Owns the one mapping between what a function returns and a `CallToolResult`, so that no language surface has an
//! opinion about it. Must never validate against a schema: that needs a compiled one. Specification: server
//! features, "Tools".

mod result;
mod wrap;

pub use result::{WRAPPED, data_of, error_result, error_text, is_error, value_result};

use std::borrow::Borrow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::revision::{Feature, Revision};
use crate::rounds::QuestionKind;

/// The definition of a tool.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolSpec {
    /// Unique in its server; at most `Limits::name` bytes.
    pub name: String,
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it does, for a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON Schema of the arguments; its root has `"type": "object"`.
    pub input_schema: Box<RawValue>,
    /// JSON Schema of the returned value, of any type. Present: the result is structured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Box<RawValue>>,
    /// A `ToolAnnotations` object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Box<RawValue>>,
    /// The definition's own `_meta` object.
    #[serde(rename = "_meta", default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Box<RawValue>>,
    /// What the handler asks; read from definitions, never sent.
    #[serde(default, skip_serializing)]
    pub asks: Vec<QuestionKind>,
}

impl ToolSpec {
    /// A tool with a name and the schema of its arguments; fill in the rest with struct update syntax.
    pub fn new(name: impl Into<String>, input_schema: Box<RawValue>) -> Self {
        Self { name: name.into(), input_schema, ..Self::default() }
    }
}

/// The body of a `tools/list` result with all of `specs`, in the order given. On revisions where structured content
/// must be an object, other output schemas appear wrapped the way [`value_result`] wraps the values.
pub fn list_result<S: Borrow<ToolSpec>>(specs: &[S], rev: Revision) -> Vec<u8> {
    let mut out = br#"{"tools":["#.to_vec();
    for (at, spec) in specs.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let spec: &ToolSpec = spec.borrow();
        let wrapped = match &spec.output_schema {
            Some(schema) if !rev.has(Feature::AnyStructured) && !wrap::is_object_schema(schema) => {
                Some(ToolSpec { output_schema: Some(wrap::wrap_schema(schema)), ..spec.clone() })
            }
            _ => None,
        };
        serde_json::to_writer(&mut out, wrapped.as_ref().unwrap_or(spec))
            .expect("a tool definition serialises into memory");
    }
    out.extend_from_slice(b"]}");
    out
}
