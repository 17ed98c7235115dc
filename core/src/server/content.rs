//! Whole results of tools, for functions that return more than one plain value.
use std::any::TypeId;

use dovetail_protocol::RawValue;
use dovetail_protocol::types::Content;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

/// A whole tool result: text, images, audio, embedded resources and links, with or without a structured value
/// (`server/tools`, Tool Result). A typed tool that returns it has no output schema of its own.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolResult {
    content: Vec<Content>,
    #[serde(skip_serializing_if = "Option::is_none")]
    structured_content: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_error: bool,
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    meta: Option<Box<RawValue>>,
}

impl ToolResult {
    /// A result of these blocks.
    pub fn new(content: impl IntoIterator<Item = Content>) -> Self {
        Self { content: content.into_iter().collect(), ..Self::default() }
    }

    /// Adds a structured value.
    #[must_use]
    pub fn structured(mut self, value: Box<RawValue>) -> Self {
        self.structured_content = Some(value);
        self
    }

    /// Marks the result as a failure that the model may correct.
    #[must_use]
    pub fn error(mut self) -> Self {
        self.is_error = true;
        self
    }

    /// Adds metadata, a JSON object.
    #[must_use]
    pub fn meta(mut self, meta: Box<RawValue>) -> Self {
        self.meta = Some(meta);
        self
    }

    /// Whether values of this type are whole results.
    pub(crate) fn is<T: 'static>() -> bool {
        TypeId::of::<T>() == TypeId::of::<Self>()
    }
}

impl From<Content> for ToolResult {
    fn from(content: Content) -> Self {
        Self::new([content])
    }
}

impl From<Vec<Content>> for ToolResult {
    fn from(content: Vec<Content>) -> Self {
        Self::new(content)
    }
}

impl JsonSchema for ToolResult {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ToolResult".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "object" })
    }
}
