//! The exported functions: the only file with `unsafe`, and nothing in it but the crossing itself.
//!
//! Handles arrive as references (NULL is `None`) that C keeps alive, outputs as possibly uninitialised memory,
//! so that only pointers with a length need a block. The rules that C has to keep for this are in the header.
#![expect(unsafe_code, reason = "the C ABI")]
#![expect(clippy::missing_safety_doc, reason = "the duties of the caller are the text of the header")]

use std::ffi::{c_char, c_void};
use std::mem::MaybeUninit;
use std::time::Duration;

use bytes::Bytes;
use dovetail_bridge::{BridgeError, CONTRACT_VERSION, Runtime, Session, Shape};

use crate::handle::{DovetailRuntime, DovetailSession};
use crate::records::read_replies;
use crate::status::{DOVETAIL_OK, copy_out, guard, invalid, last_error, required, text, utf8};

/// What a drain takes when the host names no number.
const DEFAULT_DRAIN: usize = 64;

/// What C calls `data, len`.
///
/// # Safety
/// `data` is NULL or points to `len` bytes that live and stay unchanged for `'a`.
unsafe fn input<'a>(data: *const c_void, len: usize, name: &str) -> Result<&'a [u8], BridgeError> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() || isize::try_from(len).is_err() {
        return Err(invalid(format!("{name} is NULL or has an impossible length")));
    }
    // SAFETY: not NULL, of a possible length, and valid by the duty of the caller.
    Ok(unsafe { std::slice::from_raw_parts(data.cast(), len) })
}

/// What C calls `buffer, capacity`; NULL is an empty buffer.
///
/// # Safety
/// `data` is NULL or points to `len` bytes that nobody else touches for `'a`.
unsafe fn output<'a>(data: *mut c_void, len: usize) -> &'a mut [MaybeUninit<u8>] {
    if data.is_null() || isize::try_from(len).is_err() {
        return &mut [];
    }
    // SAFETY: not NULL, of a possible length, exclusive by the duty of the caller; it need not be initialised.
    unsafe { std::slice::from_raw_parts_mut(data.cast(), len) }
}

fn opened(session: Option<&DovetailSession>) -> Result<&Session, BridgeError> {
    required(session, "session").map(DovetailSession::session)
}

fn running(runtime: Option<&DovetailRuntime>) -> Result<&Runtime, BridgeError> {
    required(runtime, "runtime").map(DovetailRuntime::runtime)
}

/// Runs `start` so that the threads which it starts never get SIGPIPE: a program in C dies of it by default, and a peer
/// that goes away while it is being written to must be an error. The calling thread and its program keep their own
/// disposition; child processes start with an empty mask.
#[cfg(unix)]
fn without_sigpipe<T>(start: impl FnOnce() -> T) -> T {
    let mut pipe = MaybeUninit::uninit();
    let mut before = MaybeUninit::uninit();
    // SAFETY: sigemptyset initialises the set that sigaddset and pthread_sigmask read; `before` is written by a call
    // that cannot fail with these arguments, before it is read.
    unsafe {
        libc::sigemptyset(pipe.as_mut_ptr());
        libc::sigaddset(pipe.as_mut_ptr(), libc::SIGPIPE);
        libc::pthread_sigmask(libc::SIG_BLOCK, pipe.as_ptr(), before.as_mut_ptr());
    }
    let started = start();
    // SAFETY: `before` is what the call above has written.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), std::ptr::null_mut()) };
    started
}

#[cfg(not(unix))]
fn without_sigpipe<T>(start: impl FnOnce() -> T) -> T {
    start()
}

/// Prepares the place for a new handle: NULL until it is there.
fn place<T>(
    out: Option<&mut MaybeUninit<Option<Box<T>>>>,
) -> Result<&mut MaybeUninit<Option<Box<T>>>, BridgeError> {
    let out = required(out, "out")?;
    out.write(None);
    Ok(out)
}

/// The version of this interface. A program that was built against another `DOVETAIL_CONTRACT_VERSION` must not
/// go on. Never fails; any thread, also before anything else.
#[unsafe(no_mangle)]
pub extern "C" fn dovetail_contract_version() -> u32 {
    CONTRACT_VERSION
}

