//! What calls give back.

use std::borrow::Cow;
use std::fmt;

use dovetail_protocol::types::{self, Contents, Icon, PromptMessage, ServerCapabilities, ToolAnnotations};
use dovetail_protocol::{Error, ErrorKind, RawValue, Revision, tools};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// How far a call has come, as its server reports it.
#[derive(Clone, PartialEq, Debug)]
pub struct Progress {
    /// Grows from report to report; the unit is the server's.
    pub progress: f64,
    /// Where it will end, when known.
    pub total: Option<f64>,
    /// What the server is doing.
    pub message: Option<String>,
}

/// The result of a tool call: the value, and everything the server sent.
#[derive(Clone)]
pub struct CallResult {
    raw: Box<RawValue>,
    failed: bool,
}

impl CallResult {
    pub(crate) fn new(raw: Box<RawValue>) -> Self {
        let failed = tools::is_error(&raw);
        Self { raw, failed }
    }

    /// The returned value: structured content, or else the only text as a string. Results without either give
    /// `null`, which suits `()` and `Option`.
    ///
    /// Fails with [`ErrorKind::Malformed`] when the value is not a `T`.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let data = self.data_json();
        let json = data.as_deref().map_or("null", |raw| raw.get());
        serde_json::from_str(json).or_else(|error| {
            // Without an output schema a number or object travels as text that holds its JSON.
            let inner = serde_json::from_str::<Cow<'_, str>>(json).ok();
            inner.and_then(|text| serde_json::from_str(&text).ok()).ok_or_else(|| {
                let at = format!("line {} column {}", error.line(), error.column());
                Error::new(ErrorKind::Malformed, format!("the result is not of the type asked for (at {at})"))
            })
        })
    }

    /// The returned value as JSON: structured content, or else the only text as a JSON string.
    pub fn data_json(&self) -> Option<Cow<'_, RawValue>> {
        tools::data_of(&self.raw)
    }

    /// Whether the tool reported a failure of its own. Only [`Call::raw`](crate::Call::raw) gives such results; they
    /// are errors otherwise.
    pub fn is_error(&self) -> bool {
        self.failed
    }

    /// All text of the result, one block per line.
    pub fn text(&self) -> String {
        tools::error_text(&self.raw)
    }

    /// The whole result as the server sent it, byte for byte.
    pub fn raw(&self) -> &RawValue {
        &self.raw
    }

    /// The error a failed tool stands for, or the result itself.
    pub(crate) fn checked(self) -> Result<Self, Error> {
        if self.failed { Err(Error::new(ErrorKind::ToolError, self.text())) } else { Ok(self) }
    }
}

impl fmt::Debug for CallResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallResult").field("is_error", &self.failed).field("raw", &self.raw.get()).finish()
    }
}

/// One tool of a server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ToolInfo {
    /// What [`Client::call`](crate::Client::call) takes.
    pub name: String,
    /// For people.
    pub title: Option<String>,
    /// For models.
    pub description: Option<String>,
    /// JSON Schema of the arguments.
    pub input_schema: Box<RawValue>,
    /// JSON Schema of the structured result.
    pub output_schema: Option<Box<RawValue>>,
    /// Hints about what it does. Hints: a server can say anything.
    pub annotations: Option<ToolAnnotations>,
    /// For people.
    pub icons: Vec<Icon>,
    /// The whole definition as the server sent it.
    pub raw: Box<RawValue>,
}

