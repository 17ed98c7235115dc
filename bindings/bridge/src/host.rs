//! A handler that lives in the host, and what it may do while it runs.
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dovetail::{Ask, Context, Failure, Handler, Level, Output, QuestionKind};
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::backend::{self, Answer, CallContext, Work};
use crate::ops::Ops;
use crate::queue::Queue;
use crate::session::{CallTable, parse};
use crate::{BridgeError, Code, Kind};

/// Makes handlers whose calls become events of one session.
#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) queue: Arc<Queue>,
    pub(crate) calls: Arc<CallTable>,
    pub(crate) ops: Arc<Ops>,
}

impl Host {
    /// The tables of a new session.
    pub(crate) fn new(queue: usize) -> Self {
        let queue = Arc::new(Queue::new(queue));
        Self { calls: Arc::new(CallTable::new(queue.clone())), ops: Arc::default(), queue }
    }

    /// The handler that the host knows by this number.
    pub(crate) fn handler(&self, target: i32) -> HostHandler {
        HostHandler { target, host: self.clone() }
    }
}

/// A handler of the host.
pub(crate) struct HostHandler {
    target: i32,
    host: Host,
}

impl Handler for HostHandler {
    fn call(&self, context: Context, arguments: Bytes) -> BoxFuture<'static, Result<Output, Failure>> {
        let (pending, answered) = self.host.calls.begin(Arc::new(HostCall(context)));
        self.host.queue.push(Kind::Call, self.target, pending.id, arguments);
        Box::pin(async move {
            let answer = answered.await;
            if answer.is_ok() {
                pending.answered();
            }
            match answer {
                Ok(Answer::Value(json)) => Ok(Output::Value(json)),
                Ok(Answer::Whole(json)) => Ok(Output::Whole(json)),
                Ok(Answer::Failed(backend::Failure::Tool(text))) => Err(Failure::Tool(text)),
                Ok(Answer::Failed(failure)) => Err(Failure::Protocol(failure.into_error())),
                Ok(Answer::Outcome) | Err(_) => Err(Failure::Tool("the server is going away".to_owned())),
            }
        })
    }

    fn unwinds(&self) -> bool {
        true
    }
}

struct HostCall(Context);

/// One question, or one of several.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    kind: AskKind,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    schema: Option<Box<RawValue>>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    params: Option<Box<RawValue>>,
    #[serde(default)]
    questions: Option<Box<RawValue>>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default, rename = "retryMs")]
    retry_ms: Option<u64>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AskKind {
    Form,
    Confirm,
    Url,
    Sample,
    Roots,
    Many,
    Recall,
    Detach,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogBody {
    level: String,
    data: Box<RawValue>,
    #[serde(default)]
    logger: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordBody {
    name: String,
    value: Box<RawValue>,
}

fn lacks(member: &str) -> BridgeError {
    BridgeError::new(Code::InvalidArgument, format!("the question: {member} is missing"))
}

impl Question {
    /// The question among several.
    fn ask(self) -> Result<Ask, BridgeError> {
        Ok(match self.kind {
            AskKind::Form => {
                let schema = self.schema.ok_or_else(|| lacks("schema"))?;
                Ask::form_json(&self.message.ok_or_else(|| lacks("message"))?, &schema)
            }
            AskKind::Url => {
                let url = self.url.ok_or_else(|| lacks("url"))?;
                Ask::url(&self.message.ok_or_else(|| lacks("message"))?, &url)
            }
            AskKind::Sample => Ask::raw(QuestionKind::Sample, self.params.ok_or_else(|| lacks("params"))?),
            AskKind::Roots => Ask::roots(),
            AskKind::Confirm | AskKind::Many | AskKind::Recall | AskKind::Detach => {
                return Err(BridgeError::new(
                    Code::InvalidArgument,
                    "the question: several at once are of kind form, url, sample or roots",
                ));
            }
        })
    }
}

/// The key of a question that stands alone.
fn alone(question: &Question) -> String {
    question.name.clone().unwrap_or_default()
}

impl CallContext for HostCall {
    fn info(&self) -> Bytes {
        serde_json::to_vec(&self.0.info()).expect("strings, numbers and JSON always serialize").into()
    }

    fn progress(&self, progress: f64, total: Option<f64>, message: Option<String>) {
        self.0.progress(progress, total, message.as_deref());
    }

    fn log(&self, body: &[u8]) -> Result<(), BridgeError> {
        let body: LogBody = parse(body, "the log message")?;
        let level = Level::parse(&body.level).ok_or_else(|| {
            BridgeError::new(Code::InvalidArgument, format!("no log level {:?}", body.level))
        })?;
        self.0.log_json(level, body.logger.as_deref(), || Some(body.data.get().as_bytes().to_vec()));
        Ok(())
    }

    fn record(&self, body: &[u8]) -> Result<(), BridgeError> {
        let body: RecordBody = parse(body, "the step")?;
        Ok(self.0.record(&body.name, body.value)?)
    }

    fn ask(&self, question: Bytes) -> Result<Work, BridgeError> {
        let question: Question = parse(&question, "the question")?;
        let context = self.0.clone();
        Ok(match question.kind {
            AskKind::Form => {
                let message = question.message.ok_or_else(|| lacks("message"))?;
                let schema = question.schema.ok_or_else(|| lacks("schema"))?;
                let name = question.name;
                Box::pin(async move {
                    Ok(context.try_elicit(&message, &schema, name.as_deref()).await?.to_json().into())
                })
            }
            AskKind::Confirm => {
                let message = question.message.ok_or_else(|| lacks("message"))?;
                let name = question.name;
                Box::pin(async move {
                    let yes = context.try_confirm(&message, name.as_deref()).await?;
                    Ok(Bytes::from_static(if yes { b"true" } else { b"false" }))
                })
            }
            AskKind::Url | AskKind::Sample | AskKind::Roots => {
                let key = alone(&question);
                let ask = question.ask()?;
                Box::pin(async move {
                    let answer = context.try_ask_one(ask, (!key.is_empty()).then_some(key.as_str())).await?;
                    Ok(Bytes::copy_from_slice(answer.get().as_bytes()))
                })
            }
            AskKind::Many => {
                let all: std::collections::BTreeMap<String, Box<RawValue>> = parse(
                    question.questions.ok_or_else(|| lacks("questions"))?.get().as_bytes(),
                    "the questions",
                )?;
                let mut asks = Vec::with_capacity(all.len());
                for (key, question) in all {
                    let question: Question = parse(question.get().as_bytes(), &format!("question {key:?}"))?;
                    asks.push((key, question.ask()?));
                }
                let keys: Vec<String> = asks.iter().map(|(key, _)| key.clone()).collect();
                Box::pin(async move {
                    let answers = context.try_ask(asks).await?;
                    let mut raw = std::collections::BTreeMap::new();
                    for key in &keys {
                        raw.insert(key.as_str(), answers.raw(key)?);
                    }
                    Ok(serde_json::to_vec(&raw).expect("strings and JSON always serialize").into())
                })
            }
            AskKind::Detach => {
                let retry = question.retry_ms.map(Duration::from_millis);
                Box::pin(async move {
                    context.detach(retry);
                    Ok(Bytes::from_static(b"{}"))
                })
            }
            AskKind::Recall => {
                let name = question.name.ok_or_else(|| lacks("name"))?;
                Box::pin(async move {
                    Ok(match context.recorded(&name)? {
                        Some(value) => format!(r#"{{"value":{}}}"#, value.get()).into(),
                        None => Bytes::from_static(b"{}"),
                    })
                })
            }
        })
    }
}