/// Copies the error of the last function that failed on this thread: the JSON object
/// `{code, name, detail, retry, rpc?, http?, context?}`, without a terminating 0. A success leaves it as it is; call
/// this directly after the failure, on the same thread.
///
/// `needed` (may be NULL) receives the length in bytes, 0 when nothing has failed yet. Answers `DOVETAIL_OK`, or
/// `DOVETAIL_BUFFER_TOO_SMALL` with nothing written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_last_error(
    buffer: *mut c_char,
    capacity: usize,
    needed: Option<&mut MaybeUninit<usize>>,
) -> i32 {
    // SAFETY: the caller's buffer, exclusive during this call.
    guard(|| Ok(copy_out(&last_error(), unsafe { output(buffer.cast(), capacity) }, needed)))
}

/// Starts a runtime: one thread that carries any number of sessions. Most programs want
/// `dovetail_runtime_default` instead. Its threads block SIGPIPE; the program's own disposition stays as it is.
///
/// `out` receives the handle, to be given back with `dovetail_runtime_free`; NULL on failure. Errors: `internal` when
/// the system refuses a thread or a descriptor.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_runtime_new(
    out: Option<&mut MaybeUninit<Option<Box<DovetailRuntime>>>>,
) -> i32 {
    guard(|| {
        let out = place(out)?;
        out.write(Some(Box::new(DovetailRuntime::new(without_sigpipe(Runtime::new)?))));
        Ok(DOVETAIL_OK)
    })
}

/// A handle to the runtime of this process, which is started at the first call (and once more in a forked child).
///
/// `out` receives the handle, to be given back with `dovetail_runtime_free`; the runtime itself goes on until
/// `dovetail_runtime_shutdown` or the end of the process. Errors as `dovetail_runtime_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_runtime_default(
    out: Option<&mut MaybeUninit<Option<Box<DovetailRuntime>>>>,
) -> i32 {
    guard(|| {
        let out = place(out)?;
        out.write(Some(Box::new(DovetailRuntime::new(without_sigpipe(Runtime::process_default)?))));
        Ok(DOVETAIL_OK)
    })
}

/// Closes every session of the runtime and stops its thread, in `deadline_ms` milliseconds at the latest. Blocks for
/// that time. Afterwards every completion has been queued and every child process is gone; the sessions' events can
/// still be fetched. Idempotent; does nothing in a forked child. Must not be called from a wake-up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_runtime_shutdown(
    runtime: Option<&DovetailRuntime>,
    deadline_ms: u64,
) -> i32 {
    guard(|| {
        running(runtime)?.shutdown(Duration::from_millis(deadline_ms));
        Ok(DOVETAIL_OK)
    })
}

/// Gives a handle back; NULL is fine. Sessions of the runtime live on, and so does the runtime as long as one of them
/// does; call `dovetail_runtime_shutdown` before when that is not wanted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_runtime_free(runtime: Option<Box<DovetailRuntime>>) {
    guard(|| {
        drop(runtime);
        Ok(DOVETAIL_OK)
    });
}

/// Opens a server, which does nothing until `dovetail_serve` or `dovetail_exchange`. `config` is the JSON object
/// `{info: {name, version}, instructions?, tools?, resources?, resourceTemplates?, prompts?, pageSize?, cache?,
/// stateKeys?, callTimeoutMs?, resumable?, limits?, layers?}`. A `DOVETAIL_EVENT_CALL` names the function that serves it
/// by the `handler` number of the definition; tools without one have the number of their place in `tools`.
///
/// `out` receives the handle, to be given back with `dovetail_session_free`; NULL on failure. Errors:
/// `invalid_argument` (the detail says which member), `wrong_process`, `closed`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_server_open(
    runtime: Option<&DovetailRuntime>,
    config: *const c_char,
    config_len: usize,
    out: Option<&mut MaybeUninit<Option<Box<DovetailSession>>>>,
) -> i32 {
    guard(|| {
        let out = place(out)?;
        // SAFETY: the caller's bytes, unchanged during this call.
        let config = text(unsafe { input(config.cast(), config_len, "config") }?, "config")?;
        let server = Session::server(running(runtime)?, config)?;
        out.write(Some(Box::new(DovetailSession::new(server))));
        Ok(DOVETAIL_OK)
    })
}

