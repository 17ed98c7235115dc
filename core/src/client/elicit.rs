//! Questions a server puts to the user behind this client.
//!
//! Owns how a question reaches the program and how its answer becomes JSON. Must never answer by itself.
//! Specification: client features, "Elicitation" (form mode).

use std::borrow::Cow;
use std::future::Future;

use dovetail_protocol::{Error, ErrorKind, RawValue};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

/// A form to show to the user.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ElicitRequest {
    /// Why the server asks; show it as it is, and show which server asks.
    pub message: String,
    /// JSON Schema of the content: a flat object of strings, numbers, booleans and choices.
    pub schema: Box<RawValue>,
    /// The whole parameters as received.
    pub raw: Box<RawValue>,
}

/// What the user did.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ElicitAction {
    /// Filled the form in and sent it.
    Accept,
    /// Said no.
    Decline,
    /// Closed the form without deciding.
    Cancel,
}

/// The user's answer.
#[derive(Clone, Debug)]
pub struct ElicitAnswer {
    /// What the user did.
    pub action: ElicitAction,
    /// The filled form, an object; only with [`ElicitAction::Accept`].
    pub content: Option<Box<RawValue>>,
}

impl ElicitAnswer {
    /// The user accepted with this content, which must serialise to a JSON object. Fails with
    /// [`ErrorKind::InvalidParams`] when it does not.
    pub fn accept(content: impl Serialize) -> Result<Self, Error> {
        let wrong = || {
            Error::new(ErrorKind::InvalidParams, "the content of an accepted answer must be a JSON object")
        };
        let content = serde_json::value::to_raw_value(&content).map_err(|_| wrong())?;
        if !content.get().starts_with('{') {
            return Err(wrong());
        }
        Ok(Self { action: ElicitAction::Accept, content: Some(content) })
    }

    /// The user said no.
    pub fn decline() -> Self {
        Self { action: ElicitAction::Decline, content: None }
    }

    /// The user closed the form without deciding.
    pub fn cancel() -> Self {
        Self { action: ElicitAction::Cancel, content: None }
    }

    /// An answer from its form on the wire, `{action, content?}`. Fails with [`ErrorKind::InvalidParams`] when it is
    /// not one.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Body {
            action: ElicitAction,
            content: Option<Box<RawValue>>,
        }
        let body: Body = serde_json::from_slice(json).map_err(|_| {
            let detail = r#"an answer is {"action": "accept" | "decline" | "cancel", "content": {…}}"#;
            Error::new(ErrorKind::InvalidParams, detail)
        })?;
        Ok(Self { action: body.action, content: body.content })
    }

    fn to_json(&self) -> Result<Vec<u8>, Error> {
        let action = match self.action {
            ElicitAction::Accept => "accept",
            ElicitAction::Decline => "decline",
            ElicitAction::Cancel => "cancel",
        };
        let mut out = format!(r#"{{"action":"{action}""#).into_bytes();
        if let (ElicitAction::Accept, Some(content)) = (self.action, &self.content) {
            if !content.get().trim_ascii_start().starts_with('{') {
                let detail = "the content of an accepted answer must be a JSON object";
                return Err(Error::new(ErrorKind::InvalidParams, detail));
            }
            out.extend_from_slice(br#","content":"#);
            out.extend_from_slice(content.get().as_bytes());
        }
        out.push(b'}');
        Ok(out)
    }
}

/// Answers questions. Implemented for functions and closures that return a future:
///
/// ```
/// # use dovetail::{Client, ElicitAnswer, ElicitRequest};
/// let builder = Client::builder("http://127.0.0.1:8000/mcp")
///     .on_elicit(|request: ElicitRequest| async move {
///         println!("{}", request.message);
///         Ok(ElicitAnswer::decline())
///     });
/// ```
pub trait ElicitHandler: Send + Sync {
    /// Shows the question and returns the answer. Dropped when the call it belongs to ends first.
    fn elicit(&self, request: ElicitRequest) -> BoxFuture<'static, Result<ElicitAnswer, Error>>;
}

impl<F, Fut> ElicitHandler for F
where
    F: Fn(ElicitRequest) -> Fut + Send + Sync,
    Fut: Future<Output = Result<ElicitAnswer, Error>> + Send + 'static,
{
    fn elicit(&self, request: ElicitRequest) -> BoxFuture<'static, Result<ElicitAnswer, Error>> {
        self(request).boxed()
    }
}

/// Puts the question in `params` to `handler`; gives the JSON of the result that answers it.
pub(crate) async fn ask(
    handler: Option<&dyn ElicitHandler>,
    params: Option<&RawValue>,
) -> Result<Vec<u8>, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Params<'a> {
        #[serde(borrow)]
        mode: Option<Cow<'a, str>>,
        message: String,
        requested_schema: Option<Box<RawValue>>,
    }
    let Some(handler) = handler else {
        let detail = "the server asks the user something, and this client has no handler for that; set one with on_elicit";
        return Err(Error::new(ErrorKind::MissingClientCapability, detail));
    };
    let bad = |detail: &str| Error::new(ErrorKind::InvalidParams, detail);
    let raw = params.ok_or_else(|| bad("a question without params"))?;
    let params: Params<'_> = serde_json::from_str(raw.get())
        .map_err(|_| bad("a question needs a message and a requestedSchema"))?;
    if params.mode.as_deref().is_some_and(|mode| mode != "form") {
        let detail = "the server asks in a mode other than form, which this client did not declare";
        return Err(Error::new(ErrorKind::MissingClientCapability, detail));
    }
    let schema = params.requested_schema.filter(|schema| schema.get().starts_with('{'));
    let schema = schema.ok_or_else(|| bad("requestedSchema must be an object"))?;
    let request = ElicitRequest { message: params.message, schema, raw: raw.to_owned() };
    handler.elicit(request).await?.to_json()
}
