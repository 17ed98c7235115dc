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
use tokio::sync::Notify;
use tokio::time::Instant;

use super::context::Context;
use super::log::LogLevel;
use super::result::Progress;

/// Takes progress reports of one request.
pub(crate) type ProgressSink = dyn FnMut(Progress) + Send;

/// Told the id of a request just before it is sent.
pub(crate) type Started = dyn FnMut(&Id) + Send;

/// A request without its id, which the connection chooses.
pub(crate) struct Outgoing<'a> {
    pub(crate) revision: Revision,
    pub(crate) method: &'a str,
    /// The name or URI that travels outside the body, too, where the revision mirrors it.
    pub(crate) name: Option<&'a str>,
    /// Parameters that travel outside the body, too: lower-case header names and encoded values.
    pub(crate) headers: &'a [(String, String)],
    /// The members of `params` without braces and without metadata.
    pub(crate) fields: &'a [u8],
    /// An object whose members join the metadata; empty for none.
    pub(crate) meta: &'a [u8],
    pub(crate) wait: Wait,
    pub(crate) progress: Option<&'a mut ProgressSink>,
    pub(crate) started: Option<&'a mut Started>,
    /// Whether the peer is told when we stop waiting. Handshakes must not be cancelled.
    pub(crate) cancellable: bool,
}

impl<'a> Outgoing<'a> {
    /// A request that cannot be taken back and reports nothing.
    pub(crate) fn plain(revision: Revision, method: &'a str, fields: &'a [u8], timeout: Duration) -> Self {
        Self {
            revision,
            method,
            name: None,
            headers: &[],
            fields,
            meta: b"",
            wait: Wait::only(timeout),
            progress: None,
            started: None,
            cancellable: false,
        }
    }
}

/// How long to wait for an answer, the time a question waits for its user not counted.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Wait {
    /// Since the request was sent, or since its last progress report.
    pub(crate) timeout: Duration,
    /// Whether a progress report starts the time anew.
    pub(crate) reset: bool,
    /// Since the request was sent, whatever is reported.
    pub(crate) total: Duration,
}

impl Wait {
    /// One timeout and nothing else.
    pub(crate) fn only(timeout: Duration) -> Self {
        Self { timeout, reset: false, total: Duration::MAX }
    }
}

/// One peer, reached somehow.
pub(crate) trait Connection: Send + Sync {
    /// Sends a request and waits for its result. Dropping the future cancels the request at the peer.
    fn exchange<'a>(&'a self, request: Outgoing<'a>) -> BoxFuture<'a, Result<Box<RawValue>, Error>>;

