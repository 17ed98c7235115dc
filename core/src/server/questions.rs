//! Questions of a handler to the client's user, model or file system, linear in every era.
//!
//! Each method comes twice: one that never returns while the answer is missing, because the run is over, and one,
//! named `try_…`, that fails with [`ErrorKind::Suspended`] then, for handlers that unwind by themselves.
use std::collections::HashMap;
use std::sync::PoisonError;

use dovetail_protocol::meta::ClientCapabilities;
use dovetail_protocol::rounds::{Asked, AskedMany, Question, QuestionKind};
use dovetail_protocol::types::{Root, SampleAnswer, SampleRequest, parse_roots};
use dovetail_protocol::{Error, ErrorKind, Feature, RawValue, error, revision};
use futures_util::future::try_join_all;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::to_raw_value;

use super::Context;
use super::context::Asking;
use super::suspend::Ending;
use super::tool::schema_of;
use crate::random;
use crate::schema::Schema;

/// The answer of a user to a form or a link.
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

    /// The answer with its content as a value of a type.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidParams`] when it does not fit.
    pub fn typed<T: DeserializeOwned>(&self) -> Result<Answer<T>, Error> {
        Ok(match self {
            Self::Accept(content) => {
                Answer::Accept(serde_json::from_str(content.get()).map_err(|error| {
                    Error::new(ErrorKind::InvalidParams, format!("the answer does not fit: {error}"))
                })?)
            }
            Self::Decline => Answer::Decline,
            Self::Cancel => Answer::Cancel,
        })
    }
}

#[derive(Deserialize)]
struct WireAnswer {
    action: String,
    #[serde(default)]
    content: Option<Box<RawValue>>,
}

/// A form without fields: accepting it is the confirmation.
const CONFIRM_SCHEMA: &str = r#"{"type":"object","properties":{}}"#;

/// One question among several of [`Context::ask`].
#[derive(Clone, Debug)]
pub struct Ask {
    question: Result<Question, Error>,
    schema: Option<Box<RawValue>>,
}

impl Ask {
    /// A form made from a type.
    pub fn form<T: JsonSchema>(message: &str) -> Self {
        let schema = to_raw_value(&schema_of::<T>()).expect("a JSON tree always serializes");
        Self::form_json(message, &schema)
    }

    /// A form made from a JSON Schema.
    pub fn form_json(message: &str, schema: &RawValue) -> Self {
        Self { question: Question::form(message, schema), schema: Some(schema.to_owned()) }
    }

    /// A link for the user to open.
    pub fn url(message: &str, url: &str) -> Self {
        Self { question: Question::url(message, url), schema: None }
    }

    /// A prompt for the client's model.
    pub fn sample(request: &SampleRequest) -> Self {
        Self { question: Ok(Question::sample(request)), schema: None }
    }

    /// The client's root directories.
    pub fn roots() -> Self {
        Self { question: Ok(Question::roots()), schema: None }
    }

    /// A question in the terms of the specification: its kind and the parameters of its request.
    pub fn raw(kind: QuestionKind, params: Box<RawValue>) -> Self {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Form {
            requested_schema: Box<RawValue>,
        }
        let schema = (kind == QuestionKind::Form)
            .then(|| serde_json::from_str::<Form>(params.get()).ok().map(|form| form.requested_schema))
            .flatten();
        Self { question: Ok(Question { kind, params }), schema }
    }
}

/// The answers of [`Context::ask`], by the names of their questions.
#[derive(Clone, Debug, Default)]
pub struct Answers(HashMap<String, Box<RawValue>>);

impl Answers {
    /// The client's result for a question, in the terms of the specification.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] when nothing was asked under this name.
    pub fn raw(&self, name: &str) -> Result<&RawValue, Error> {
        self.0.get(name).map(|answer| &**answer).ok_or_else(|| {
            Error::new(ErrorKind::InvalidConfig, format!("nothing was asked under the name {name:?}"))
        })
    }

    /// The answer to a form.
    ///
    /// # Errors
    /// As [`Answers::raw`], and [`ErrorKind::InvalidParams`] when it does not fit the type.
    pub fn form<T: DeserializeOwned>(&self, name: &str) -> Result<Answer<T>, Error> {
        decided(self.raw(name)?)?.typed()
    }

