//! Layers that live in the host: each message that passes becomes an event, and the host's answer decides how it goes on.
//!
//! Owns the order of a layer's words (proceed once, answer once) and the time it may take. Must never decide what a
//! message means, and never make the runtime wait for a host without a bound.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use dovetail::{Error, ErrorKind, Layer, LogLevel, Message, Next, NextNotification, Outcome, RawValue};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::answers::Shape;
use crate::backend::{Answer, CallContext, Work};
use crate::host::Host;
use crate::log::log_line;
use crate::ops::Completion;
use crate::session::parse;
use crate::{BridgeError, Code, Kind};

/// A layer in a configuration: the host's number of it, alone or with the only methods it wants to see.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum LayerConfig {
    Handler(i32),
    Some(SomeMethods),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SomeMethods {
    handler: i32,
    methods: Vec<String>,
}

/// A layer of the host.
pub(crate) struct HostLayer {
    target: i32,
    methods: Option<Vec<String>>,
    hook: Duration,
    host: Host,
}

/// A message that waits for its layer.
struct Intercepted {
    message: Message,
    proceed: Mutex<Option<oneshot::Sender<Proceed>>>,
}

/// A layer's word to go on.
pub(crate) struct Proceed {
    /// Parameters in the place of the message's own.
    pub(crate) params: Option<Bytes>,
    /// Where the layer wants to be told what is inside came to; nowhere means that it has seen enough.
    pub(crate) done: Option<Completion>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Patch {
    params: Option<Box<RawValue>>,
}

#[derive(Serialize)]
struct Body<'a> {
    method: &'a str,
    params: &'a RawValue,
    revision: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<&'a str>,
    notification: bool,
}

/// What a patch puts in the place of the parameters.
pub(crate) fn read_patch(patch: &[u8]) -> Result<Option<Bytes>, BridgeError> {
    if patch.is_empty() {
        return Ok(None);
    }
    let patch: Patch = parse(patch, "the patch")?;
    let Some(params) = patch.params else { return Ok(None) };
    if !params.get().starts_with('{') {
        return Err(BridgeError::new(Code::InvalidArgument, "the patch: params is a JSON object"));
    }
    Ok(Some(Bytes::copy_from_slice(params.get().as_bytes())))
}

impl HostLayer {
    pub(crate) fn new(config: &LayerConfig, hook: Duration, host: &Host) -> Self {
        let (target, methods) = match config {
            LayerConfig::Handler(target) => (*target, None),
            LayerConfig::Some(some) => (some.handler, Some(some.methods.clone())),
        };
        Self { target, methods, hook, host: host.clone() }
    }

    fn sees(&self, message: &Message) -> bool {
        self.methods.as_ref().is_none_or(|all| all.iter().any(|method| **method == *message.method))
    }
}

impl Layer for HostLayer {
    fn request(&self, message: Message, next: Next) -> BoxFuture<'static, Outcome> {
        if !self.sees(&message) {
            return next.run(message);
        }
        Box::pin(ask(self.host.clone(), self.target, self.hook, message, |message| next.run(message)))
    }

    fn notification(&self, message: Message, next: NextNotification) -> BoxFuture<'static, ()> {
        if !self.sees(&message) {
            return next.run(message);
        }
        let host = self.host.clone();
        let inner = move |message| -> BoxFuture<'static, Outcome> {
            Box::pin(async move {
                next.run(message).await;
                Ok(Bytes::from_static(b"{}"))
            })
        };
        let asking = ask(host.clone(), self.target, self.hook, message, inner);
        Box::pin(async move {
            if let Err(error) = asking.await {
                log_line(&host.queue, LogLevel::Warning, &format!("a notification: {}", error.detail));
            }
        })
    }
}