/// Opens a client and starts to connect: the completion of `key` tells how that went, with the server's description
/// as payload. Requests may be made at once; they wait for the connection.
///
/// `config` is the JSON object `{target, info?, inputs?, revision?, timeoutMs?, maxTotalMs?, cache?, logLevel?,
/// respawn?, limits?, layers?}`, where `target` is `{url, headers?}`, `{command, args?, env?, cwd?}` (never seen by a
/// shell), `{server: true}`, which means the session `server` of this process, `{server: id}`, which means the one with
/// this id (`dovetail_status`), or `{group: {name: target, …}}`, several servers as one. `server` is NULL where it is not
/// meant, and need not outlive this call.
///
/// `out` receives the handle, to be given back with `dovetail_session_free`; NULL on failure, and then no event comes.
/// Errors: `invalid_argument`, `wrong_process`, `closed`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_client_open(
    runtime: Option<&DovetailRuntime>,
    key: u64,
    config: *const c_char,
    config_len: usize,
    server: Option<&DovetailSession>,
    out: Option<&mut MaybeUninit<Option<Box<DovetailSession>>>>,
) -> i32 {
    guard(|| {
        let out = place(out)?;
        // SAFETY: the caller's bytes, unchanged during this call.
        let config = text(unsafe { input(config.cast(), config_len, "config") }?, "config")?;
        let client = Session::client(running(runtime)?, key, config, server.map(DovetailSession::session))?;
        out.write(Some(Box::new(DovetailSession::new(client))));
        Ok(DOVETAIL_OK)
    })
}

/// Opens a loopback session for tests of a binding. Exists in development builds only.
///
/// Operations of `dovetail_request`: `echo`, `fail {code}`, `panic`, `never`, `call {target, arguments}`, `abandon`,
/// `flood {count}`. Errors: `wrong_process`, `closed`.
#[cfg(feature = "testkit")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_testkit_open(
    runtime: Option<&DovetailRuntime>,
    out: Option<&mut MaybeUninit<Option<Box<DovetailSession>>>>,
) -> i32 {
    guard(|| {
        let out = place(out)?;
        out.write(Some(Box::new(DovetailSession::new(Session::testkit(running(runtime)?)?))));
        Ok(DOVETAIL_OK)
    })
}

/// Gives a session back; NULL is fine. A session that is still open is closed without a deadline, and what had not
/// been fetched is lost: call `dovetail_close` and fetch up to `DOVETAIL_EVENT_CLOSED` first when that matters.
///
/// No other thread may be inside a function of this session, and none may use it afterwards. When this returns, the
/// wake-up will not be called again. Must not be called from the wake-up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_session_free(session: Option<Box<DovetailSession>>) {
    guard(|| {
        drop(session);
        Ok(DOVETAIL_OK)
    });
}

/// Serves: `config` is `{"stdio": true}`, `{"http": "host:port", path?, allowedHosts?, allowedOrigins?}` (port 0 picks
/// one) or `{"exchange": true, allowedHosts?, allowedOrigins?}`, which opens nothing and says which hosts and origins
/// `dovetail_exchange` answers to as long as it lasts. `DOVETAIL_EVENT_READY` comes under `key` when it listens,
/// `DOVETAIL_EVENT_DONE` when it has ended. With stdio, standard output belongs to the protocol: the program must not
/// print there.
///
/// Errors, and then no event follows: `invalid_argument` (also: `key` in use), `invalid_state` (no server), `closed`,
/// `wrong_process`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_serve(
    session: Option<&DovetailSession>,
    key: u64,
    config: *const c_char,
    config_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the caller's bytes, unchanged during this call.
        let config = text(unsafe { input(config.cast(), config_len, "config") }?, "config")?;
        opened(session)?.serve(key, config)?;
        Ok(DOVETAIL_OK)
    })
}