    /// The answer to a link.
    ///
    /// # Errors
    /// As [`Answers::raw`].
    pub fn url(&self, name: &str) -> Result<Answer<()>, Error> {
        Ok(without_content(&decided(self.raw(name)?)?))
    }

    /// The answer of the client's model.
    ///
    /// # Errors
    /// As [`Answers::form`].
    pub fn sample(&self, name: &str) -> Result<SampleAnswer, Error> {
        SampleAnswer::parse(self.raw(name)?)
    }

    /// The root directories.
    ///
    /// # Errors
    /// As [`Answers::form`].
    pub fn roots(&self, name: &str) -> Result<Vec<Root>, Error> {
        parse_roots(self.raw(name)?)
    }
}

impl Context {
    /// Asks the user with a form made from a type (a struct of strings, numbers, booleans and enums) and waits for
    /// the answer (`client/elicitation`, form mode).
    ///
    /// # Errors
    /// [`ErrorKind::MissingClientCapability`] when the client shows no forms; then the call is refused.
    /// [`ErrorKind::InvalidParams`] when the answer does not fit. On revisions without server requests this never
    /// returns when the answer is not there yet: the run ends, and is repeated with the answer.
    pub async fn elicit<T: JsonSchema + DeserializeOwned>(&self, message: &str) -> Result<Answer<T>, Error> {
        let schema = to_raw_value(&schema_of::<T>()).expect("a JSON tree always serializes");
        self.elicit_json(message, &schema, None).await?.typed()
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
        settled(self.try_elicit(message, schema, name).await).await
    }

    /// Asks the user for a yes or no. Declining and going away are both a no.
    ///
    /// # Errors
    /// As [`Context::elicit`].
    pub async fn confirm(&self, message: &str) -> Result<bool, Error> {
        settled(self.try_confirm(message, None).await).await
    }

    /// Sends the user to a web page, for what a form must not ask (passwords, payments), and waits until the user
    /// agreed to open it (`client/elicitation`, URL mode).
    ///
    /// # Errors
    /// As [`Context::elicit`].
    pub async fn elicit_url(&self, message: &str, url: &str) -> Result<Answer<()>, Error> {
        settled(self.try_elicit_url(message, url, None).await).await
    }

    /// Asks the client's model (`client/sampling`; deprecated by the specification).
    ///
    /// # Errors
    /// As [`Context::elicit`].
    pub async fn sample(&self, request: &SampleRequest) -> Result<SampleAnswer, Error> {
        settled(self.try_sample(request, None).await).await
    }

    /// The client's root directories (`client/roots`; deprecated by the specification).
    ///
    /// # Errors
    /// As [`Context::elicit`].
    pub async fn list_roots(&self) -> Result<Vec<Root>, Error> {
        settled(self.try_list_roots(None).await).await
    }

    /// Asks several questions at once, each under a name of its own.
    ///
    /// # Errors
    /// As [`Context::elicit`].
    pub async fn ask<N: Into<String>>(
        &self,
        questions: impl IntoIterator<Item = (N, Ask)>,
    ) -> Result<Answers, Error> {
        let questions = questions.into_iter().map(|(name, ask)| (name.into(), ask)).collect();
        settled(self.try_ask(questions).await).await
    }

    /// As [`Context::confirm`], but fails with [`ErrorKind::Suspended`] instead of never returning.
    ///
    /// # Errors
    /// As [`Context::try_elicit`].
    pub async fn try_confirm(&self, message: &str, name: Option<&str>) -> Result<bool, Error> {
        let schema: &RawValue = serde_json::from_str(CONFIRM_SCHEMA).expect("a constant");
        Ok(matches!(self.try_elicit(message, schema, name).await?, Answer::Accept(_)))
    }

    /// As [`Context::elicit_json`], but fails with [`ErrorKind::Suspended`] instead of never returning.
    ///
    /// # Errors
    /// As [`Context::elicit`], and [`ErrorKind::Suspended`].
    pub async fn try_elicit(
        &self,
        message: &str,
        schema: &RawValue,
        name: Option<&str>,
    ) -> Result<Answer<Box<RawValue>>, Error> {
        decided(&self.put(name, Ask::form_json(message, schema)).await?)
    }

