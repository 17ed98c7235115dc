//! What a handler may do while it runs.
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use dovetail_protocol::meta::{self, ClientCapabilities};
use dovetail_protocol::rounds::{Asked, Question, QuestionKind, Run};
use dovetail_protocol::{Error, ErrorKind, Feature, RawValue, Revision, error, methods};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;

use super::Incoming;
use super::suspend::{Ending, Suspension};
use super::tool::schema_of;
use crate::schema::Schema;

/// The running call, as its handler sees it. Cheap to clone.
///
/// After a question that has no answer yet, this run of the handler is over: every method that can fail fails with
/// [`ErrorKind::Suspended`], and the handler is run again from its beginning when the answer is there
/// (specification: `basic/patterns/mrtr`).
#[derive(Clone)]
pub struct Context(Arc<Running>);

pub(crate) struct Running {
    pub(crate) incoming: Incoming,
    /// The rounds of this call; only on revisions whose questions travel in results.
    pub(crate) run: Option<Mutex<Run>>,
    pub(crate) suspension: Suspension,
    progress: Mutex<f64>,
    limits: dovetail_protocol::Limits,
}

/// What is known about the request of a call.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallInfo<'a> {
    /// The wire method.
    pub method: &'a str,
    /// The tool.
    pub name: &'a str,
    /// The revision that this request speaks.
    pub revision: &'a str,
    /// The client's `Implementation` object, self-reported.
    pub client: Option<&'a RawValue>,
    /// What the client can be asked for.
    pub client_capabilities: Option<&'a RawValue>,
    /// The `_meta` object of the request.
    pub meta: Option<&'a RawValue>,
    /// Whether the client wants progress.
    pub progress: bool,
    /// Who calls; `None` is anonymous.
    pub principal: Option<&'a str>,
    /// How often this call was interrupted by questions before.
    pub round: u32,
}

/// The answer of a user to a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// The user agreed and filled the form.
    Accept(T),
    /// The user said no.
    Decline,
    /// The user went away without deciding.
    Cancel,
}

impl Answer<Box<RawValue>> {
    /// The answer as a result object of the specification: `{action, content?}`.
    pub fn to_json(&self) -> Vec<u8> {
        match self {
            Self::Accept(content) => format!(r#"{{"action":"accept","content":{}}}"#, content.get()),
            Self::Decline => r#"{"action":"decline"}"#.to_owned(),
            Self::Cancel => r#"{"action":"cancel"}"#.to_owned(),
        }
        .into_bytes()
    }
}

#[derive(Deserialize)]
struct WireAnswer {
    action: String,
    #[serde(default)]
    content: Option<Box<RawValue>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FormParams<'a> {
    mode: &'static str,
    message: &'a str,
    requested_schema: &'a RawValue,
}

/// A form without fields: accepting it is the confirmation.
const CONFIRM_SCHEMA: &str = r#"{"type":"object","properties":{}}"#;

impl Context {
    pub(crate) fn new(incoming: Incoming, run: Option<Run>, limits: dovetail_protocol::Limits) -> Self {
        Self(Arc::new(Running {
            incoming,
            run: run.map(Mutex::new),
            suspension: Suspension::default(),
            progress: Mutex::new(f64::NEG_INFINITY),
            limits,
        }))
    }

    pub(crate) fn running(&self) -> &Running {
        &self.0
    }

    /// Tells the client how far the work is; nothing happens when it did not ask. Values must grow, others are
    /// dropped; a client that reads slowly sees the newest value only (`basic/patterns/progress`).
    pub fn progress(&self, progress: f64, total: Option<f64>, message: Option<&str>) {
        let incoming = &self.0.incoming;
        let Some(token) = &incoming.progress_token else { return };
        if !progress.is_finite() || self.0.suspension.is_over() {
            return;
        }
        let mut last = self.0.progress.lock().unwrap_or_else(PoisonError::into_inner);
        if progress <= *last {
            return;
        }
        *last = progress;
        let total = total.filter(|total| total.is_finite());
        let params = meta::progress_params(token, progress, total, message);
        let mut frame = Vec::with_capacity(params.len() + 64);
        dovetail_protocol::jsonrpc::write_notification(&mut frame, methods::PROGRESS, &params);
        incoming.outbound.progress(frame.into());
    }

