//! Questions a server puts to the user behind this client.
//!
//! Owns how a question reaches the program and how its answer becomes JSON. Must never answer by itself.
//! Specification: client features, "Elicitation" (form mode).

use std::future::Future;
use std::sync::Arc;

use dovetail_protocol::{Error, ErrorKind, RawValue};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::inputs::InputHandler;
use super::json::{self, Ordered, push_string};

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

impl ElicitRequest {
    /// Accepts with the defaults that the schema names, and nothing for fields without one. For programs without a
    /// user; a user should see the form with these values filled in.
    ///
    /// # Errors
    /// `invalid_params` when the schema has no object of properties.
    pub fn accept_defaults(&self) -> Result<ElicitAnswer, Error> {
        #[derive(Deserialize)]
        struct Schema<'a> {
            #[serde(borrow)]
            properties: Ordered<'a, &'a RawValue>,
        }
        #[derive(Deserialize)]
        struct Property<'a> {
            #[serde(borrow)]
            default: Option<&'a RawValue>,
        }
        let wrong = |_| Error::new(ErrorKind::InvalidParams, "the schema of the form has no properties");
        let schema: Schema<'_> = serde_json::from_str(self.schema.get()).map_err(wrong)?;
        let mut content = vec![b'{'];
        for (name, property) in &schema.properties.0 {
            let property = serde_json::from_str::<Property<'_>>(property.get()).ok();
            let Some(default) = property.and_then(|property| property.default) else { continue };
            if content.len() > 1 {
                content.push(b',');
            }
            push_string(&mut content, name);
            content.push(b':');
            content.extend_from_slice(default.get().as_bytes());
        }
        content.push(b'}');
        Ok(ElicitAnswer { action: ElicitAction::Accept, content: Some(json::raw(content)?) })
    }
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

    pub(crate) fn to_raw(&self) -> Result<Box<RawValue>, Error> {
        json::raw(self.to_json()?)
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

/// A handler of forms in its wire form.
pub(crate) fn form(handler: impl ElicitHandler + 'static) -> Arc<dyn InputHandler> {
    Arc::new(move |raw: Box<RawValue>| {
        let answer = request(raw).map(|request| handler.elicit(request));
        async move { answer?.await?.to_raw() }
    })
}

fn request(raw: Box<RawValue>) -> Result<ElicitRequest, Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Params {
        mode: Option<String>,
        message: String,
        requested_schema: Option<Box<RawValue>>,
    }
    let bad = |detail: &str| Error::new(ErrorKind::InvalidParams, detail);
    let params: Params = serde_json::from_str(raw.get())
        .map_err(|_| bad("a question needs a message and a requestedSchema"))?;
    if params.mode.as_deref().is_some_and(|mode| mode != "form") {
        let detail = "the server asks in a mode other than form, which this client did not declare";
        return Err(Error::new(ErrorKind::MissingClientCapability, detail));
    }
    let schema = params.requested_schema.filter(|schema| schema.get().starts_with('{'));
    let schema = schema.ok_or_else(|| bad("requestedSchema must be an object"))?;
    Ok(ElicitRequest { message: params.message, schema, raw })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_taken_as_they_are_written() {
        let raw = RawValue::from_string(
            r#"{"message":"m","requestedSchema":{"type":"object","properties":{
                "z":{"type":"number","default":95.50},"a":{"type":"string"},"b":{"default":null},"c":{"default":true}}}}"#
                .to_owned(),
        );
        let request = request(raw.expect("JSON")).expect("a form");
        let answer = request.accept_defaults().expect("properties");
        assert_eq!(answer.content.expect("accepted").get(), r#"{"z":95.50,"c":true}"#);
    }
}