    /// As [`Context::elicit_url`], but fails with [`ErrorKind::Suspended`] instead of never returning.
    ///
    /// # Errors
    /// As [`Context::try_elicit`].
    pub async fn try_elicit_url(
        &self,
        message: &str,
        url: &str,
        name: Option<&str>,
    ) -> Result<Answer<()>, Error> {
        Ok(without_content(&decided(&self.put(name, Ask::url(message, url)).await?)?))
    }

    /// As [`Context::sample`], but fails with [`ErrorKind::Suspended`] instead of never returning.
    ///
    /// # Errors
    /// As [`Context::try_elicit`].
    pub async fn try_sample(
        &self,
        request: &SampleRequest,
        name: Option<&str>,
    ) -> Result<SampleAnswer, Error> {
        SampleAnswer::parse(&self.put(name, Ask::sample(request)).await?)
    }

    /// As [`Context::list_roots`], but fails with [`ErrorKind::Suspended`] instead of never returning.
    ///
    /// # Errors
    /// As [`Context::try_elicit`].
    pub async fn try_list_roots(&self, name: Option<&str>) -> Result<Vec<Root>, Error> {
        parse_roots(&self.put(name, Ask::roots()).await?)
    }

    /// Asks one question of any kind and returns the client's result in the terms of the specification; fails with
    /// [`ErrorKind::Suspended`] instead of never returning. For bindings.
    ///
    /// # Errors
    /// As [`Context::try_elicit`].
    pub async fn try_ask_one(&self, question: Ask, name: Option<&str>) -> Result<Box<RawValue>, Error> {
        self.put(name, question).await
    }

    /// As [`Context::ask`], but fails with [`ErrorKind::Suspended`] instead of never returning.
    ///
    /// # Errors
    /// As [`Context::try_elicit`].
    pub async fn try_ask(&self, questions: Vec<(String, Ask)>) -> Result<Answers, Error> {
        let prepared = self.prepare(questions)?;
        if self.revision().has(Feature::ServerRequests) {
            let answers = prepared.into_iter().map(|(name, question, validator)| async move {
                let answer = self.request(question).await?;
                self.check(&answer, validator.as_ref())?;
                Ok::<_, Error>((name, answer))
            });
            return Ok(Answers(try_join_all(answers).await?.into_iter().collect()));
        }
        let run = self.0.run.as_ref().ok_or_else(not_here)?;
        let (questions, validators): (Vec<_>, HashMap<_, _>) = prepared
            .into_iter()
            .map(|(name, question, validator)| ((name.clone(), question), (name, validator)))
            .unzip();
        let asked = run.lock().unwrap_or_else(PoisonError::into_inner).ask_many(questions);
        match asked {
            Ok(AskedMany::Answered(answers)) => {
                for (name, answer) in &answers {
                    self.check(answer, validators.get(name).and_then(Option::as_ref))?;
                }
                Ok(Answers(answers.into_iter().collect()))
            }
            Ok(AskedMany::Suspended) => Err(self.end(Ending::Asked)),
            Err(error) => Err(self.refused(error)),
        }
    }

    /// Puts one question in the way of the request's revision.
    async fn put(&self, name: Option<&str>, ask: Ask) -> Result<Box<RawValue>, Error> {
        let prepared = self.prepare(vec![(String::new(), ask)])?.pop();
        let (_, question, validator) = prepared.expect("one question in, one question out");
        let answer = if self.revision().has(Feature::ServerRequests) {
            self.request(question).await?
        } else {
            let run = self.0.run.as_ref().ok_or_else(not_here)?;
            let asked = run.lock().unwrap_or_else(PoisonError::into_inner).ask(name, question);
            match asked {
                Ok(Asked::Answered(answer)) => answer,
                Ok(Asked::Suspended) => return Err(self.end(Ending::Asked)),
                Err(error) => return Err(self.refused(error)),
            }
        };
        self.check(&answer, validator.as_ref())?;
        Ok(answer)
    }