    /// Asks the user with a form made from a type (a struct of strings, numbers, booleans and enums) and waits for
    /// the answer (`client/elicitation`, form mode).
    ///
    /// # Errors
    /// [`ErrorKind::MissingClientCapability`] when the client shows no forms; then the call is refused.
    /// [`ErrorKind::InvalidParams`] when the answer does not fit. On revisions without server requests this never
    /// returns when the answer is not there yet: the run ends, and is repeated with the answer.
    pub async fn elicit<T: JsonSchema + DeserializeOwned>(&self, message: &str) -> Result<Answer<T>, Error> {
        let schema = to_raw_value(&schema_of::<T>()).expect("a JSON tree always serializes");
        Ok(match self.elicit_json(message, &schema, None).await? {
            Answer::Accept(content) => {
                Answer::Accept(serde_json::from_str(content.get()).map_err(|error| {
                    Error::new(ErrorKind::InvalidParams, format!("the answer does not fit: {error}"))
                })?)
            }
            Answer::Decline => Answer::Decline,
            Answer::Cancel => Answer::Cancel,
        })
    }

    /// Asks the user with a form made from a JSON Schema. `name` gives the question a key of its own instead of its
    /// ordinal.
    ///
    /// # Errors
    /// As [`Context::elicit`].
    pub async fn elicit_json(
        &self,
        message: &str,
        schema: &RawValue,
        name: Option<&str>,
    ) -> Result<Answer<Box<RawValue>>, Error> {
        match self.try_elicit(message, schema, name).await {
            // The run is over; whoever drives it sees that and drops this future.
            Err(error) if error.kind == ErrorKind::Suspended => std::future::pending().await,
            other => other,
        }
    }

    /// Asks the user for a yes or no. Declining and going away are both a no.
    ///
    /// # Errors
    /// As [`Context::elicit`].
    pub async fn confirm(&self, message: &str) -> Result<bool, Error> {
        let schema: &RawValue = serde_json::from_str(CONFIRM_SCHEMA).expect("a constant");
        Ok(matches!(self.elicit_json(message, schema, None).await?, Answer::Accept(_)))
    }

    /// As [`Context::confirm`], but fails with [`ErrorKind::Suspended`] instead of never returning; for handlers
    /// that unwind by themselves.
    ///
    /// # Errors
    /// As [`Context::try_elicit`].
    pub async fn try_confirm(&self, message: &str, name: Option<&str>) -> Result<bool, Error> {
        let schema: &RawValue = serde_json::from_str(CONFIRM_SCHEMA).expect("a constant");
        Ok(matches!(self.try_elicit(message, schema, name).await?, Answer::Accept(_)))
    }

