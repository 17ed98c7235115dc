//! Tools on the wire: definitions, results from plain values, and values from results.
//!
//! Owns the one mapping between what a function returns and a `CallToolResult`, so that no language surface has an
//! opinion about it. Must never validate against a schema: that needs a compiled one. Specification: server
//! features, "Tools".

mod result;
pub(crate) mod wrap;

pub use result::{WRAPPED, data_of, error_result, error_text, is_error, shape_result, value_result};

use std::borrow::Borrow;

use serde_json::value::RawValue;

use crate::revision::Revision;
use crate::rounds::QuestionKind;
use crate::types::wire::wire;
use crate::types::{Icon, list_body};

wire! {
    /// The definition of a tool.
    ToolSpec {
        /// Unique in its server; at most `Limits::name` bytes.
        name: String => "name" required,
        /// The name for people.
        title: Option<String> => "title" option,
        /// What it does, for a model.
        description: Option<String> => "description" option,
        /// JSON Schema of the arguments; its root has `"type": "object"`.
        input_schema: Box<RawValue> => "inputSchema" required,
        /// JSON Schema of the returned value, of any type. Present: the result is structured.
        output_schema: Option<Box<RawValue>> => "outputSchema" option,
        /// A `ToolAnnotations` object; see [`ToolAnnotations`](crate::types::ToolAnnotations).
        annotations: Option<Box<RawValue>> => "annotations" option,
        /// Pictures for user interfaces.
        icons: Vec<Icon> => "icons" list,
        /// The definition's own `_meta` object.
        meta: Option<Box<RawValue>> => "_meta" option,
        /// What the handler asks; read from definitions, never sent.
        asks: Vec<QuestionKind> => "asks" local,
    }
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
    list_body::<ToolSpec, S>(rev, specs, None)
}
