//! One request from the program to its result: layers, cache, repetition, rounds of questions.
//!
//! Owns the order of these. Must never look into the state it echoes, and never ask the user the same question again
//! because a message was lost. Specification: "Multi Round-Trip Requests", client requirements; "Caching".

use std::borrow::Cow;

use bytes::Bytes;
use dovetail_protocol::revision::{Outcome, decode_result};
use dovetail_protocol::{Error, ErrorKind, Feature, RawValue, cache, headers, meta, methods};
use serde::Deserialize;
use tokio::time::Instant;

use super::Client;
use super::connection::{Outgoing, ProgressSink, Wait};
use super::json::{self, Ordered, inner, push_string};
use super::log::LogLevel;
use super::options::Settings;
use super::retry;
use crate::middleware::Message;

/// Everything about a request that no transport needs to know.
pub(crate) struct Job {
    pub(crate) method: Cow<'static, str>,
    /// The members of `params`, without metadata.
    pub(crate) fields: Vec<u8>,
    /// What is mirrored outside the body.
    pub(crate) name: Option<String>,
    pub(crate) settings: Settings,
    pub(crate) progress: Option<Box<ProgressSink>>,
    /// Whether an answer from the cache will do.
    pub(crate) cached: bool,
}

impl Job {
    /// A request whose parameters are the members of an object.
    pub(crate) fn new(method: impl Into<Cow<'static, str>>, fields: Vec<u8>, settings: Settings) -> Self {
        Self { method: method.into(), fields, name: None, settings, progress: None, cached: true }
    }

    pub(crate) fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }
}

impl Client {
    /// Sends the request through the layers. Cancel-safe: dropping the future cancels the request at the server.
    pub(crate) async fn perform(&self, job: Job) -> Result<Box<RawValue>, Error> {
        let chain = self.context().hub.chain();
        if chain.is_empty() {
            return self.send(job).await;
        }
        let params = match job.fields.is_empty() {
            true => Bytes::new(),
            false => [b"{", job.fields.as_slice(), b"}"].concat().into(),
        };
        let message = Message::new(job.method.as_ref().into(), params, self.revision(), None);
        let client = self.clone();
        let last = move |message: Message| -> futures_util::future::BoxFuture<'static, Result<Bytes, Error>> {
            Box::pin(async move {
                let job = job.changed(&message)?;
                let raw = client.send(job).await?;
                Ok(Bytes::from(String::from(Box::<str>::from(raw))))
            })
        };
        json::raw(chain.request(message, last).await?.to_vec())
    }

    async fn send(&self, mut job: Job) -> Result<Box<RawValue>, Error> {
        let (context, revision) = (self.context(), self.revision());
        let key = self.key(&job);
        if let Some(hit) = key.as_ref().filter(|_| job.cached).and_then(|key| context.hub.cached(key)) {
            return Ok(hit);
        }
        let generation = context.hub.generation();
        let extra = self.extra(&job.settings)?;
        let mut budget = job.settings.max_total;
        let (own, mut rounds, mut tries, mut refreshed) = (job.fields.len(), 0, 0, false);
        loop {
            let mirrored = self.mirrored(&job)?;
            let sent = Instant::now();
            let request = Outgoing {
                revision,
                method: &job.method,
                name: job.name.as_deref(),
                headers: &mirrored,
                fields: &job.fields,
                meta: &extra,
                wait: Wait {
                    timeout: job.settings.timeout,
                    reset: job.settings.reset_on_progress,
                    total: budget,
                },
                progress: job.progress.as_deref_mut(),
                started: None,
                cancellable: true,
            };
            let raw = match self.connection().exchange(request).await {
                Ok(raw) => raw,
                Err(error) => {
                    budget = budget.saturating_sub(sent.elapsed());
                    let stale = error.kind == ErrorKind::HeaderMismatch && !refreshed;
                    if stale && job.method == methods::TOOLS_CALL && self.connection().mirrors() {
                        refreshed = true;
                        self.refresh_tools().await?;
                        continue;
                    }
                    let safe = retry::is_read(&job.method) || self.is_safe_tool(&job);
                    if tries >= retry::tries(&error, job.settings.retries) || !retry::may_repeat(&error, safe)
                    {
                        return Err(error);
                    }
                    let pause = retry::pause(tries, &error);
                    tries += 1;
                    if pause >= budget {
                        return Err(error);
                    }
                    let text = format!("{} failed and is sent again: {}", job.method, error.detail);
                    context.log.line(LogLevel::Info, &text);
                    tokio::time::sleep(pause).await;
                    budget = budget.saturating_sub(pause);
                    continue;
                }
            };
            budget = budget.saturating_sub(sent.elapsed());
            let (requests, state) = match decode_result(revision, &raw)? {
                Outcome::Complete(_) => {
                    if let (Some(key), 0) = (key, rounds) {
                        context.hub.keep(key, &raw, generation);
                    }
                    return Ok(raw);
                }
                Outcome::InputRequired { requests, state } => (requests, state),
            };
            if !retry::may_ask(&job.method) {
                let detail =
                    format!("the server asks for input where none may be asked for, in {}", job.method);
                return Err(Error::new(ErrorKind::Malformed, detail));
            }
            let limit = context.limits.rounds;
            if rounds == limit {
                let detail =
                    format!("the server asked for input more than {limit} times in one call (limit rounds)");
                return Err(Error::new(ErrorKind::LimitExceeded, detail));
            }
            rounds += 1;
            tries = 0;
            job.fields.truncate(own);
            let separate = |fields: &mut Vec<u8>| {
                if !fields.is_empty() {
                    fields.push(b',');
                }
            };
            if let Some(requests) = requests {
                separate(&mut job.fields);
                job.fields.extend_from_slice(br#""inputResponses":"#);
                self.answer(requests, &mut job.fields).await?;
            }
            if let Some(state) = state {
                separate(&mut job.fields);
                job.fields.extend_from_slice(br#""requestState":"#);
                push_string(&mut job.fields, &state);
            }
        }
    }

    /// Answers the questions in `requests`, one after the other and in their order: there is one user.
    async fn answer(&self, requests: &RawValue, out: &mut Vec<u8>) -> Result<(), Error> {
        #[derive(Deserialize)]
        struct Question<'a> {
            #[serde(borrow)]
            method: Cow<'a, str>,
            #[serde(borrow)]
            params: Option<&'a RawValue>,
        }
        let wrong =
            |_| Error::new(ErrorKind::Malformed, "the questions of the server do not follow the schema");
        let questions: Ordered<'_, Question<'_>> = serde_json::from_str(requests.get()).map_err(wrong)?;
        out.push(b'{');
        for (at, (key, question)) in questions.0.iter().enumerate() {
            let answer = self.context().inputs.answer(&question.method, question.params).await?;
            if at > 0 {
                out.push(b',');
            }
            push_string(out, key);
            out.push(b':');
            out.extend_from_slice(&answer);
        }
        out.push(b'}');
        Ok(())
    }

    /// What the answer may be kept under.
    fn key(&self, job: &Job) -> Option<cache::Key> {
        if !self.context().hub.caches() || !self.revision().has(Feature::CacheHints) {
            return None;
        }
        if !retry::is_read(&job.method) {
            return None;
        }
        let params = json::raw([b"{", job.fields.as_slice(), b"}"].concat()).ok()?;
        cache::key(&job.method, Some(&params))
    }

    /// The metadata that the program and its log level add.
    fn extra(&self, settings: &Settings) -> Result<Vec<u8>, Error> {
        let own = settings.meta.as_deref().map_or(&b""[..], |raw| inner(raw.get().as_bytes()));
        let level = self.context().memory.level().filter(|_| !self.revision().has(Feature::SetLevel));
        if own.is_empty() && level.is_none() {
            return Ok(Vec::new());
        }
        let mut out = vec![b'{'];
        out.extend_from_slice(own);
        if let Some(level) = level {
            if !own.is_empty() {
                out.push(b',');
            }
            push_string(&mut out, meta::LOG_LEVEL);
            out.push(b':');
            push_string(&mut out, level.as_str());
        }
        out.push(b'}');
        Ok(out)
    }

    /// The parameters that travel outside the body, too. Streamable HTTP, "Custom Headers from Tool Parameters".
    fn mirrored(&self, job: &Job) -> Result<Vec<(String, String)>, Error> {
        #[derive(Deserialize)]
        struct Params<'a> {
            #[serde(borrow)]
            arguments: Option<&'a RawValue>,
        }
        if job.method != methods::TOOLS_CALL || !self.mirrors() {
            return Ok(Vec::new());
        }
        let Some(rules) = job.name.as_deref().and_then(|name| self.tools().headers(name)) else {
            return Ok(Vec::new());
        };
        let params = [b"{", job.fields.as_slice(), b"}"].concat();
        let params: Params<'_> = serde_json::from_slice(&params)
            .map_err(|_| Error::new(ErrorKind::InvalidParams, "the parameters of the call are not JSON"))?;
        rules.write(params.arguments)
    }

    fn is_safe_tool(&self, job: &Job) -> bool {
        job.method == methods::TOOLS_CALL
            && job.name.as_deref().is_some_and(|name| self.tools().is_safe(name))
    }

    /// Whether parameters of tools are mirrored on this connection.
    pub(crate) fn mirrors(&self) -> bool {
        self.revision().has(Feature::StandardHeaders) && self.connection().mirrors()
    }
}

