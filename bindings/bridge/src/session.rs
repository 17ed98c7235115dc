//! One client, one server or one testkit loop as a foreign host holds it.
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use futures_util::FutureExt;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::task::AbortHandle;

use crate::answers::{FailureBody, Reply, Shape};
use crate::backend::{Answer, Backend, CallContext, Work};
use crate::calls::Calls;
use crate::host::Host;
use crate::inbox::{Inbox, Job};
use crate::layers::{Proceed, read_patch};
use crate::ops::{Completion, Ops};
use crate::queue::Queue;
use crate::{BridgeError, Code, Event, Kind, Runtime, Wake};

const OPEN: u8 = 0;
const CLOSING: u8 = 1;
const CLOSED: u8 = 2;

/// A handle to a session. Dropping the last one closes the session without a deadline.
#[derive(Clone)]
pub struct Session(Arc<Owner>);

struct Owner(Arc<SessionState>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.begin_close(Duration::ZERO, None);
    }
}

pub(crate) type CallTable = Calls<Arc<dyn CallContext>, Answer>;

pub(crate) struct SessionState {
    /// Unique in this process; hosts name a server by it.
    id: u64,
    runtime: Runtime,
    pub(crate) queue: Arc<Queue>,
    inbox: Inbox,
    ops: Arc<Ops>,
    pub(crate) calls: Arc<CallTable>,
    backend: Mutex<Option<Arc<dyn Backend>>>,
    phase: AtomicU8,
    closed: (Mutex<bool>, Condvar),
    tasks: Mutex<Vec<AbortHandle>>,
}

/// What the work of one operation may touch.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) key: u64,
    pub(crate) queue: Arc<Queue>,
    #[cfg(feature = "testkit")]
    pub(crate) host: Host,
}

#[derive(Deserialize)]
struct ProgressBody {
    progress: f64,
    #[serde(default)]
    total: Option<f64>,
    #[serde(default)]
    message: Option<String>,
}

impl SessionState {
    fn ensure_open(&self) -> Result<(), BridgeError> {
        self.runtime.check()?;
        match self.phase.load(Ordering::Acquire) {
            OPEN => Ok(()),
            _ => Err(BridgeError::new(Code::Closed, "this session is closed")),
        }
    }

    fn backend(&self) -> Result<Arc<dyn Backend>, BridgeError> {
        let backend = self.backend.lock().unwrap_or_else(PoisonError::into_inner);
        backend.clone().ok_or_else(|| BridgeError::new(Code::Closed, "this session is closed"))
    }

    /// Whether this is the session with this id.
    pub(crate) fn is(&self, id: u64) -> bool {
        self.id == id
    }

    /// The server behind this session.
    pub(crate) fn server(&self) -> Result<dovetail::Server, BridgeError> {
        self.ensure_open()?;
        self.backend()?.server().ok_or_else(not_a_server)
    }

    /// The one door for asynchronous work: registers the key, runs the work on the runtime, completes once.
    fn start(self: &Arc<Self>, key: u64, work: Work) -> Result<(), BridgeError> {
        let cancelled = self.ops.begin(key)?;
        let state = self.clone();
        self.inbox.push(move || {
            tokio::spawn(async move {
                let work = std::panic::AssertUnwindSafe(work).catch_unwind();
                let outcome = tokio::select! {
                    biased;
                    outcome = work => outcome.unwrap_or_else(|_| Err(BridgeError::panicked())),
                    // A dropped sender means that the session went down and completed the operation itself.
                    _ = cancelled => Err(BridgeError::new(Code::Cancelled, "cancelled")),
                };
                state.ops.finish(&state.queue, key, outcome);
            });
        });
        Ok(())
    }

    /// Starts closing; a `key` gets a completion. Idempotent.
    pub(crate) fn begin_close(self: &Arc<Self>, deadline: Duration, key: Option<u64>) {
        if self.runtime.check().is_err() {
            return;
        }
        if self.phase.compare_exchange(OPEN, CLOSING, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return;
        }
        let state = self.clone();
        self.inbox.push(move || {
            tokio::spawn(async move {
                if let Ok(backend) = state.backend() {
                    let bound = deadline + Duration::from_millis(500);
                    // Whatever is still running after its own deadline is cut off below.
                    let _ = tokio::time::timeout(bound, backend.close(deadline)).await;
                }
                state.finish_close(key);
            });
        });
    }

    fn finish_close(&self, key: Option<u64>) {
        if self.phase.swap(CLOSED, Ordering::AcqRel) == CLOSED {
            return;
        }
        drop(self.backend.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(key) = key {
            self.ops.finish(&self.queue, key, Ok(Bytes::new()));
        }
        self.ops.finish_all(&self.queue, &BridgeError::new(Code::Closed, "the session was closed"));
        self.calls.cancel_all();
        self.queue.push(Kind::Closed, 0, 0, Bytes::new());
        self.queue.signal();
        *self.closed.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.closed.1.notify_all();
        for task in self.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            task.abort();
        }
    }