    /// As [`Context::elicit_json`], but fails with [`ErrorKind::Suspended`] instead of never returning; for handlers
    /// that unwind by themselves.
    ///
    /// # Errors
    /// As [`Context::elicit`], and [`ErrorKind::Suspended`].
    pub async fn try_elicit(
        &self,
        message: &str,
        schema: &RawValue,
        name: Option<&str>,
    ) -> Result<Answer<Box<RawValue>>, Error> {
        let running = &*self.0;
        if running.suspension.is_over() {
            return Err(suspended());
        }
        let validator = Schema::compile(schema, &running.limits)?;
        let params = to_raw_value(&FormParams { mode: "form", message, requested_schema: schema })
            .expect("strings and JSON always serialize");
        let raw = self.put(QuestionKind::Form, params, name).await?;
        let answer: WireAnswer = serde_json::from_str(raw.get())
            .map_err(|_| Error::new(ErrorKind::InvalidParams, "the answer is not an elicitation result"))?;
        match answer.action.as_str() {
            "accept" => {
                let content = answer
                    .content
                    .unwrap_or_else(|| to_raw_value(&serde_json::json!({})).expect("a constant"));
                match validator.fault(content.get().as_bytes()) {
                    None => Ok(Answer::Accept(content)),
                    Some(fault) => {
                        let error =
                            Error::new(ErrorKind::InvalidParams, format!("the answer does not fit: {fault}"));
                        running.suspension.end(Ending::Refused(error));
                        Err(suspended())
                    }
                }
            }
            "decline" => Ok(Answer::Decline),
            "cancel" => Ok(Answer::Cancel),
            other => {
                Err(Error::new(ErrorKind::InvalidParams, format!("unknown elicitation action {other:?}")))
            }
        }
    }

    /// Puts one question, in the way of the request's revision.
    async fn put(
        &self,
        kind: QuestionKind,
        params: Box<RawValue>,
        name: Option<&str>,
    ) -> Result<Box<RawValue>, Error> {
        let running = &*self.0;
        let incoming = &running.incoming;
        if !incoming.capabilities.can(kind) {
            running.suspension.end(Ending::Refused(missing(&[kind])));
            return Err(suspended());
        }
        if incoming.revision.has(Feature::ServerRequests) {
            return incoming.outbound.request(methods::ELICITATION_CREATE, params).await;
        }
        let Some(run) = &running.run else {
            return Err(Error::new(ErrorKind::InvalidRequest, "questions are not supported here"));
        };
        let asked = run.lock().unwrap_or_else(PoisonError::into_inner).ask(name, Question { kind, params });
        match asked {
            Ok(Asked::Answered(answer)) => Ok(answer),
            Ok(Asked::Suspended) => {
                running.suspension.end(Ending::Asked);
                Err(suspended())
            }
            Err(error) => {
                if error.kind != ErrorKind::Suspended {
                    running.suspension.end(Ending::Refused(error));
                }
                Err(suspended())
            }
        }
    }

    /// Facts about the request.
    pub fn info(&self) -> CallInfo<'_> {
        let incoming = &self.0.incoming;
        CallInfo {
            method: &incoming.method,
            name: incoming.name.as_deref().unwrap_or_default(),
            revision: incoming.revision.as_str(),
            client: incoming.client_info.as_ref().and_then(raw_slice),
            client_capabilities: incoming.client_capabilities.as_ref().and_then(raw_slice),
            meta: incoming.meta.as_ref().and_then(raw_slice),
            progress: incoming.progress_token.is_some(),
            principal: incoming.principal.as_deref(),
            round: self
                .0
                .run
                .as_ref()
                .map_or(0, |run| run.lock().unwrap_or_else(PoisonError::into_inner).rounds()),
        }
    }

    /// The revision that this request speaks.
    pub fn revision(&self) -> Revision {
        self.0.incoming.revision
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("info", &self.info()).finish()
    }
}

fn suspended() -> Error {
    Error::new(
        ErrorKind::Suspended,
        "this run is over: it asked its user, and will be run again with the answer; let this error pass",
    )
}

/// The refusal of a client that lacks what these questions need.
pub(crate) fn missing(kinds: &[QuestionKind]) -> Error {
    let mut required = ClientCapabilities::default();
    for kind in kinds {
        match kind {
            QuestionKind::Form => required.elicitation_form = true,
            QuestionKind::Url => required.elicitation_url = true,
            QuestionKind::Sample => required.sampling = true,
            QuestionKind::Roots => required.roots = true,
        }
    }
    error::missing_capability(&required.to_json())
}

fn raw_slice(bytes: &Bytes) -> Option<&RawValue> {
    serde_json::from_slice(bytes).ok()
}