    /// Sends a notification. `params` is an object, or empty for none.
    fn notify<'a>(
        &'a self,
        revision: Revision,
        method: &'a str,
        params: &'a [u8],
    ) -> BoxFuture<'a, Result<(), Error>>;

    /// Tells the connection what was negotiated.
    fn settle(&self, revision: Revision);

    /// Whether parameters are mirrored outside the body.
    fn mirrors(&self) -> bool {
        false
    }

    /// Opens whatever is needed to hear a server of the session revisions between requests. Doing it twice does
    /// nothing. The future resolves when that is open or refused, or takes too long; dropping it changes nothing.
    fn overhear(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// An answer that came after its request had timed out, when it was the first request of all.
    fn late(&self) -> Option<Box<RawValue>> {
        None
    }

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
        let extra = (!request.meta.is_empty()).then_some(request.meta);
        let meta = request.revision.is_modern() || token.is_some() || extra.is_some();
        let mut out =
            Vec::with_capacity(request.fields.len() + self.info.len() + self.capabilities.len() + 256);
        out.push(b'{');
        out.extend_from_slice(request.fields);
        if meta {
            if !request.fields.is_empty() {
                out.push(b',');
            }
            out.extend_from_slice(br#""_meta":"#);
            write_meta(&mut out, request.revision, &self.info, &self.capabilities, token, extra);
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

/// No answer in time.
pub(crate) fn deadline(method: &str, wait: Wait, over: Over) -> Error {
    let detail = match over {
        Over::Timeout => format!("no answer to {method} within {} ms", wait.timeout.as_millis()),
        Over::Total => {
            format!(
                "no answer to {method} within {} ms, whatever it reported (max_total)",
                wait.total.as_millis()
            )
        }
    };
    Error::new(ErrorKind::DeadlineExceeded, detail)
}

/// The mark of an error that means that nothing was sent.
pub(crate) const UNSENT: (&str, &str) = ("sent", "no");

/// Whether the request behind the error surely never reached its server.
pub(crate) fn unsent(error: &Error) -> bool {
    error.context.iter().any(|(name, value)| (*name, value.as_str()) == UNSENT)
}

/// The mark of an error that came after the user had been asked something.
const ASKED: (&str, &str) = ("asked", "yes");

/// Whether the user was asked something on behalf of the request, perhaps: others may have been open as well.
pub(crate) fn asked(error: &Error) -> bool {
    error.context.iter().any(|(name, value)| (*name, value.as_str()) == ASKED)
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

/// Reads a notification. What belongs to no request goes to the hub; what cannot be read is reported and ignored.
pub(crate) fn read_notification(notification: &Notification<'_>, context: &Context) -> News {
    match notification.method.as_ref() {
        methods::PROGRESS => match meta::Progress::parse(notification.params) {
            Ok(p) => News::Progress(
                p.token,
                Progress { progress: p.progress, total: p.total, message: p.message.map(Into::into) },
            ),
            Err(error) => {
                context.log.line(LogLevel::Warning, &format!("skipped a progress report: {}", error.detail));
                News::Nothing
            }
        },
        methods::CANCELLED => match meta::parse_cancelled(notification.params) {
            Ok((id, _)) => News::Cancelled(id),
            Err(_) => News::Nothing,
        },
        method => {
            context.hub.receive(method, notification.params);
            News::Nothing
        }
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

    /// When one request was sent, and when it last said something.
    pub(crate) fn start(&self) -> Beat {
        let now = self.mark();
        Beat { start: now, last: Mutex::new(now) }
    }

    fn mark(&self) -> Mark {
        Mark { at: Instant::now(), paused: self.read().1 }
    }

    /// Marks a failure that a question to the user came before.
    pub(crate) fn mark_asked<T>(&self, beat: &Beat, outcome: Result<T, Error>) -> Result<T, Error> {
        outcome.map_err(|error| match self.read().1 > beat.start.paused {
            true => error.with_context(ASKED.0, ASKED.1),
            false => error,
        })
    }

    /// The request of `beat` has said something.
    pub(crate) fn touch(&self, beat: &Beat) {
        *beat.last.lock().unwrap_or_else(PoisonError::into_inner) = self.mark();
    }

    /// Resolves when the time is over, pauses not counted. Cancel-safe.
    pub(crate) async fn expired(&self, wait: Wait, beat: &Beat) -> Over {
        loop {
            let changed = self.changed.notified();
            let (paused, total) = self.read();
            if paused {
                changed.await;
                continue;
            }
            let used = |mark: Mark| mark.at.elapsed().saturating_sub(total.saturating_sub(mark.paused));
            let last = *beat.last.lock().unwrap_or_else(PoisonError::into_inner);
            let since = if wait.reset { last } else { beat.start };
            let (timeout, all) =
                (wait.timeout.saturating_sub(used(since)), wait.total.saturating_sub(used(beat.start)));
            if timeout.is_zero() {
                return Over::Timeout;
            }
            if all.is_zero() {
                return Over::Total;
            }
            tokio::time::sleep(timeout.min(all)).await;
        }
    }
}

/// A moment, and how long the clock had stood still by then.
#[derive(Copy, Clone)]
struct Mark {
    at: Instant,
    paused: Duration,
}

/// The clock of one request.
pub(crate) struct Beat {
    start: Mark,
    last: Mutex<Mark>,
}

/// Which time is over.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Over {
    Timeout,
    Total,
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
        let wait = Wait::only(Duration::from_secs(5));
        let beat = patience.start();
        tokio::join!(ask, patience.expired(wait, &beat));
        assert_eq!(start.elapsed().as_secs(), 105);
        let start = Instant::now();
        let beat = patience.start();
        assert_eq!(patience.expired(wait, &beat).await, Over::Timeout);
        assert_eq!(start.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn reports_start_the_timeout_anew_but_not_the_total() {
        let patience = Patience::default();
        let wait = Wait { timeout: Duration::from_secs(5), reset: true, total: Duration::from_secs(12) };
        let (start, beat) = (Instant::now(), patience.start());
        let report = async {
            loop {
                tokio::time::sleep(Duration::from_secs(4)).await;
                patience.touch(&beat);
            }
        };
        let over = tokio::select! {
            over = patience.expired(wait, &beat) => over,
            () = report => unreachable!("reports never end"),
        };
        assert_eq!((over, start.elapsed().as_secs()), (Over::Total, 12));
        let (start, beat) = (Instant::now(), patience.start());
        let report = async {
            tokio::time::sleep(Duration::from_secs(4)).await;
            patience.touch(&beat);
            std::future::pending::<()>().await;
        };
        let over = tokio::select! {
            over = patience.expired(wait, &beat) => over,
            () = report => unreachable!("reports never end"),
        };
        assert_eq!((over, start.elapsed().as_secs()), (Over::Timeout, 9));
    }
}
