//! Prompts: a definition and a handler that writes messages.
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use dovetail_protocol::rounds::QuestionKind;
use dovetail_protocol::types::{Content, Prompt as Spec, PromptArgument, PromptMessage, prompt_body};
use dovetail_protocol::{Error, ErrorKind};
use futures_util::future::BoxFuture;
use serde::Deserialize;

use super::completion::Completer;
use super::described::{completed, described};
use super::{Context, Failure, Handler, Output};

/// What a prompt comes to: its messages.
#[derive(Clone, Debug, Default)]
pub struct PromptOutput(Vec<PromptMessage>);

impl From<String> for PromptOutput {
    fn from(text: String) -> Self {
        Content::text(text).into()
    }
}

impl From<&str> for PromptOutput {
    fn from(text: &str) -> Self {
        Content::text(text).into()
    }
}

impl From<Content> for PromptOutput {
    fn from(content: Content) -> Self {
        PromptMessage::user(content).into()
    }
}

impl From<PromptMessage> for PromptOutput {
    fn from(message: PromptMessage) -> Self {
        Self(vec![message])
    }
}

impl From<Vec<PromptMessage>> for PromptOutput {
    fn from(messages: Vec<PromptMessage>) -> Self {
        Self(messages)
    }
}

/// The arguments that a prompt was asked for with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct PromptArguments(BTreeMap<String, String>);

impl PromptArguments {
    /// The value of an argument; `None` when the client left it out.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// A prompt that a [`Server`](crate::Server) offers.
#[derive(Clone)]
pub struct Prompt {
    pub(crate) spec: Spec,
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) completers: BTreeMap<String, Completer>,
    pub(crate) asks: Vec<QuestionKind>,
    pub(crate) open_answers: bool,
}

impl std::fmt::Debug for Prompt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prompt").field("name", &self.spec.name).finish_non_exhaustive()
    }
}

impl Prompt {
    /// A prompt whose messages a function writes. It may return a text, a [`Content`], or [`PromptMessage`]s.
    pub fn new<R, F, Fut>(name: &str, description: &str, write: F) -> Self
    where
        R: Into<PromptOutput>,
        F: Fn(PromptArguments, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, Failure>> + Send + 'static,
    {
        let mut spec = Spec::new(name);
        spec.description = (!description.is_empty()).then(|| description.to_owned());
        Self::with(spec, Write(Arc::new(write)))
    }

    /// A prompt from its definition in the terms of the specification, and a handler that gets the arguments
    /// object. It may return a text, a list of messages, or a whole result.
    ///
    /// # Errors
    /// `invalid_argument` when the JSON is not a prompt definition.
    pub fn from_json(spec: &[u8], handler: impl Handler) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Extra {
            #[serde(default)]
            asks: Vec<QuestionKind>,
        }
        let wrong = |error: serde_json::Error| {
            Error::new(ErrorKind::InvalidConfig, format!("prompt definition: {error}"))
        };
        let mut members: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(spec).map_err(wrong)?;
        let asks = match members.remove("asks") {
            Some(asks) => {
                serde_json::from_value::<Extra>(serde_json::json!({ "asks": asks })).map_err(wrong)?.asks
            }
            None => Vec::new(),
        };
        let spec: Spec = match asks.is_empty() {
            true => serde_json::from_slice(spec).map_err(wrong)?,
            false => serde_json::from_value(members.into()).map_err(wrong)?,
        };
        Ok(Self { asks, ..Self::with(spec, handler) })
    }

    fn with(spec: Spec, handler: impl Handler) -> Self {
        Self {
            spec,
            handler: Arc::new(handler),
            completers: BTreeMap::new(),
            asks: Vec::new(),
            open_answers: false,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn argument(mut self, name: &str, description: &str, required: bool) -> Self {
        self.spec.arguments.push(PromptArgument {
            name: name.to_owned(),
            description: (!description.is_empty()).then(|| description.to_owned()),
            required: Some(required),
            ..PromptArgument::default()
        });
        self
    }

    /// Declares that the prompt asks: a client that cannot answer is refused before the handler runs.
    #[must_use]
    pub fn asks(mut self, kind: QuestionKind) -> Self {
        self.asks.push(kind);
        self
    }

    /// Takes answers to named questions that were not put yet; see
    /// [`Tool::open_answers`](crate::Tool::open_answers).
    #[must_use]
    pub fn open_answers(mut self) -> Self {
        self.open_answers = true;
        self
    }
}

described! { Prompt }
completed! { Prompt }

struct Write<F>(Arc<F>);

impl<R, F, Fut> Handler for Write<F>
where
    R: Into<PromptOutput>,
    F: Fn(PromptArguments, Context) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<R, Failure>> + Send + 'static,
{
    fn call(&self, context: Context, arguments: Bytes) -> BoxFuture<'static, Result<Output, Failure>> {
        let write = self.0.clone();
        Box::pin(async move {
            let arguments: PromptArguments = serde_json::from_slice(&arguments).map_err(|_| {
                Failure::Protocol(Error::new(
                    ErrorKind::InvalidParams,
                    "the arguments of a prompt are strings",
                ))
            })?;
            let PromptOutput(messages) = write(arguments, context).await?.into();
            Ok(Output::Whole(prompt_body(None, &messages).into()))
        })
    }
}
