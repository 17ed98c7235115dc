//! Who answers what servers ask: one handler for each kind of question.
//!
//! Owns how a question reaches the program and how its answer becomes JSON; forms have a room of their own
//! (`elicit`). Must never answer by itself. Specification: client features "Elicitation", "Sampling", "Roots".

use std::borrow::Cow;
use std::future::Future;
use std::sync::Arc;

use dovetail_protocol::meta::ClientCapabilities;
use dovetail_protocol::rounds::QuestionKind;
use dovetail_protocol::types::{Root, SampleAnswer, SampleRequest, roots_body};
use dovetail_protocol::{Error, ErrorKind, RawValue, methods};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Deserialize;

use super::elicit::{ElicitAction, ElicitAnswer};

/// Answers one kind of question in its wire form: the parameters of the request in, its result out. Implemented for
/// functions and closures that return a future. Dropped when the call it belongs to ends first.
pub trait InputHandler: Send + Sync {
    /// Answers the question with these parameters, an object.
    fn answer(&self, params: Box<RawValue>) -> BoxFuture<'static, Result<Box<RawValue>, Error>>;
}

impl<F, Fut> InputHandler for F
where
    F: Fn(Box<RawValue>) -> Fut + Send + Sync,
    Fut: Future<Output = Result<Box<RawValue>, Error>> + Send + 'static,
{
    fn answer(&self, params: Box<RawValue>) -> BoxFuture<'static, Result<Box<RawValue>, Error>> {
        self(params).boxed()
    }
}

/// A page the user is asked to open.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UrlRequest {
    /// Why the server asks; show it as it is, and show which server asks.
    pub message: String,
    /// The page. Show it in full and have the user agree before anything opens it; never fetch it.
    pub url: String,
    /// What the server calls this page, when it will say that the user has finished with it.
    pub elicitation_id: Option<String>,
    /// The whole parameters as received.
    pub raw: Box<RawValue>,
}

/// Answers questions about pages to open; accepting means that the user agreed to open it, not that the user is done.
pub trait UrlHandler: Send + Sync {
    /// Shows the question and returns what the user did.
    fn open(&self, request: UrlRequest) -> BoxFuture<'static, Result<ElicitAction, Error>>;
}

impl<F, Fut> UrlHandler for F
where
    F: Fn(UrlRequest) -> Fut + Send + Sync,
    Fut: Future<Output = Result<ElicitAction, Error>> + Send + 'static,
{
    fn open(&self, request: UrlRequest) -> BoxFuture<'static, Result<ElicitAction, Error>> {
        self(request).boxed()
    }
}

/// Puts prompts of servers to a model.
pub trait SampleHandler: Send + Sync {
    /// Shows the prompt to the user where that is called for, asks the model, and returns its answer.
    fn sample(&self, request: SampleRequest) -> BoxFuture<'static, Result<SampleAnswer, Error>>;
}

impl<F, Fut> SampleHandler for F
where
    F: Fn(SampleRequest) -> Fut + Send + Sync,
    Fut: Future<Output = Result<SampleAnswer, Error>> + Send + 'static,
{
    fn sample(&self, request: SampleRequest) -> BoxFuture<'static, Result<SampleAnswer, Error>> {
        self(request).boxed()
    }
}

/// Tells servers the directories they may work in.
pub trait RootsHandler: Send + Sync {
    /// The directories as of now.
    fn roots(&self) -> BoxFuture<'static, Result<Vec<Root>, Error>>;
}

impl<F, Fut> RootsHandler for F
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = Result<Vec<Root>, Error>> + Send + 'static,
{
    fn roots(&self) -> BoxFuture<'static, Result<Vec<Root>, Error>> {
        self().boxed()
    }
}

/// The handlers of one client.
#[derive(Clone, Default)]
pub(crate) struct Inputs {
    pub(crate) form: Option<Arc<dyn InputHandler>>,
    pub(crate) url: Option<Arc<dyn InputHandler>>,
    pub(crate) sample: Option<Arc<dyn InputHandler>>,
    pub(crate) roots: Option<Arc<dyn InputHandler>>,
    /// Whether the model may be given tools.
    pub(crate) sample_tools: bool,
}

impl Inputs {
    pub(crate) fn set(&mut self, kind: QuestionKind, handler: Arc<dyn InputHandler>) {
        let slot = match kind {
            QuestionKind::Form => &mut self.form,
            QuestionKind::Url => &mut self.url,
            QuestionKind::Sample => &mut self.sample,
            QuestionKind::Roots => &mut self.roots,
        };
        *slot = Some(handler);
    }

    /// What the client declares, because it has a handler for it.
    pub(crate) fn capabilities(&self) -> ClientCapabilities {
        ClientCapabilities {
            elicitation_form: self.form.is_some(),
            elicitation_url: self.url.is_some(),
            sampling: self.sample.is_some(),
            sampling_tools: self.sample.is_some() && self.sample_tools,
            roots: self.roots.is_some(),
            ..ClientCapabilities::default()
        }
    }

    /// Whether the method is one of the questions, with or without a handler.
    pub(crate) fn is_question(method: &str) -> bool {
        matches!(method, methods::ELICITATION_CREATE | methods::SAMPLING_CREATE | methods::ROOTS_LIST)
    }