/// Changes what a server offers, at once and also while it serves, and tells the clients that want to know. `changes` is
/// the JSON object `{add?, remove?, enable?, disable?, changed?, updated?}`: `add` holds the lists of
/// `dovetail_server_open` (`tools`, `resources`, `resourceTemplates`, `prompts`); `remove`, `enable` and `disable` hold
/// lists of names and URIs under the same four; `changed` is a list of `"tools"`, `"prompts"`, `"resources"` to announce,
/// `updated` a list of URIs of resources whose content has changed. Names that the server does not have are ignored.
///
/// Errors: `invalid_argument` (the detail says which member), `invalid_state` (no server), `closed`, `wrong_process`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_update(
    session: Option<&DovetailSession>,
    changes: *const c_char,
    changes_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the caller's bytes, unchanged during this call.
        let changes = utf8(unsafe { input(changes.cast(), changes_len, "changes") }?, "changes")?;
        opened(session)?.update(changes.as_bytes())?;
        Ok(DOVETAIL_OK)
    })
}

/// Starts an operation of a client: `call_tool`, `list_tools`, `read_resource`, `list_resources`,
/// `list_resource_templates`, `list_prompts`, `get_prompt`, `complete`, `subscribe`, `unsubscribe`, `listen`,
/// `set_log_level`, `ping`, `server_info` or `raw`. Completes once, with `DOVETAIL_EVENT_DONE` under `key`, which must
/// not be in use; it may be used again afterwards. `listen` completes when its stream ends; until then its
/// `DOVETAIL_EVENT_CHANGE` events come under `key`, and `dovetail_cancel` ends it.
///
/// `params` and `options` are JSON objects; empty means `{}`. Options: `timeoutMs`, `maxTotalMs`, `resetOnProgress`,
/// `progress`, `raw`, `fresh`, `meta`, `server` (of a group: one member).
///
/// Errors, and then no event follows: `invalid_argument` (unknown operation, bad JSON, `key` in use), `limit_exceeded`
/// (too many outstanding), `closed`, `wrong_process`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_request(
    session: Option<&DovetailSession>,
    key: u64,
    operation: *const c_char,
    operation_len: usize,
    params: *const c_char,
    params_len: usize,
    options: *const c_char,
    options_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the caller's bytes, unchanged during this call.
        let operation = unsafe { input(operation.cast(), operation_len, "operation") }?;
        // SAFETY: as above.
        let params = unsafe { input(params.cast(), params_len, "params") }?;
        // SAFETY: as above.
        let options = unsafe { input(options.cast(), options_len, "options") }?;
        let (operation, params) = (utf8(operation, "operation")?, text(params, "params")?);
        opened(session)?.request(key, operation, params, text(options, "options")?)?;
        Ok(DOVETAIL_OK)
    })
}

/// Runs one HTTP request through a server without a socket. `head` is the JSON object `{method, path, headers,
/// principal?}` (`principal`: who calls, as the program found out), the body is raw bytes. Under `key` come one `DOVETAIL_EVENT_HEAD`, any number of `DOVETAIL_EVENT_CHUNK` and
/// `DOVETAIL_EVENT_DONE`; `dovetail_cancel` of `key` tells that the peer has gone.
///
/// Errors, and then no event follows: `invalid_argument`, `invalid_state` (no server), `limit_exceeded`, `closed`,
/// `wrong_process`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_exchange(
    session: Option<&DovetailSession>,
    key: u64,
    head: *const c_char,
    head_len: usize,
    body: *const c_void,
    body_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the caller's bytes, unchanged during this call.
        let head = text(unsafe { input(head.cast(), head_len, "head") }?, "head")?;
        // SAFETY: as above.
        let body = Bytes::copy_from_slice(unsafe { input(body, body_len, "body") }?);
        opened(session)?.exchange(key, head, body)?;
        Ok(DOVETAIL_OK)
    })
}

