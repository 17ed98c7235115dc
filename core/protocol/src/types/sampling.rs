//! Questions to the client's model and its answers. Specification: client features, "Sampling" (deprecated there).

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::wire::{to_json, to_raw, wire};
use super::{Content, Role};
use crate::error::{Error, ErrorKind};

/// One block or a list of them; one block travels alone, as every revision knows it.
#[derive(Clone, Debug, Default)]
pub struct Blocks(pub Vec<Content>);

impl Serialize for Blocks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            many => many.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Blocks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let blocks = if raw.get().starts_with('[') {
            serde_json::from_str(raw.get())
        } else {
            serde_json::from_str(raw.get()).map(|one| vec![one])
        };
        blocks.map(Self).map_err(|_| D::Error::custom("content is a block or a list of blocks"))
    }
}

impl<C: Into<Content>> From<C> for Blocks {
    fn from(one: C) -> Self {
        Self(vec![one.into()])
    }
}

wire! {
    /// One message of the conversation.
    SampleMessage {
        /// Who says it.
        role: Role => "role" required,
        /// What is said.
        content: Blocks => "content" required,
        /// Its own `_meta` object.
        meta: Option<Box<RawValue>> => "_meta" option,
    }
}

impl SampleMessage {
    /// A message of the user.
    pub fn user(content: impl Into<Blocks>) -> Self {
        Self { role: Role::User, content: content.into(), ..Self::default() }
    }

    /// A message of the model.
    pub fn assistant(content: impl Into<Blocks>) -> Self {
        Self { role: Role::Assistant, content: content.into(), ..Self::default() }
    }
}

wire! {
    /// The parameters of `sampling/createMessage`.
    SampleRequest {
        /// The conversation so far.
        messages: Vec<SampleMessage> => "messages" required,
        /// The most tokens the answer may have.
        max_tokens: u64 => "maxTokens" required,
        /// A system prompt; the client may change or drop it.
        system_prompt: Option<String> => "systemPrompt" option,
        /// How freely the model may choose.
        temperature: Option<f64> => "temperature" option,
        /// Texts that end the answer.
        stop_sequences: Vec<String> => "stopSequences" list,
        /// A `ModelPreferences` object.
        model_preferences: Option<Box<RawValue>> => "modelPreferences" option,
        /// `none`, `thisServer` or `allServers`; all but the first are deprecated.
        include_context: Option<String> => "includeContext" option,
        /// Tools the model may call: an array of definitions. Needs the client capability `sampling.tools`.
        tools: Option<Box<RawValue>> => "tools" option,
        /// A `ToolChoice` object.
        tool_choice: Option<Box<RawValue>> => "toolChoice" option,
        /// Passed to the provider of the model; an object.
        metadata: Option<Box<RawValue>> => "metadata" option,
    }
}

impl SampleRequest {
    /// One question of the user.
    pub fn new(text: impl Into<String>, max_tokens: u64) -> Self {
        Self { messages: vec![SampleMessage::user(text.into())], max_tokens, ..Self::default() }
    }

    /// The parameters as they travel.
    pub fn to_params(&self) -> Box<RawValue> {
        to_raw(self)
    }

    /// Reads the parameters. Fails with [`ErrorKind::InvalidParams`].
    pub fn parse(params: &RawValue) -> Result<Self, Error> {
        serde_json::from_str(params.get()).map_err(|_| {
            Error::new(ErrorKind::InvalidParams, "the question to the model does not follow the schema")
        })
    }
}

wire! {
    /// The answer of the client's model.
    SampleAnswer {
        /// Who says it: the model, nearly always.
        role: Role => "role" required,
        /// What is said.
        content: Blocks => "content" required,
        /// The model that said it.
        model: String => "model" required,
        /// Why it ended, such as `endTurn`, `stopSequence`, `maxTokens` or `toolUse`.
        stop_reason: Option<String> => "stopReason" option,
        /// Its own `_meta` object.
        meta: Option<Box<RawValue>> => "_meta" option,
    }
}

impl SampleAnswer {
    /// An answer of one text.
    pub fn text(model: impl Into<String>, text: impl Into<String>) -> Self {
        let content = Blocks::from(text.into());
        Self { role: Role::Assistant, content, model: model.into(), ..Self::default() }
    }

    /// The answer as it travels.
    pub fn to_json(&self) -> Vec<u8> {
        to_json(self)
    }

    /// Reads an answer. Fails with [`ErrorKind::Malformed`].
    pub fn parse(raw: &RawValue) -> Result<Self, Error> {
        serde_json::from_str(raw.get()).map_err(|_| {
            Error::new(ErrorKind::Malformed, "the answer of the model does not follow the schema")
        })
    }
}