    pub(crate) fn wait_closed(&self, timeout: Duration) {
        let until = Instant::now() + timeout;
        let mut closed = self.closed.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !*closed {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            closed = self.closed.1.wait_timeout(closed, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Completes what the runtime can no longer complete.
    pub(crate) fn abandon(&self) {
        self.finish_close(None);
    }
}

impl Session {
    /// Opens a session over tables that the backend shares.
    pub(crate) fn open(runtime: &Runtime, host: Host, backend: Arc<dyn Backend>) -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let state = Arc::new(SessionState {
            id: LAST.fetch_add(1, Ordering::Relaxed) + 1,
            runtime: runtime.clone(),
            queue: host.queue,
            inbox: Inbox::default(),
            ops: host.ops,
            calls: host.calls,
            backend: Mutex::new(Some(backend)),
            phase: AtomicU8::new(OPEN),
            closed: (Mutex::new(false), Condvar::new()),
            tasks: Mutex::default(),
        });
        let flusher = runtime.handle().spawn({
            let queue = state.queue.clone();
            async move { queue.flush_forever().await }
        });
        let worker = runtime.handle().spawn({
            let state = state.clone();
            async move { state.inbox.run_forever().await }
        });
        *state.tasks.lock().unwrap_or_else(PoisonError::into_inner) =
            vec![flusher.abort_handle(), worker.abort_handle()];
        runtime.adopt(&state);
        Self(Arc::new(Owner(state)))
    }

    /// Refuses a handle that came into this process through a fork: nothing behind it may be locked then, because the
    /// thread that might hold the lock does not exist here. Locks nothing.
    ///
    /// # Errors
    /// `wrong_process`.
    pub fn check_process(&self) -> Result<(), BridgeError> {
        self.state().runtime.check_process()
    }

    fn state(&self) -> &Arc<SessionState> {
        &self.0.0
    }

    /// Starts prepared work under the host's key.
    pub(crate) fn start(&self, key: u64, work: Work) -> Result<(), BridgeError> {
        self.state().ensure_open()?;
        self.state().start(key, work)
    }

    pub(crate) fn queue(&self) -> Arc<Queue> {
        self.state().queue.clone()
    }

    /// The server behind this session.
    pub(crate) fn server_behind(&self) -> Result<dovetail::Server, BridgeError> {
        self.state().server()
    }

    /// What the exchanges of this server answer to.
    pub(crate) fn rules(&self) -> Result<crate::exchange::Rules, BridgeError> {
        self.state().ensure_open()?;
        self.state().backend()?.rules().ok_or_else(not_a_server)
    }

    /// Sets the argument-less wake-up; only the first one counts.
    pub fn set_waker(&self, waker: Box<dyn Wake>) -> bool {
        self.state().queue.set_waker(waker)
    }

    /// Takes up to `max` events without waiting; what is left is announced again.
    pub fn drain(&self, max: usize, into: &mut Vec<Event>) {
        self.state().queue.drain(max, into);
    }

    /// Takes events from the front, up to `max`, as long as `fits` says so. Says whether there are more; whoever does not
    /// take them at once has them announced again by [`Session::announce`].
    pub fn take_while(&self, max: usize, fits: impl FnMut(&Event) -> bool, take: impl FnMut(Event)) -> bool {
        self.state().queue.take_while(max, fits, take)
    }

    /// Has the host woken for the events that it has left.
    pub fn announce(&self) {
        self.state().queue.announce();
    }

    /// Blocks until an event waits or `timeout` is over (`None`: no bound); says whether one waits.
    pub fn wait(&self, timeout: Option<Duration>) -> bool {
        self.state().queue.wait(timeout)
    }

    /// Starts an operation by its contract name. The completion is a [`Kind::Done`] event with `key`.
    /// `params` and `options` are JSON objects; empty means `{}`.
    ///
    /// # Errors
    /// Synchronous, and then no event follows: `closed`, `wrong_process`, `limit_exceeded`,
    /// `invalid_argument` (key in use, unknown operation, bad JSON).
    pub fn request(&self, key: u64, name: &str, params: Bytes, options: Bytes) -> Result<(), BridgeError> {
        let state = self.state();
        state.ensure_open()?;
        let params = object_or_empty(params, "params")?;
        let options = object_or_empty(options, "options")?;
        let scope = Scope {
            key,
            queue: state.queue.clone(),
            #[cfg(feature = "testkit")]
            host: Host { queue: state.queue.clone(), calls: state.calls.clone(), ops: state.ops.clone() },
        };
        let work = state.backend()?.request(scope, name, params, options)?;
        state.start(key, work)
    }

    /// Answers a call.
    ///
    /// # Errors
    /// `stale_call` when it was answered or cancelled before; `invalid_argument` when the bytes are not JSON
    /// (the call then still waits).
    pub fn reply(&self, call: u64, shape: Shape, json: Bytes) -> Result<(), BridgeError> {
        let answer = Reply { call, shape, json }.answer()?;
        self.answer(call, answer, |context| context.takes(shape))
    }

    /// Answers many calls and wakes the runtime once. One bad reply does not keep the others from being sent: the first
    /// fault comes back, with its call in `context.call`, beside the number of replies that came too late.
    ///
    /// # Errors
    /// `wrong_process`, `closed`: nothing was sent.
    pub fn reply_batch<B: Buf>(
        &self,
        replies: impl IntoIterator<Item = Result<Reply<B>, BridgeError>>,
    ) -> Result<(u32, Option<BridgeError>), BridgeError> {
        let state = self.state();
        state.runtime.check()?;
        let (mut late, mut fault, mut jobs) = (0, None, Vec::new());
        for reply in replies {
            let taken = reply.and_then(|reply| {
                let (call, shape) = (reply.call, reply.shape);
                let answered = reply
                    .answer()
                    .and_then(|answer| Ok((state.calls.take(call, |context| context.takes(shape))?, answer)));
                answered.map_err(|error| error.about_call(call))
            });
            match taken {
                Ok((waiting, answer)) => jobs.push(Job::Answer(waiting, answer)),
                Err(error) if error.code == Code::StaleCall => late += 1,
                Err(error) => drop(fault.get_or_insert(error)),
            }
        }
        state.inbox.extend(jobs);
        Ok((late, fault))
    }

    /// Fails a call: `{kind: "tool", detail}` is a result that the model sees; `{kind: "protocol", detail, code?,
    /// data?}` refuses the request with a wire code of the host's own, `{kind: "error", name, detail, rpc?}` with an
    /// error of the contract, for which the core chooses the code.
    ///
    /// # Errors
    /// As [`Session::reply`]; `invalid_argument` also when no error has that name.
    pub fn fail(&self, call: u64, json: &[u8]) -> Result<(), BridgeError> {
        let failure = parse::<FailureBody>(json, "the failure")?.resolve()?;
        self.answer(call, Answer::Failed(failure), |_| Ok(()))
    }

    /// Lets a message go on that waits for a layer of the host, with the parameters of `patch` (`{params?}`, empty for
    /// none) in the place of its own. What it comes to completes `key`; with a `key` of 0 it passes the layer by, and
    /// the call is over.
    ///
    /// # Errors
    /// Synchronous, and then no event follows: `stale_call`; `invalid_state` when it has gone on already, or the call
    /// is not a layer's; otherwise as [`Session::request`].
    pub fn proceed(&self, call: u64, key: u64, patch: &[u8]) -> Result<(), BridgeError> {
        let state = self.state();
        state.ensure_open()?;
        let params = read_patch(patch)?;
        let context = state.calls.context(call)?;
        let done = match key {
            0 => None,
            key => Some(Completion::begin(&state.ops, &state.queue, key)?),
        };
        // With nothing to be told, the call is over now; its answer must not look given up before it goes on.
        let going = context.proceed().and_then(|proceed| match key {
            0 => state.calls.take(call, |_| Ok(())).map(|over| (proceed, Some(over))),
            _ => Ok((proceed, None)),
        });
        match going {
            Ok((proceed, over)) => {
                state.inbox.push(move || {
                    // The message may have been cancelled since.
                    let _ = proceed.send(Proceed { params, done });
                    drop(over);
                });
                Ok(())
            }
            Err(error) => {
                if let Some(done) = done {
                    done.discard();
                }
                Err(error)
            }
        }
    }

    fn answer(
        &self,
        call: u64,
        answer: Answer,
        allowed: impl FnOnce(&Arc<dyn CallContext>) -> Result<(), BridgeError>,
    ) -> Result<(), BridgeError> {
        let state = self.state();
        state.runtime.check()?;
        let waiting = state.calls.take(call, allowed)?;
        state.inbox.extend([Job::Answer(waiting, answer)]);
        Ok(())
    }

    /// Sends progress for a call: `{progress, total?, message?}`.
    ///
    /// # Errors
    /// `stale_call`, `invalid_argument`.
    pub fn progress(&self, call: u64, json: &[u8]) -> Result<(), BridgeError> {
        let state = self.state();
        state.runtime.check()?;
        let body: ProgressBody = parse(json, "the progress")?;
        let context = state.calls.context(call)?;
        state.inbox.push(move || context.progress(body.progress, body.total, body.message));
        Ok(())
    }

    /// Sends a log message for a call: `{level, data, logger?}`; nothing happens when its client asked for none.
    ///
    /// # Errors
    /// `stale_call`, `invalid_argument`.
    pub fn log(&self, call: u64, json: &[u8]) -> Result<(), BridgeError> {
        let state = self.state();
        state.runtime.check()?;
        state.calls.context(call)?.log(json)
    }

    /// Records the result of a step of a call: `{name, value}`; a later run of the call recalls it.
    ///
    /// # Errors
    /// `stale_call`, `invalid_argument`, `suspended`, `limit_exceeded`.
    pub fn record(&self, call: u64, json: &[u8]) -> Result<(), BridgeError> {
        let state = self.state();
        state.runtime.check()?;
        state.calls.context(call)?.record(json)
    }

    /// Changes what a server offers, or announces a change; see `docs/boundary.md`.
    ///
    /// # Errors
    /// `invalid_argument`, `invalid_state` when this is no server, `closed`, `wrong_process`.
    pub fn update(&self, json: &[u8]) -> Result<(), BridgeError> {
        self.state().ensure_open()?;
        self.state().backend()?.update(json)
    }

    /// Asks the user behind a call; the kinds of questions and their answers are in `docs/boundary.md`. Code
    /// `suspended` means that this run of the handler is over.
    ///
    /// # Errors
    /// As [`Session::request`], and `stale_call`.
    pub fn ask(&self, call: u64, key: u64, question: Bytes) -> Result<(), BridgeError> {
        let state = self.state();
        state.ensure_open()?;
        let question = object_or_empty(question, "the question")?;
        let work = state.calls.context(call)?.ask(question)?;
        state.start(key, work)
    }

    /// What is known about a call: `{revision, method, client, clientCapabilities, meta, progress, …}`.
    ///
    /// # Errors
    /// `stale_call`.
    pub fn call_info(&self, call: u64) -> Result<Bytes, BridgeError> {
        let state = self.state();
        state.runtime.check()?;
        Ok(state.calls.context(call)?.info())
    }

    /// Cancels an operation of the host's own. Idempotent; before, during and after are all allowed. The
    /// operation still completes once, with `cancelled` or with what it had become.
    ///
    /// # Errors
    /// `wrong_process`, `closed` (runtime shut down).
    pub fn cancel(&self, key: u64) -> Result<(), BridgeError> {
        let state = self.state();
        state.runtime.check()?;
        let target = state.clone();
        state.inbox.push(move || target.ops.cancel(key));
        Ok(())
    }

    /// Closes the session: accepts nothing new, drains to `deadline`, then aborts. Completes `key`, then every
    /// open operation with `closed`, then comes [`Kind::Closed`].
    ///
    /// # Errors
    /// `closed` when it is closed or closing already; `wrong_process`; `invalid_argument` (key in use).
    pub fn close(&self, key: u64, deadline: Duration) -> Result<(), BridgeError> {
        let state = self.state();
        state.ensure_open()?;
        drop(state.ops.begin(key)?);
        state.begin_close(deadline, Some(key));
        Ok(())
    }

    /// `{id, open, ops, calls, queued, …}`; cheap, works after close.
    pub fn status(&self) -> Bytes {
        let state = self.state();
        let more = state.backend().map(|backend| backend.status()).unwrap_or_default();
        let comma = if more.is_empty() { "" } else { "," };
        format!(
            r#"{{"id":{},"open":{},"ops":{},"calls":{},"queued":{}{comma}{more}}}"#,
            state.id,
            state.phase.load(Ordering::Acquire) == OPEN,
            state.ops.len(),
            state.calls.len(),
            state.queue.len(),
        )
        .into()
    }
}

/// The refusal of what only a server can do.
pub(crate) fn not_a_server() -> BridgeError {
    BridgeError::new(Code::InvalidState, "this session is not a server")
}

pub(crate) type WeakState = Weak<SessionState>;

/// Reads JSON from a host.
pub(crate) fn parse<'a, T: Deserialize<'a>>(json: &'a [u8], what: &str) -> Result<T, BridgeError> {
    serde_json::from_slice(json)
        .map_err(|error| BridgeError::new(Code::InvalidArgument, format!("{what}: {error}")))
}

pub(crate) fn check_json(json: &[u8], what: &str) -> Result<(), BridgeError> {
    parse::<&RawValue>(json, what).map(drop)
}

fn object_or_empty(json: Bytes, what: &str) -> Result<Bytes, BridgeError> {
    if json.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    check_json(&json, what)?;
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err(BridgeError::new(Code::InvalidArgument, format!("{what}: a JSON object is expected")));
    }
    Ok(json)
}