impl Job {
    /// The request as the layers have left it.
    fn changed(mut self, message: &Message) -> Result<Self, Error> {
        let wrong = || Error::new(ErrorKind::InvalidParams, "a layer made parameters that are not an object");
        if *message.method != *self.method {
            self.method = Cow::Owned(message.method.as_ref().to_owned());
        }
        let members: Ordered<'_, &RawValue> = match message.params.is_empty() {
            true => Ordered(Vec::new()),
            false => serde_json::from_slice(&message.params).map_err(|_| wrong())?,
        };
        if let Some(source) = headers::name_source(&self.method) {
            let name = members.0.iter().find(|(key, _)| key == source);
            let name = name.and_then(|(_, value)| serde_json::from_str(value.get()).ok());
            self.name = Some(name.ok_or_else(wrong)?);
        }
        self.fields = inner(&message.params).to_vec();
        Ok(self)
    }
}

/// Metadata that a program may add: an object without the keys that the protocol writes itself.
pub(crate) fn check_meta(raw: &RawValue) -> Result<(), Error> {
    const OWN: &[&str] = &[
        meta::PROTOCOL_VERSION,
        meta::CLIENT_INFO,
        meta::CLIENT_CAPABILITIES,
        meta::LOG_LEVEL,
        meta::PROGRESS_TOKEN,
    ];
    let invalid = |detail: String| Error::new(ErrorKind::InvalidParams, detail);
    let all: Ordered<'_, &RawValue> =
        serde_json::from_str(raw.get()).map_err(|_| invalid("metadata must be a JSON object".to_owned()))?;
    match all.0.iter().find(|(key, _)| OWN.contains(&key.as_ref())) {
        Some((key, _)) => Err(invalid(format!("the metadata {key} is written by the client itself"))),
        None => Ok(()),
    }
}
