//! What a client needs from whatever carries its messages, and the two clocks of a request.
//!
//! Owns the seam between calls and transports. Must never decide an outcome: results and errors pass through as the
//! peer sent them.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dovetail_protocol::meta::{self, write_meta};
use dovetail_protocol::{Error, ErrorKind, Id, Notification, RawValue, Revision, methods};
use futures_util::future::BoxFuture;
use serde::Deserialize;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::log::{Log, LogLevel};
use super::result::Progress;

/// Takes progress reports of one request.
pub(crate) type ProgressSink = dyn FnMut(Progress) + Send;

/// A request without its id, which the connection chooses.
pub(crate) struct Outgoing<'a> {
    pub(crate) revision: Revision,
    pub(crate) method: &'static str,
    /// The name or URI that travels outside the body, too, where the revision mirrors it.
    pub(crate) name: Option<&'a str>,
    /// The members of `params` without braces and without metadata.
    pub(crate) fields: &'a [u8],
    /// How long to wait, the time a question waits for its user not counted.
    pub(crate) timeout: Duration,
    pub(crate) progress: Option<&'a mut ProgressSink>,
    /// Whether the peer is told when we stop waiting. Handshakes must not be cancelled.
    pub(crate) cancellable: bool,
}

/// One peer, reached somehow.
pub(crate) trait Connection: Send + Sync {
    /// Sends a request and waits for its result. Dropping the future cancels the request at the peer.
    fn exchange<'a>(&'a self, request: Outgoing<'a>) -> BoxFuture<'a, Result<Box<RawValue>, Error>>;

    /// Sends a notification. `params` is an object, or empty for none.
    fn notify<'a>(
        &'a self,
        revision: Revision,
        method: &'static str,
        params: &'a [u8],
    ) -> BoxFuture<'a, Result<(), Error>>;

    /// Tells the connection what was negotiated.
    fn settle(&self, revision: Revision);

    /// Whether the peer has ever sent a message that could be read, where that tells something.
    fn has_spoken(&self) -> bool {
        true
    }

    /// Ends the connection within the drain limit; open requests fail as closed.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// Who this client says it is.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// An `Implementation` object.
    pub(crate) info: Vec<u8>,
    /// A `ClientCapabilities` object.
    pub(crate) capabilities: Vec<u8>,
}

impl Identity {
    /// The params object of a request.
    pub(crate) fn params(&self, request: &Outgoing<'_>, id: &Id) -> Vec<u8> {
        let token = request.progress.is_some().then_some(id);
        let meta = request.revision.is_modern() || token.is_some();
        let mut out =
            Vec::with_capacity(request.fields.len() + self.info.len() + self.capabilities.len() + 256);
        out.push(b'{');
        out.extend_from_slice(request.fields);
        if meta {
            if !request.fields.is_empty() {
                out.push(b',');
            }
            out.extend_from_slice(br#""_meta":"#);
            write_meta(&mut out, request.revision, &self.info, &self.capabilities, token, None);
        }
        out.push(b'}');
        out
    }
}

/// What was negotiated, once it was.
#[derive(Default)]
pub(crate) struct Settled(AtomicU8);

impl Settled {
    pub(crate) fn set(&self, revision: Revision) {
        let at = Revision::ALL.iter().position(|known| *known == revision);
        let at =
            at.and_then(|at| u8::try_from(at + 1).ok()).expect("every revision is in the short list of all");
        self.0.store(at, Ordering::Release);
    }