/// Fetches events: fills `buffer` with up to `max` records (0 means 64), each a `DovetailEvent` followed by its
/// payload and padded to 8 bytes, and writes the used size in bytes to `used`. `buffer` should be aligned to 8 bytes.
///
/// When nothing waits, the call blocks until something does: for `timeout_ms` milliseconds, for ever when it is
/// negative, not at all when it is 0. When the time is over it answers `DOVETAIL_OK` with a `used` of 0. What did not
/// fit or exceeded `max` stays in the queue, and the wake-up is called again for it.
///
/// When not even the first event fits it answers `DOVETAIL_BUFFER_TOO_SMALL` with the size that is needed in `used`;
/// nothing is lost.
///
/// One thread at a time. Errors: `invalid_state` (another thread is fetching), `closed` (`DOVETAIL_EVENT_CLOSED` was
/// fetched before), `wrong_process`, `invalid_argument`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_next_events(
    session: Option<&DovetailSession>,
    max: u32,
    timeout_ms: i64,
    buffer: *mut c_void,
    capacity: usize,
    used: Option<&mut MaybeUninit<usize>>,
) -> i32 {
    guard(|| {
        let max = if max == 0 { DEFAULT_DRAIN } else { max as usize };
        // A negative number is no bound.
        let timeout = u64::try_from(timeout_ms).ok().map(Duration::from_millis);
        // SAFETY: the caller's buffer, exclusive during this call.
        required(session, "session")?.next_events(max, timeout, unsafe { output(buffer, capacity) }, used)
    })
}

/// Sets the wake-up of a program that has an event loop of its own: `wake(user)` is called once per burst of events,
/// on a thread of the runtime, and again as long as something is left. It must not block and must not call any
/// function of this header; writing to an eventfd or a pipe is what it is for. Set it once, before or after events.
///
/// `user` must stay valid until `dovetail_session_free` has returned. Errors: `invalid_state` (set before),
/// `invalid_argument`, `wrong_process`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_set_waker(
    session: Option<&DovetailSession>,
    wake: Option<extern "C" fn(user: *mut c_void)>,
    user: *mut c_void,
) -> i32 {
    guard(|| {
        required(session, "session")?.set_waker(required(wake, "wake")?, user)?;
        Ok(DOVETAIL_OK)
    })
}

/// Answers a call (`DOVETAIL_EVENT_CALL`, `DOVETAIL_EVENT_INPUT` or `DOVETAIL_EVENT_INTERCEPT`) once. `shape` is
/// `DOVETAIL_SHAPE_VALUE` for a plain value, `DOVETAIL_SHAPE_TEXT` for one that is a text (`json` is then the text
/// itself, in UTF-8), or `DOVETAIL_SHAPE_WHOLE` for a whole result object; a layer answers with
/// `DOVETAIL_SHAPE_WHOLE`, or with `DOVETAIL_SHAPE_OUTCOME` and no JSON to pass on what `dovetail_proceed` came to.
///
/// Errors: `stale_call` (answered or cancelled before: no fault of the program), `invalid_argument` (not JSON, or not a
/// shape of this call; the call still waits), `invalid_state` (no outcome to pass on), `closed`, `wrong_process`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_reply(
    session: Option<&DovetailSession>,
    call: u64,
    shape: u32,
    json: *const c_char,
    json_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the caller's bytes, unchanged during this call.
        let json = text(unsafe { input(json.cast(), json_len, "json") }?, "json")?;
        opened(session)?.reply(call, Shape::from_number(shape)?, json)?;
        Ok(DOVETAIL_OK)
    })
}

/// Lets a message go on that waits for a layer of this program (`DOVETAIL_EVENT_INTERCEPT`). `patch` is empty, or the JSON
/// object `{params?}` with parameters in the place of its own. `DOVETAIL_EVENT_DONE` comes under `key` with the result of
/// what is inside, or its error; then the layer answers the call. With a `key` of 0 nothing comes: the outcome passes
/// the layer by, and the call is over. `dovetail_cancel` of `key` cancels what is inside.
///
/// Errors, and then no event follows: `stale_call`, `invalid_state` (it has gone on already, or the call is not a
/// layer's), `invalid_argument` (also: `key` in use), `limit_exceeded`, `closed`, `wrong_process`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_proceed(
    session: Option<&DovetailSession>,
    call: u64,
    key: u64,
    patch: *const c_char,
    patch_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the caller's bytes, unchanged during this call.
        let patch = utf8(unsafe { input(patch.cast(), patch_len, "patch") }?, "patch")?;
        opened(session)?.proceed(call, key, patch.as_bytes())?;
        Ok(DOVETAIL_OK)
    })
}

