//! One run of a handler for one request: its rounds, its end, and what the client gets of it.
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::task::Poll;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use dovetail_protocol::canonical::salient_digest;
use dovetail_protocol::error::naming;
use dovetail_protocol::revision::{encode_input_required, encode_result, encode_value_result};
use dovetail_protocol::rounds::{self, Binding, QuestionKind, Run};
use dovetail_protocol::{Cache, Error, ErrorKind, Feature, RawValue, Revision};
use futures_util::future::BoxFuture;

use super::context::Asking;
use super::core::Core;
use super::dispatch::{Panicked, caught};
use super::incoming::Incoming;
use super::once::Claim;
use super::questions::missing;
use super::snapshot::Snapshot;
use super::suspend::Ending;
use super::{Context, Failure, Handler, Output};
use crate::client::LogLevel;
use crate::clock::Clock;
use crate::random;

/// How long a handler that unwinds by itself may take to do so after its question.
const UNWIND: Duration = Duration::from_secs(1);

/// What is run for a request.
pub(crate) struct Target<'a> {
    /// What it is, for people: "tool", "prompt", "resource".
    pub(crate) what: &'static str,
    pub(crate) name: &'a str,
    pub(crate) handler: &'a dyn Handler,
    /// What it declares to ask.
    pub(crate) asks: &'a [QuestionKind],
    pub(crate) habits: Habits,
    /// Whether the swallowed end of a run was already reported.
    pub(crate) swallowed: &'a AtomicBool,
}

/// How a handler treats answers.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct Habits {
    /// Takes answers to named questions that were not put yet.
    pub(crate) open_answers: bool,
    /// The answered run may happen once only.
    pub(crate) once: bool,
}

/// What a handler came to, before it has the shape of a result.
pub(crate) type Ended = Result<Output, String>;

/// The body of a result.
pub(crate) enum Shaped {
    /// Of a tool's plain value, as [`value_result`](dovetail_protocol::tools::value_result) makes it.
    Value(Vec<u8>),
    Other(Vec<u8>, Option<Cache>),
}

/// Runs a handler and encodes the result object. `shape` makes the body of a result; a tool makes one of a failure,
/// too.
pub(crate) async fn run(
    core: &Arc<Core>,
    snapshot: &Arc<Snapshot>,
    incoming: Box<Incoming>,
    target: &Target<'_>,
    arguments: Bytes,
    shape: impl FnOnce(Revision, Ended) -> Result<Shaped, Error>,
) -> Result<Vec<u8>, Error> {
    let revision = incoming.revision;
    let context = begin(core, snapshot, incoming, target)?;
    let claimed = Claimed { snapshot, nonce: if target.habits.once { nonce(&context) } else { None } };
    if let Some(nonce) = &claimed.nonce {
        match snapshot.once().claim(nonce, snapshot.limits().state_ttl).await {
            Claim::Fresh => {}
            Claim::Recorded(result) => return Ok(result.to_vec()),
            Claim::Running => {
                let text = format!(
                    "{} {:?} is running with these answers, or was cut off; call it again without them",
                    target.what, target.name
                );
                return Err(Error::new(ErrorKind::Busy, text));
            }
        }
    }
    // Whatever the handler left behind learns that nobody waits any more.
    let abandoned = Abandoned(Some(&context));
    // Calling the handler is part of its run: it may panic there, too.
    let call = || target.handler.call(context.clone(), arguments);
    let handler = catch_unwind(AssertUnwindSafe(call)).map_err(|_| Panicked);
    let outcome = drive(handler, target, &context, snapshot).await?;
    abandoned.disarm();
    if let Some(ending) = context.running().suspension.ending() {
        if matches!(outcome, Some(Ok(_))) {
            warn_swallowed(target, snapshot);
        }
        claimed.release();
        return match ending {
            Ending::Refused(error) => Err(error),
            Ending::Asked => ask_client(core, snapshot, &context, target.habits.once),
        };
    }
    let ended = match outcome {
        Some(Ok(output)) => Ok(output),
        Some(Err(Failure::Tool(text))) => Err(text),
        Some(Err(Failure::Protocol(error))) => {
            claimed.release();
            return Err(naming(error, target.name));
        }
        None => return Err(Error::new(ErrorKind::Internal, "the handler ended without an outcome")),
    };
    let result = match shape(revision, ended)? {
        Shaped::Value(body) => encode_value_result(revision, &body, core.server_info()),
        Shaped::Other(body, mut cache) => {
            let running = context.running();
            // What depends on answers is nobody else's result (`server/utilities/caching`, Cache Key).
            if running.incoming.input_responses.is_some() || running.incoming.request_state.is_some() {
                cache = cache.map(|cache| Cache { ttl_ms: 0, ..cache });
            }
            encode_result(revision, &body, core.server_info(), cache)
        }
    };
    claimed.record(&result).await;
    Ok(result)
}