/// Tells the host of a message and does what it says. `inner` is what the message goes on to.
pub(crate) async fn ask(
    host: Host,
    target: i32,
    hook: Duration,
    message: Message,
    inner: impl FnOnce(Message) -> BoxFuture<'static, Outcome>,
) -> Outcome {
    let late = |_| {
        let text = format!("a layer did not answer within {} ms (limit hook)", hook.as_millis());
        Error::new(ErrorKind::DeadlineExceeded, text)
    };
    let body = body(&message)?;
    let (proceed, mut proceeding) = oneshot::channel();
    let context = Intercepted { message: message.clone(), proceed: Mutex::new(Some(proceed)) };
    let (pending, mut answered) = host.calls.begin(Arc::new(context));
    host.queue.push_first(Kind::Intercept, target, pending.id, body);
    let first = async {
        tokio::select! {
            biased;
            Ok(proceed) = &mut proceeding => Ok(proceed),
            answer = &mut answered => Err(answer),
        }
    };
    let Proceed { params, done } = match tokio::time::timeout(hook, first).await.map_err(late)? {
        Ok(proceed) => proceed,
        Err(answer) => return settle(answer.ok(), None),
    };
    let message = match params {
        Some(params) => {
            let mut changed = message;
            changed.params = params;
            changed
        }
        None => message,
    };
    let Some(mut done) = done else { return inner(message).await };
    let mut told = false;
    let outcome = {
        let mut running = std::pin::pin!(inner(message));
        loop {
            tokio::select! {
                biased;
                answer = &mut answered, if !told => match answer.ok() {
                    Some(Answer::Outcome) => told = true,
                    // What is inside is let go of when the layer has an answer of its own.
                    answer => return settle(answer, None),
                },
                () = done.cancelled() => {
                    break Err(Error::new(ErrorKind::Cancelled, "the layer took the request back"));
                }
                outcome = &mut running => break outcome,
            }
        }
    };
    done.finish(&outcome);
    if told {
        return outcome;
    }
    let answer = tokio::time::timeout(hook, answered).await.map_err(late)?;
    settle(answer.ok(), Some(outcome))
}

/// What a layer's answer makes of its message.
fn settle(answer: Option<Answer>, outcome: Option<Outcome>) -> Outcome {
    let wrong = |text: &str| Err(Error::new(ErrorKind::Internal, text));
    match answer {
        Some(Answer::Value(json) | Answer::Whole(json)) => match json.trim_ascii_start().first() {
            Some(b'{') => Ok(json),
            _ => wrong("a layer answered with something else than a result object"),
        },
        Some(Answer::Outcome) => outcome.unwrap_or_else(|| wrong("a layer has not let its message go on")),
        Some(Answer::Failed(failure)) => Err(failure.into_error()),
        None => Err(Error::new(ErrorKind::Closed, "the layers are going away")),
    }
}

fn body(message: &Message) -> Result<Bytes, Error> {
    let params = if message.params.is_empty() { b"{}" } else { &message.params[..] };
    let body = Body {
        method: &message.method,
        params: serde_json::from_slice(params)
            .map_err(|_| Error::new(ErrorKind::InvalidParams, "the parameters are not JSON"))?,
        revision: message.revision.as_str(),
        principal: message.principal.as_deref(),
        notification: message.notification,
    };
    Ok(serde_json::to_vec(&body).expect("strings and JSON always serialize").into())
}

fn no_handler() -> BridgeError {
    BridgeError::new(Code::InvalidState, "a layer's call has no progress, log, steps or questions")
}

impl CallContext for Intercepted {
    fn info(&self) -> Bytes {
        self.message.info_json().into()
    }

    fn progress(&self, _progress: f64, _total: Option<f64>, _message: Option<String>) {}

    fn log(&self, _body: &[u8]) -> Result<(), BridgeError> {
        Err(no_handler())
    }

    fn record(&self, _body: &[u8]) -> Result<(), BridgeError> {
        Err(no_handler())
    }

    fn ask(&self, _question: Bytes) -> Result<Work, BridgeError> {
        Err(no_handler())
    }

    fn takes(&self, shape: Shape) -> Result<(), BridgeError> {
        let refused = |code, text| Err(BridgeError::new(code, text));
        match shape {
            Shape::Value | Shape::Text => {
                refused(Code::InvalidArgument, "a layer answers with a whole result or the outcome")
            }
            Shape::Whole => Ok(()),
            Shape::Outcome if self.waits() => {
                refused(Code::InvalidState, "there is no outcome to pass on before proceed")
            }
            Shape::Outcome => Ok(()),
        }
    }