/// Answers many calls at once: `batch` holds records, each a `DovetailReply` followed by its JSON and padded to 8
/// bytes. `stale` (may be NULL) receives how many had been answered or cancelled before.
///
/// A reply that is bad in itself does not keep the others from being sent: the answer is then `invalid_argument`, with
/// the first such call in the error's `context.call`, and that call still waits. A record that ends beyond the batch
/// fails the whole batch before anything is sent. Other errors: `closed`, `wrong_process`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_reply_batch(
    session: Option<&DovetailSession>,
    batch: *const c_void,
    batch_len: usize,
    stale: Option<&mut MaybeUninit<u32>>,
) -> i32 {
    guard(|| {
        let session = opened(session)?;
        // SAFETY: the caller's bytes, unchanged during this call.
        let replies = read_replies(unsafe { input(batch, batch_len, "batch") }?)?;
        let (late, fault) = session.reply_batch(replies)?;
        if let Some(stale) = stale {
            stale.write(late);
        }
        fault.map_or(Ok(DOVETAIL_OK), Err)
    })
}

/// Fails a call: `failure` is the JSON object `{kind: "tool", detail}`, a result that the model sees, `{kind:
/// "protocol", detail, code?, data?}`, a refusal with a wire code of the program's own, or `{kind: "error", name, detail,
/// rpc?}`, a refusal with an error of this header by its name (`invalid_params`, `unknown_resource`, …), whose wire code
/// the core chooses. Errors as `dovetail_reply`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_fail(
    session: Option<&DovetailSession>,
    call: u64,
    failure: *const c_char,
    failure_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the caller's bytes, unchanged during this call.
        let failure = utf8(unsafe { input(failure.cast(), failure_len, "failure") }?, "failure")?;
        opened(session)?.fail(call, failure.as_bytes())?;
        Ok(DOVETAIL_OK)
    })
}

/// Reports progress of a call: `progress` is the JSON object `{progress, total?, message?}`. Nothing happens when the
/// caller did not ask for progress. Errors: `stale_call`, `invalid_argument`, `closed`, `wrong_process`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_progress(
    session: Option<&DovetailSession>,
    call: u64,
    progress: *const c_char,
    progress_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the caller's bytes, unchanged during this call.
        let progress = utf8(unsafe { input(progress.cast(), progress_len, "progress") }?, "progress")?;
        opened(session)?.progress(call, progress.as_bytes())?;
        Ok(DOVETAIL_OK)
    })
}

/// Sends a log message to the client behind a call: `message` is the JSON object `{level, data, logger?}`, with a level
/// of the specification. Nothing happens when the client asked for none of that level. Errors: `stale_call`,
/// `invalid_argument`, `closed`, `wrong_process`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_log(
    session: Option<&DovetailSession>,
    call: u64,
    message: *const c_char,
    message_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the caller's bytes, unchanged during this call.
        let message = utf8(unsafe { input(message.cast(), message_len, "message") }?, "message")?;
        opened(session)?.log(call, message.as_bytes())?;
        Ok(DOVETAIL_OK)
    })
}

/// Records the result of a step of a call: `step` is the JSON object `{name, value}`. A call that asks questions is run
/// again for each answer; a later run gets the value from `dovetail_ask` with `{kind: "recall", name}`, so that what
/// must happen once happens once. Errors: `stale_call`, `invalid_argument`, `limit_exceeded`, `suspended` (this run is
/// over), `closed`, `wrong_process`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_record(
    session: Option<&DovetailSession>,
    call: u64,
    step: *const c_char,
    step_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the caller's bytes, unchanged during this call.
        let step = utf8(unsafe { input(step.cast(), step_len, "step") }?, "step")?;
        opened(session)?.record(call, step.as_bytes())?;
        Ok(DOVETAIL_OK)
    })
}

