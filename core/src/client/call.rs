//! One tool call, with however many rounds of questions it takes.
//!
//! Owns the client's half of multi round-trip requests. Must never look into the state it echoes.
//! Specification: "Multi Round-Trip Requests", client requirements.

use std::borrow::Cow;
use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use dovetail_protocol::revision::{Outcome, decode_result};
use dovetail_protocol::{Error, ErrorKind, RawValue, methods};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::{Deserialize as DeriveDeserialize, Serialize};

use super::Client;
use super::connection::{Outgoing, ProgressSink};
use super::elicit;
use super::result::{CallResult, Progress};

/// A tool call that has not been sent; awaiting it sends it. Made by [`Client::call`].
///
/// Dropping the future takes the call back at the server.
#[must_use = "a call is sent when it is awaited"]
pub struct Call {
    client: Client,
    name: String,
    arguments: Result<Option<Box<RawValue>>, Error>,
    timeout: Duration,
    progress: Option<Box<ProgressSink>>,
    raw: bool,
}

impl Call {
    pub(crate) fn new(client: Client, name: String, arguments: impl Serialize) -> Self {
        let timeout = client.timeout();
        Self { client, name, arguments: object(arguments), timeout, progress: None, raw: false }
    }

    /// How long to wait for an answer; the time a question waits for the user does not count. Default: the client's.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Asks for progress reports and takes them, in the task that awaits the call. None comes after the result. When
    /// reports come faster than they are taken, the newest replace older ones.
    pub fn on_progress(mut self, sink: impl FnMut(Progress) + Send + 'static) -> Self {
        self.progress = Some(Box::new(sink));
        self
    }

    /// Gives results that report a failure of the tool as results, not as errors.
    pub fn raw(mut self) -> Self {
        self.raw = true;
        self
    }

    async fn run(mut self) -> Result<CallResult, Error> {
        let arguments = self.arguments?;
        let revision = self.client.revision();
        let mut fields = br#""name":"#.to_vec();
        push_json(&mut fields, &self.name);
        if let Some(arguments) = &arguments {
            fields.extend_from_slice(br#","arguments":"#);
            fields.extend_from_slice(arguments.get().as_bytes());
        }
        let own = fields.len();
        let limit = self.client.context().limits.rounds;
        for _ in 0..=limit {
            let request = Outgoing {
                revision,
                method: methods::TOOLS_CALL,
                name: Some(&self.name),
                fields: &fields,
                timeout: self.timeout,
                progress: self.progress.as_deref_mut(),
                cancellable: true,
            };
            let raw = self.client.connection().exchange(request).await?;
            let (requests, state) = match decode_result(revision, &raw)? {
                Outcome::Complete(_) => {
                    let result = CallResult::new(raw);
                    return if self.raw { Ok(result) } else { result.checked() };
                }
                Outcome::InputRequired { requests, state } => (requests, state),
            };
            fields.truncate(own);
            if let Some(requests) = requests {
                fields.extend_from_slice(br#","inputResponses":"#);
                answer(&self.client, requests, &mut fields).await?;
            }
            if let Some(state) = state {
                fields.extend_from_slice(br#","requestState":"#);
                push_json(&mut fields, &state);
            }
        }
        let detail = format!("the server asked for input more than {limit} times in one call (limit rounds)");
        Err(Error::new(ErrorKind::LimitExceeded, detail))
    }
}

impl IntoFuture for Call {
    type Output = Result<CallResult, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("name", &self.name)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Arguments as a JSON object; `()` and `None` mean none.
fn object(arguments: impl Serialize) -> Result<Option<Box<RawValue>>, Error> {
    let wrong = |detail: String| Error::new(ErrorKind::InvalidParams, detail);
    let raw = serde_json::value::to_raw_value(&arguments)
        .map_err(|error| wrong(format!("the arguments cannot be serialized: {error}")))?;
    match raw.get().as_bytes().first() {
        Some(b'{') => Ok(Some(raw)),
        _ if raw.get() == "null" => Ok(None),
        _ => Err(wrong("the arguments of a tool must serialize to a JSON object".to_owned())),
    }
}

pub(crate) fn push_json(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("a string always serializes into memory");
}

/// Answers the questions in `requests`, one after the other and in their order: there is one user.
async fn answer(client: &Client, requests: &RawValue, out: &mut Vec<u8>) -> Result<(), Error> {
    let wrong = |_| Error::new(ErrorKind::Malformed, "the questions of the server do not follow the schema");
    let questions: Questions<'_> = serde_json::from_str(requests.get()).map_err(wrong)?;
    out.push(b'{');
    for (at, (key, question)) in questions.0.iter().enumerate() {
        if question.method != methods::ELICITATION_CREATE {
            let detail = "the server asks for something this client did not declare";
            let method = question.method.chars().take(64).collect::<String>();
            return Err(Error::new(ErrorKind::MissingClientCapability, detail).with_context("method", method));
        }
        let answer = elicit::ask(client.context().handler.as_deref(), question.params).await?;
        if at > 0 {
            out.push(b',');
        }
        push_json(out, key);
        out.push(b':');
        out.extend_from_slice(&answer);
    }
    out.push(b'}');
    Ok(())
}

#[derive(DeriveDeserialize)]
struct Question<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

/// Questions in the order of the document, which a map would lose.
struct Questions<'a>(Vec<(String, Question<'a>)>);

impl<'de> Deserialize<'de> for Questions<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Questions<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of requests")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut questions = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    questions.push(entry);
                }
                Ok(Questions(questions))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