    fn proceed(&self) -> Result<oneshot::Sender<Proceed>, BridgeError> {
        let proceed = self.proceed.lock().unwrap_or_else(PoisonError::into_inner).take();
        proceed.ok_or_else(|| BridgeError::new(Code::InvalidState, "this message has gone on already"))
    }
}

impl Intercepted {
    fn waits(&self) -> bool {
        self.proceed.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use dovetail::Revision;
    use tokio::time::Instant;

    use super::*;

    const HOOK: Duration = Duration::from_secs(10);

    fn message() -> Message {
        Message::request("x", &b"{}"[..], Revision::LATEST)
    }

    fn told(host: &Host) -> Vec<(Kind, i32, u64)> {
        let mut events = Vec::new();
        host.queue.drain(64, &mut events);
        events.into_iter().map(|event| (event.kind, event.code, event.key)).collect()
    }

    fn go_on(host: &Host, call: u64, key: u64) {
        let done = Completion::begin(&host.ops, &host.queue, key).expect("a free key");
        let proceed = host.calls.context(call).and_then(|context| context.proceed()).expect("it waits");
        assert!(proceed.send(Proceed { params: None, done: Some(done) }).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_layer_has_the_time_of_the_limit_before_its_first_word() {
        let host = Host::new(8);
        let start = Instant::now();
        let error = ask(host.clone(), 7, HOOK, message(), |_| Box::pin(ready(Ok(Bytes::new()))))
            .await
            .expect_err("nobody answers");
        assert_eq!((error.kind, start.elapsed()), (ErrorKind::DeadlineExceeded, HOOK));
        assert!(error.detail.contains("limit hook"), "{}", error.detail);
        assert_eq!(told(&host), [(Kind::Intercept, 7, 1), (Kind::Cancelled, 0, 1)]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_of_what_is_inside_is_not_the_layers_own() {
        let host = Host::new(8);
        let inner = |_| -> BoxFuture<'static, Outcome> {
            Box::pin(async {
                tokio::time::sleep(HOOK * 100).await;
                Ok(Bytes::from_static(b"{}"))
            })
        };
        let start = Instant::now();
        let asking = ask(host.clone(), 7, HOOK, message(), inner);
        let answering = async {
            tokio::time::sleep(HOOK / 2).await;
            go_on(&host, 1, 5);
        };
        let (outcome, ()) = tokio::join!(asking, answering);
        assert_eq!(outcome.expect_err("it never answers").kind, ErrorKind::DeadlineExceeded);
        assert_eq!(start.elapsed(), HOOK / 2 + HOOK * 100 + HOOK);
        let expected = [(Kind::Intercept, 7, 1), (Kind::Done, 0, 5), (Kind::Cancelled, 0, 1)];
        assert_eq!(told(&host), expected);
    }

    #[tokio::test]
    async fn what_layers_wait_for_comes_before_everything_else() {
        let host = Host::new(8);
        for key in 0..100 {
            host.queue.push(Kind::Call, 0, 1000 + key, Bytes::new());
        }
        let inner = |_| -> BoxFuture<'static, Outcome> { Box::pin(ready(Ok(Bytes::from_static(b"{}")))) };
        let asking = ask(host.clone(), 7, HOOK, message(), inner);
        let answering = async {
            let mut events = Vec::new();
            host.queue.drain(1, &mut events);
            assert_eq!((events[0].kind, events[0].key), (Kind::Intercept, 1));
            go_on(&host, 1, 5);
            while host.queue.len() == 100 {
                tokio::task::yield_now().await;
            }
            host.queue.drain(1, &mut events);
            assert_eq!((events[1].kind, events[1].key), (Kind::Done, 5));
            let answer = host.calls.take(1, |context| context.takes(Shape::Outcome)).expect("it went on");
            assert!(answer.send(Answer::Outcome).is_ok());
        };
        let (outcome, ()) = tokio::join!(asking, answering);
        assert_eq!(&*outcome.expect("a result"), b"{}");
        assert_eq!(told(&host).len(), 64);
    }
}