    /// What is checked before anything is asked: that asking is allowed, that the client can answer, and that a
    /// form has a schema that can be checked.
    fn prepare(
        &self,
        questions: Vec<(String, Ask)>,
    ) -> Result<Vec<(String, Question, Option<Schema>)>, Error> {
        let running = &*self.0;
        if running.suspension.is_over() {
            return Err(suspended());
        }
        if running.asking == Asking::No {
            return Err(not_here());
        }
        let mut prepared = Vec::with_capacity(questions.len());
        let mut lacking = Vec::new();
        for (name, ask) in questions {
            let question = ask.question?;
            if !question.can(&running.incoming.capabilities) {
                lacking.push(question.kind);
            }
            let validator =
                ask.schema.map(|schema| Schema::compile(&schema, running.snapshot.limits())).transpose()?;
            prepared.push((name, question, validator));
        }
        if lacking.is_empty() { Ok(prepared) } else { Err(self.end(Ending::Refused(missing(&lacking)))) }
    }

    /// Asks with a request to the client, on revisions that have those.
    async fn request(&self, question: Question) -> Result<Box<RawValue>, Error> {
        let running = &*self.0;
        let id = random::id()?;
        let params = revision::question_params(running.incoming.revision, &question, &id)?;
        let params = serde_json::from_slice(&params)
            .map_err(|_| Error::new(ErrorKind::Internal, "the parameters of a question are JSON"))?;
        let answer = running.incoming.outbound.request(question.kind.method(), params).await?;
        question.kind.check_answer("answer", &answer)?;
        Ok(answer)
    }

    /// Refuses the call when the content of an accepted form does not fit.
    fn check(&self, answer: &RawValue, validator: Option<&Schema>) -> Result<(), Error> {
        let Some(validator) = validator else { return Ok(()) };
        let Answer::Accept(content) = decided(answer)? else { return Ok(()) };
        match validator.fault(content.get().as_bytes()) {
            None => Ok(()),
            Some(fault) => {
                let error = Error::new(ErrorKind::InvalidParams, format!("the answer does not fit: {fault}"));
                Err(self.end(Ending::Refused(error)))
            }
        }
    }

    /// Ends this run.
    pub(super) fn end(&self, ending: Ending) -> Error {
        self.0.suspension.end(ending);
        suspended()
    }

    pub(super) fn refused(&self, error: Error) -> Error {
        if error.kind == ErrorKind::Suspended {
            return suspended();
        }
        self.end(Ending::Refused(error))
    }
}

/// Never returns when the run is over; whoever drives it sees that and drops this future.
pub(super) async fn settled<T>(outcome: Result<T, Error>) -> Result<T, Error> {
    match outcome {
        Err(error) if error.kind == ErrorKind::Suspended => std::future::pending().await,
        other => other,
    }
}

/// What the user decided.
fn decided(answer: &RawValue) -> Result<Answer<Box<RawValue>>, Error> {
    let answer: WireAnswer = serde_json::from_str(answer.get())
        .map_err(|_| Error::new(ErrorKind::InvalidParams, "the answer is not an elicitation result"))?;
    match answer.action.as_str() {
        "accept" => {
            let empty = || to_raw_value(&serde_json::json!({})).expect("a constant");
            Ok(Answer::Accept(answer.content.unwrap_or_else(empty)))
        }
        "decline" => Ok(Answer::Decline),
        "cancel" => Ok(Answer::Cancel),
        other => Err(Error::new(ErrorKind::InvalidParams, format!("unknown elicitation action {other:?}"))),
    }
}

fn without_content<T>(answer: &Answer<T>) -> Answer<()> {
    match answer {
        Answer::Accept(_) => Answer::Accept(()),
        Answer::Decline => Answer::Decline,
        Answer::Cancel => Answer::Cancel,
    }
}

pub(super) fn suspended() -> Error {
    Error::new(
        ErrorKind::Suspended,
        "this run is over: it asked its user, and will be run again with the answer; let this error pass",
    )
}

fn not_here() -> Error {
    Error::new(ErrorKind::InvalidRequest, "questions are not supported during this request")
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