    pub(crate) fn get(&self) -> Option<Revision> {
        Revision::ALL.get(usize::from(self.0.load(Ordering::Acquire)).checked_sub(1)?).copied()
    }
}

/// The params of the notification that takes a request back.
pub(crate) fn cancelled_params(id: &Id, reason: &str) -> Vec<u8> {
    let mut out = br#"{"requestId":"#.to_vec();
    id.write(&mut out);
    out.extend_from_slice(br#","reason":""#);
    out.extend_from_slice(reason.as_bytes());
    out.extend_from_slice(br#""}"#);
    out
}

/// No answer in time.
pub(crate) fn deadline(method: &str, timeout: Duration) -> Error {
    Error::new(
        ErrorKind::DeadlineExceeded,
        format!("no answer to {method} within {} ms", timeout.as_millis()),
    )
}

/// Nothing can be sent any more.
pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the client is closed")
}

/// One more request than may be open at once.
pub(crate) fn busy(limit: usize) -> Error {
    Error::new(ErrorKind::Busy, format!("{limit} requests of this client are open already (limit in_flight)"))
}

/// What a notification is to this client.
pub(crate) enum News {
    /// A progress report for the request with this id.
    Progress(Id, Progress),
    /// The peer takes back a request of its own.
    Cancelled(Id),
    /// Dealt with, or nothing to us.
    Nothing,
}

/// Reads a notification; log messages go to `log`, what cannot be read is reported there and ignored.
pub(crate) fn read_notification(notification: &Notification<'_>, log: &Log) -> News {
    match notification.method.as_ref() {
        methods::PROGRESS => match meta::Progress::parse(notification.params) {
            Ok(p) => News::Progress(
                p.token,
                Progress { progress: p.progress, total: p.total, message: p.message.map(Into::into) },
            ),
            Err(error) => {
                log.line(LogLevel::Warning, &format!("skipped a progress report: {}", error.detail));
                News::Nothing
            }
        },
        methods::CANCELLED => {
            #[derive(Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Cancelled {
                request_id: Id,
            }
            let params =
                notification.params.and_then(|raw| serde_json::from_str::<Cancelled>(raw.get()).ok());
            params.map_or(News::Nothing, |params| News::Cancelled(params.request_id))
        }
        methods::LOG_MESSAGE => {
            log_message(notification.params, log);
            News::Nothing
        }
        _ => News::Nothing,
    }
}

fn log_message(params: Option<&RawValue>, log: &Log) {
    #[derive(Deserialize)]
    struct Message<'a> {
        level: String,
        #[serde(borrow)]
        data: Option<&'a RawValue>,
    }
    let Some(message) = params.and_then(|raw| serde_json::from_str::<Message<'_>>(raw.get()).ok()) else {
        log.line(LogLevel::Warning, "skipped a log message of the server that cannot be read");
        return;
    };
    let level = match message.level.as_str() {
        "debug" => LogLevel::Debug,
        "info" | "notice" => LogLevel::Info,
        "warning" => LogLevel::Warning,
        _ => LogLevel::Error,
    };
    let data = message.data.map_or("", |raw| raw.get());
    match serde_json::from_str::<String>(data) {
        Ok(text) => log.line(level, &text),
        Err(_) => log.line(level, data),
    }
}

/// A clock that stands still while questions wait for the user: a person thinking is not a server being slow.
#[derive(Default)]
pub(crate) struct Patience {
    state: Mutex<Pauses>,
    changed: Notify,
}

#[derive(Default)]
struct Pauses {
    open: usize,
    since: Option<Instant>,
    total: Duration,
}

impl Patience {
    fn lock(&self) -> MutexGuard<'_, Pauses> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops the clock until the guard is dropped.
    pub(crate) fn pause(&self) -> Pause<'_> {
        let mut state = self.lock();
        state.open += 1;
        state.since.get_or_insert_with(Instant::now);
        Pause(self)
    }

    fn read(&self) -> (bool, Duration) {
        let state = self.lock();
        (state.open > 0, state.total + state.since.map_or(Duration::ZERO, |since| since.elapsed()))
    }

    /// Resolves when `timeout` has passed, pauses not counted. Cancel-safe.
    pub(crate) async fn expired(&self, timeout: Duration) {
        let start = Instant::now();
        let (_, before) = self.read();
        loop {
            let changed = self.changed.notified();
            let (paused, total) = self.read();
            if paused {
                changed.await;
                continue;
            }
            let used = start.elapsed().saturating_sub(total.saturating_sub(before));
            match timeout.checked_sub(used) {
                None | Some(Duration::ZERO) => return,
                Some(left) => tokio::time::sleep(left).await,
            }
        }
    }
}

/// See [`Patience::pause`].
pub(crate) struct Pause<'a>(&'a Patience);

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.open -= 1;
        if state.open == 0 {
            let passed = state.since.take().map_or(Duration::ZERO, |since| since.elapsed());
            state.total += passed;
            drop(state);
            self.0.changed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_clock_stands_still_while_a_question_is_open() {
        let patience = Patience::default();
        let start = Instant::now();
        let ask = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            let _pause = patience.pause();
            tokio::time::sleep(Duration::from_secs(100)).await;
        };
        tokio::join!(ask, patience.expired(Duration::from_secs(5)));
        assert_eq!(start.elapsed().as_secs(), 105);
        let start = Instant::now();
        patience.expired(Duration::from_secs(5)).await;
        assert_eq!(start.elapsed().as_secs(), 5);
    }
}