/// A claim on the one run that answers allow. A run that was cut off keeps it: nobody knows what it has done.
struct Claimed<'a> {
    snapshot: &'a Snapshot,
    nonce: Option<String>,
}

impl Claimed<'_> {
    async fn record(self, result: &[u8]) {
        if let Some(nonce) = self.nonce {
            self.snapshot.once().record(&nonce, Bytes::copy_from_slice(result)).await;
        }
    }

    /// The run asked again, or refused: it may be repeated.
    fn release(&self) {
        if let Some(nonce) = &self.nonce {
            self.snapshot.once().release(nonce);
        }
    }
}

/// A run that nobody waits for any more when this is dropped.
struct Abandoned<'a>(Option<&'a Context>);

impl Abandoned<'_> {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        if let Some(context) = self.0 {
            context.running().gone.set();
        }
    }
}

/// What a handler came to; it may have panicked.
type Caught = Result<Result<Output, Failure>, Panicked>;

/// Why the wait for a handler ends.
enum Step {
    Ended(Caught),
    /// The run is over, the handler is not.
    Over,
    Late,
}

/// Waits until the handler ends or its run is over. `None`: the run is over and the handler is gone.
async fn drive(
    handler: Result<BoxFuture<'static, Result<Output, Failure>>, Panicked>,
    target: &Target<'_>,
    context: &Context,
    snapshot: &Snapshot,
) -> Result<Option<Result<Output, Failure>>, Error> {
    let ended = match handler {
        Err(panicked) => Some(Err(panicked)),
        Ok(mut handler) => {
            let mut running = pin!(caught(Pin::new(&mut handler)));
            let suspension = &context.running().suspension;
            let mut clock = context.deadline().map_or(Clock::Never, Clock::At);
            let step = poll_fn(|cx| {
                if let Poll::Ready(ended) = running.as_mut().poll(cx) {
                    return Poll::Ready(Step::Ended(ended));
                }
                if suspension.poll_over(cx).is_ready() {
                    return Poll::Ready(Step::Over);
                }
                clock.poll(cx).map(|()| Step::Late)
            });
            let mut step = step.await;
            if matches!(step, Step::Over) && target.handler.unwinds() {
                let mut patience = Clock::After(UNWIND);
                step = poll_fn(|cx| match running.as_mut().poll(cx) {
                    Poll::Ready(ended) => Poll::Ready(Step::Ended(ended)),
                    Poll::Pending if clock.poll(cx).is_ready() => Poll::Ready(Step::Late),
                    Poll::Pending => patience.poll(cx).map(|()| Step::Over),
                })
                .await;
            }
            match step {
                Step::Ended(ended) => Some(ended),
                Step::Over => None,
                Step::Late => {
                    let limit = snapshot.deadline().unwrap_or_default().as_millis();
                    let text = format!("the {} did not end within {limit} ms", target.what);
                    return Err(Error::new(ErrorKind::DeadlineExceeded, text));
                }
            }
        }
    };
    Ok(ended.map(|ended| {
        ended.unwrap_or_else(|Panicked| {
            let text = format!("the handler of {} {:?} panicked", target.what, target.name);
            snapshot.log().line(LogLevel::Error, &text);
            Err(Failure::Tool(format!("the {} failed unexpectedly", target.what)))
        })
    }))
}