/// Asks the client behind a call. `question` is `{kind: "form", message, schema}`, `{kind: "confirm", message}`,
/// `{kind: "url", message, url}`, `{kind: "sample", params}`, `{kind: "roots"}`, each with a `name?`,
/// `{kind: "many", questions: {key: question}}`, or `{kind: "recall", name}`. Completes once, with
/// `DOVETAIL_EVENT_DONE` under `key`: the answer, in the form that docs/boundary.md gives for the kind. `recall` asks
/// nobody: it gives what `dovetail_record` recorded in an earlier run of the call, or `{}`.
///
/// A completion with the code `suspended` means that this run of the handler is over: release what it holds, then reply
/// to or fail the call with anything; the handler will be run again with the answer. Errors: `stale_call`,
/// `invalid_argument`, `limit_exceeded`, `closed`, `wrong_process`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_ask(
    session: Option<&DovetailSession>,
    call: u64,
    key: u64,
    question: *const c_char,
    question_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the caller's bytes, unchanged during this call.
        let question = text(unsafe { input(question.cast(), question_len, "question") }?, "question")?;
        opened(session)?.ask(call, key, question)?;
        Ok(DOVETAIL_OK)
    })
}

/// Copies what is known about a call: the JSON object `{method, name, revision, client, clientCapabilities, meta,
/// progress, principal, round}`, without a terminating 0. `needed` (may be NULL) receives its length in bytes.
///
/// Answers `DOVETAIL_OK`, or `DOVETAIL_BUFFER_TOO_SMALL` with nothing written. Errors: `stale_call`, `closed`,
/// `wrong_process`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_call_info(
    session: Option<&DovetailSession>,
    call: u64,
    buffer: *mut c_char,
    capacity: usize,
    needed: Option<&mut MaybeUninit<usize>>,
) -> i32 {
    guard(|| {
        let info = opened(session)?.call_info(call)?;
        // SAFETY: the caller's buffer, exclusive during this call.
        Ok(copy_out(&info, unsafe { output(buffer.cast(), capacity) }, needed))
    })
}

/// Cancels an operation of this program. Idempotent; before, during and after are all allowed. The operation still
/// completes once, with `cancelled` or with what it had become. Errors: `closed`, `wrong_process`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_cancel(session: Option<&DovetailSession>, key: u64) -> i32 {
    guard(|| {
        opened(session)?.cancel(key)?;
        Ok(DOVETAIL_OK)
    })
}

/// Closes the session: it accepts nothing new, drains for `deadline_ms` milliseconds, then aborts. Returns at once.
/// Completes `key`, then every open operation with `closed`; `DOVETAIL_EVENT_CLOSED` is the last event.
///
/// Errors: `closed` (closed or closing already), `invalid_argument` (`key` in use), `wrong_process`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_close(
    session: Option<&DovetailSession>,
    key: u64,
    deadline_ms: u64,
) -> i32 {
    guard(|| {
        opened(session)?.close(key, Duration::from_millis(deadline_ms))?;
        Ok(DOVETAIL_OK)
    })
}

/// Copies the state of the session: the JSON object `{id, open, ops, calls, queued, …}`, without a terminating 0. `needed`
/// (may be NULL) receives its length in bytes. Cheap; works after the session was closed.
///
/// Answers `DOVETAIL_OK`, or `DOVETAIL_BUFFER_TOO_SMALL` with nothing written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dovetail_status(
    session: Option<&DovetailSession>,
    buffer: *mut c_char,
    capacity: usize,
    needed: Option<&mut MaybeUninit<usize>>,
) -> i32 {
    guard(|| {
        let status = opened(session)?.status();
        // SAFETY: the caller's buffer, exclusive during this call.
        Ok(copy_out(&status, unsafe { output(buffer.cast(), capacity) }, needed))
    })
}