    /// Whether there is a handler for the method in any of its forms.
    pub(crate) fn knows(&self, method: &str) -> bool {
        match method {
            methods::ELICITATION_CREATE => self.form.is_some() || self.url.is_some(),
            methods::SAMPLING_CREATE => self.sample.is_some(),
            methods::ROOTS_LIST => self.roots.is_some(),
            _ => false,
        }
    }

    /// Whether servers may ask anything at all.
    pub(crate) fn any(&self) -> bool {
        [&self.form, &self.url, &self.sample, &self.roots].into_iter().any(Option::is_some)
    }

    /// Puts a question to its handler; gives the JSON of the result that answers it.
    pub(crate) async fn answer(&self, method: &str, params: Option<&RawValue>) -> Result<Vec<u8>, Error> {
        let (kind, handler) = match method {
            methods::ELICITATION_CREATE if is_url(params) => (QuestionKind::Url, &self.url),
            methods::ELICITATION_CREATE => (QuestionKind::Form, &self.form),
            methods::SAMPLING_CREATE => (QuestionKind::Sample, &self.sample),
            methods::ROOTS_LIST => (QuestionKind::Roots, &self.roots),
            _ => {
                let method = method.chars().take(64).collect::<String>();
                let detail = "the server asks for something this client did not declare";
                return Err(
                    Error::new(ErrorKind::MissingClientCapability, detail).with_context("method", method)
                );
            }
        };
        let Some(handler) = handler else { return Err(missing(kind)) };
        let params = match params {
            Some(raw) => raw.to_owned(),
            None if kind == QuestionKind::Roots => RawValue::from_string("{}".to_owned()).expect("an object"),
            None => return Err(bad("a question without params")),
        };
        if kind == QuestionKind::Sample && !self.sample_tools && has_tools(&params) {
            return Err(bad("the server brings tools for the model, which this client did not declare"));
        }
        let answer = handler.answer(params).await?;
        kind.check_answer("answer", &answer).map_err(|error| {
            let detail = format!("the handler gave something that is no answer: {}", error.detail);
            Error::new(ErrorKind::InvalidConfig, detail)
        })?;
        Ok(String::from(Box::<str>::from(answer)).into_bytes())
    }
}

fn is_url(params: Option<&RawValue>) -> bool {
    #[derive(Deserialize)]
    struct Params<'a> {
        #[serde(borrow)]
        mode: Option<Cow<'a, str>>,
    }
    let params = params.and_then(|raw| serde_json::from_str::<Params<'_>>(raw.get()).ok());
    params.and_then(|params| params.mode).is_some_and(|mode| mode == "url")
}

fn has_tools(params: &RawValue) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Params<'a> {
        #[serde(borrow)]
        tools: Option<&'a RawValue>,
        #[serde(borrow)]
        tool_choice: Option<&'a RawValue>,
    }
    let params = serde_json::from_str::<Params<'_>>(params.get());
    params.is_ok_and(|params| params.tools.is_some() || params.tool_choice.is_some())
}

fn missing(kind: QuestionKind) -> Error {
    let (what, how) = match kind {
        QuestionKind::Form => ("asks the user something", "on_elicit"),
        QuestionKind::Url => ("asks the user to open a page", "on_elicit_url"),
        QuestionKind::Sample => ("asks for a model", "on_sample"),
        QuestionKind::Roots => ("asks for directories", "on_roots"),
    };
    let detail = format!("the server {what}, and this client has no handler for that; set one with {how}");
    Error::new(ErrorKind::MissingClientCapability, detail)
}

fn bad(detail: &str) -> Error {
    Error::new(ErrorKind::InvalidParams, detail)
}

/// A handler of pages in its wire form.
pub(crate) fn url(handler: impl UrlHandler + 'static) -> Arc<dyn InputHandler> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Params {
        message: String,
        url: String,
        elicitation_id: Option<String>,
    }
    Arc::new(move |raw: Box<RawValue>| {
        let request = serde_json::from_str::<Params>(raw.get())
            .map_err(|_| bad("a question about a page needs a message and a url"))
            .map(|p| UrlRequest { message: p.message, url: p.url, elicitation_id: p.elicitation_id, raw });
        let opened = request.map(|request| handler.open(request));
        async move {
            let action = opened?.await?;
            ElicitAnswer { action, content: None }.to_raw()
        }
    })
}

/// A handler of prompts in its wire form. Tools are refused unless they were declared.
pub(crate) fn sample(handler: impl SampleHandler + 'static) -> Arc<dyn InputHandler> {
    Arc::new(move |raw: Box<RawValue>| {
        let request = SampleRequest::parse(&raw);
        let sampled = request.map(|request| handler.sample(request));
        async move { super::json::raw(sampled?.await?.to_json()) }
    })
}

/// A handler of directories in its wire form.
pub(crate) fn roots(handler: impl RootsHandler + 'static) -> Arc<dyn InputHandler> {
    Arc::new(move |_: Box<RawValue>| {
        let listed = handler.roots();
        async move { super::json::raw(roots_body(&listed.await?)) }
    })
}