/// Says once that a handler ended normally although its run was over.
fn warn_swallowed(target: &Target<'_>, snapshot: &Snapshot) {
    if !target.swallowed.swap(true, Ordering::Relaxed) {
        let text = format!(
            "the handler of {} {:?} swallowed the end of its run; its result was dropped and it will be run again: \
             let the error of an unanswered question pass",
            target.what, target.name
        );
        snapshot.log().line(LogLevel::Warning, &text);
    }
}

/// The context of a run: its client can be asked for what it declares, and what the client has answered is known.
fn begin(
    core: &Core,
    snapshot: &Arc<Snapshot>,
    incoming: Box<Incoming>,
    target: &Target<'_>,
) -> Result<Context, Error> {
    let lacking: Vec<_> =
        target.asks.iter().copied().filter(|kind| !incoming.capabilities.can(*kind)).collect();
    if !lacking.is_empty() {
        return Err(missing(&lacking));
    }
    let run = match incoming.revision.has(Feature::InputRequired) {
        true => Some(start(core, snapshot, &incoming, target)?),
        false => None,
    };
    let asking = if target.habits.open_answers { Asking::Open } else { Asking::Sealed };
    Ok(Context::new(incoming, run, snapshot.clone(), asking))
}

/// What names the answers of a run that may happen once only.
fn nonce(context: &Context) -> Option<String> {
    let run = context.running().run.as_ref()?;
    run.lock().unwrap_or_else(PoisonError::into_inner).nonce().map(str::to_owned)
}

fn start(core: &Core, snapshot: &Snapshot, incoming: &Incoming, target: &Target<'_>) -> Result<Run, Error> {
    let responses: Option<&RawValue> =
        match &incoming.input_responses {
            None => None,
            Some(raw) => Some(serde_json::from_slice(raw).map_err(|_| {
                Error::new(ErrorKind::InvalidParams, "params.inputResponses must be an object")
            })?),
        };
    let state = match &incoming.request_state {
        None => None,
        Some(token) => {
            let digest = salient(incoming)?;
            Some(rounds::unseal(
                token,
                &binding(core, incoming, digest),
                snapshot.keys(),
                now(),
                snapshot.limits(),
            )?)
        }
    };
    let mut run = Run::start_with(state, responses, snapshot.limits())?;
    if let (true, Some(responses)) = (target.habits.open_answers, responses) {
        run.accept_unasked(responses)?;
    }
    Ok(run)
}

/// The core decides the outcome: a run that is over ends as its question says, whatever the handler made of it.
fn ask_client(core: &Core, snapshot: &Snapshot, context: &Context, once: bool) -> Result<Vec<u8>, Error> {
    let running = context.running();
    let incoming = &running.incoming;
    let run =
        running.run.as_ref().ok_or_else(|| Error::new(ErrorKind::Internal, "no rounds in this revision"))?;
    let mut run = run.lock().unwrap_or_else(PoisonError::into_inner);
    if once && run.nonce().is_none() {
        run.set_nonce(random::id()?);
    }
    let (requests, state) = run
        .input_required()
        .ok_or_else(|| Error::new(ErrorKind::Internal, "the run is over without a question"))?;
    let ttl = snapshot.limits().state_ttl.as_secs();
    let binding = binding(core, incoming, salient(incoming)?);
    let sealed =
        rounds::seal(&state, &binding, snapshot.keys(), random::bytes()?, now(), ttl, snapshot.limits())?;
    encode_input_required(incoming.revision, Some(&requests), Some(&sealed), core.server_info())
}

fn salient(incoming: &Incoming) -> Result<[u8; 32], Error> {
    let arguments: Option<&RawValue> =
        incoming.arguments.as_ref().and_then(|arguments| serde_json::from_slice(arguments).ok());
    salient_digest(incoming.name.as_deref().unwrap_or_default(), arguments)
}

fn binding<'a>(core: &'a Core, incoming: &'a Incoming, params_digest: [u8; 32]) -> Binding<'a> {
    Binding {
        principal: incoming.principal.as_deref(),
        method: &incoming.method,
        params_digest,
        audience: core.audience(),
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