impl ToolInfo {
    fn parse(raw: &RawValue) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Tool {
            name: String,
            title: Option<String>,
            description: Option<String>,
            input_schema: Box<RawValue>,
            output_schema: Option<Box<RawValue>>,
            annotations: Option<ToolAnnotations>,
            #[serde(default)]
            icons: Vec<Icon>,
        }
        let tool: Tool = serde_json::from_str(raw.get()).ok()?;
        Some(Self {
            name: tool.name,
            title: tool.title,
            description: tool.description,
            input_schema: tool.input_schema,
            output_schema: tool.output_schema,
            annotations: tool.annotations,
            icons: tool.icons,
            raw: raw.to_owned(),
        })
    }

    /// One page of a listing, and the cursor of the next.
    pub(crate) fn page(raw: &RawValue) -> Result<(Vec<Self>, Option<String>), Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Page<'a> {
            #[serde(borrow)]
            tools: Vec<&'a RawValue>,
            next_cursor: Option<String>,
        }
        let wrong = || Error::new(ErrorKind::Malformed, "the list of tools does not follow the schema");
        let page: Page<'_> = serde_json::from_str(raw.get()).map_err(|_| wrong())?;
        let tools = page.tools.into_iter().map(|tool| Self::parse(tool).ok_or_else(wrong));
        Ok((tools.collect::<Result<_, _>>()?, page.next_cursor))
    }
}

/// What a resource holds.
#[derive(Clone, Debug)]
pub struct ReadResult {
    contents: Vec<Contents>,
    raw: Box<RawValue>,
}

impl ReadResult {
    pub(crate) fn new(raw: Box<RawValue>) -> Result<Self, Error> {
        Ok(Self { contents: types::parse_read(&raw)?, raw })
    }

    /// All parts, each with its URI.
    pub fn contents(&self) -> &[Contents] {
        &self.contents
    }

    /// The text, when there is one part and it is text.
    pub fn text(&self) -> Option<&str> {
        match self.contents.as_slice() {
            [only] => only.text.as_deref(),
            _ => None,
        }
    }

    /// The bytes, when there is one part: its text, or its decoded blob.
    ///
    /// # Errors
    /// `malformed` when there are more parts or none, or the blob is not valid Base64.
    pub fn bytes(&self) -> Result<Cow<'_, [u8]>, Error> {
        match self.contents.as_slice() {
            [only] => only.bytes(),
            _ => Err(Error::new(ErrorKind::Malformed, "the resource does not consist of exactly one part")),
        }
    }

    /// The whole result as the server sent it.
    pub fn raw(&self) -> &RawValue {
        &self.raw
    }
}

/// A prompt with its arguments filled in.
#[derive(Clone, Debug)]
pub struct PromptResult {
    read: types::PromptResult,
    raw: Box<RawValue>,
}

impl PromptResult {
    pub(crate) fn new(raw: Box<RawValue>) -> Result<Self, Error> {
        Ok(Self { read: types::parse_prompt(&raw)?, raw })
    }

    /// For people.
    pub fn description(&self) -> Option<&str> {
        self.read.description.as_deref()
    }

    /// What to put to the model, in order.
    pub fn messages(&self) -> &[PromptMessage] {
        &self.read.messages
    }

    /// The whole result as the server sent it.
    pub fn raw(&self) -> &RawValue {
        &self.raw
    }
}

/// What a server says about itself. Self-reported: for display, never for decisions about trust.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerInfo {
    /// The revision both sides speak.
    pub revision: Revision,
    /// The server's name; empty when it gave none.
    pub name: String,
    /// The server's version; empty when it gave none.
    pub version: String,
    /// The whole `Implementation` object.
    pub info: Option<Box<RawValue>>,
    /// The `ServerCapabilities` object.
    pub capabilities: Box<RawValue>,
    /// How to use the server, for a model.
    pub instructions: Option<String>,
}

impl ServerInfo {
    /// What the server can do, read. What cannot be read counts as nothing.
    pub fn offered(&self) -> ServerCapabilities {
        ServerCapabilities::parse(&self.capabilities).unwrap_or_default()
    }

    /// What the server says about an extension, if it has it.
    pub fn extension(&self, id: &str) -> Option<Box<RawValue>> {
        self.offered().extensions.into_iter().find(|(known, _)| known == id).map(|(_, settings)| settings)
    }

    pub(crate) fn offers(&self, what: impl Fn(&ServerCapabilities) -> bool) -> bool {
        what(&self.offered())
    }
}
