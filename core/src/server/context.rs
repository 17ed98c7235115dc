//! What a handler may do while it runs: report, log, and look at its request. Questions are in [`questions`].
//!
//! [`questions`]: super::questions
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use dovetail_protocol::rounds::{QuestionKind, Run};
use dovetail_protocol::types::{self, Level};
use dovetail_protocol::{Error, ErrorKind, RawValue, Revision, jsonrpc, meta, methods, revision};
use serde::Serialize;

use super::incoming::{Incoming, Urgency};
use super::snapshot::Snapshot;
use super::suspend::{Gone, Suspension};

/// The running call, as its handler sees it. Cheap to clone.
///
/// After a question that has no answer yet, this run of the handler is over: every method that can fail fails with
/// [`ErrorKind::Suspended`], and the handler is run again from its beginning when the answer is there
/// (specification: `basic/patterns/mrtr`).
#[derive(Clone)]
pub struct Context(pub(super) Arc<Running>);

/// Whether, and how, a handler may ask.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Asking {
    /// The specification allows no questions during this request.
    No,
    /// Answers count for questions that were put.
    Sealed,
    /// Answers to named questions count although they were not put yet.
    Open,
}

pub(crate) struct Running {
    pub(crate) incoming: Box<Incoming>,
    /// The rounds of this call; only on revisions whose questions travel in results.
    pub(crate) run: Option<Mutex<Run>>,
    pub(crate) suspension: Suspension,
    pub(crate) gone: Gone,
    pub(super) asking: Asking,
    pub(super) snapshot: Arc<Snapshot>,
    deadline: Option<Instant>,
    progress: Mutex<f64>,
}

/// What is known about the request of a call.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallInfo<'a> {
    /// The wire method.
    pub method: &'a str,
    /// The tool or prompt, or the URI of the resource.
    pub name: &'a str,
    /// The revision that this request speaks.
    pub revision: &'a str,
    /// The client's `Implementation` object, self-reported.
    pub client: Option<&'a RawValue>,
    /// What the client can be asked for.
    pub client_capabilities: Option<&'a RawValue>,
    /// The `_meta` object of the request.
    pub meta: Option<&'a RawValue>,
    /// Whether the client wants progress.
    pub progress: bool,
    /// Who calls; `None` is anonymous.
    pub principal: Option<&'a str>,
    /// How often this call was interrupted by questions before.
    pub round: u32,
}

impl Context {
    pub(crate) fn new(
        incoming: Box<Incoming>,
        run: Option<Run>,
        snapshot: Arc<Snapshot>,
        asking: Asking,
    ) -> Self {
        let deadline = snapshot.deadline().map(|deadline| Instant::now() + deadline);
        Self(Arc::new(Running {
            incoming,
            run: run.map(Mutex::new),
            suspension: Suspension::default(),
            gone: Gone::default(),
            asking,
            snapshot,
            deadline,
            progress: Mutex::new(f64::NEG_INFINITY),
        }))
    }

    pub(crate) fn running(&self) -> &Running {
        &self.0
    }

    /// Tells the client how far the work is; nothing happens when it did not ask. Values must grow, others are
    /// dropped; a client that reads slowly sees the newest value only (`basic/patterns/progress`).
    pub fn progress(&self, progress: f64, total: Option<f64>, message: Option<&str>) {
        let incoming = &self.0.incoming;
        let Some(token) = &incoming.progress_token else { return };
        if !progress.is_finite() || self.0.suspension.is_over() {
            return;
        }
        let mut last = self.0.progress.lock().unwrap_or_else(PoisonError::into_inner);
        if progress <= *last {
            return;
        }
        *last = progress;
        let total = total.filter(|total| total.is_finite());
        let params = meta::progress_params(token, progress, total, message);
        self.send(Urgency::Progress, methods::PROGRESS, &params);
    }

    /// Sends a log message to the client, if it wants messages of this level: on revision 2026-07-28 only when the
    /// request asked for them, in sessions from the level that the client has set, `info` at first. A client that
    /// reads slowly loses some (`server/utilities/logging`).
    pub fn log(&self, level: Level, data: impl Serialize) {
        self.log_json(level, None, || serde_json::to_vec(&data).ok());
    }

    /// As [`Context::log`], with the name of the part of the program that reports.
    pub fn log_as(&self, logger: &str, level: Level, data: impl Serialize) {
        self.log_json(level, Some(logger), || serde_json::to_vec(&data).ok());
    }

    /// As [`Context::log_as`], with data that is JSON already and only made when somebody wants it.
    pub fn log_json(&self, level: Level, logger: Option<&str>, data: impl FnOnce() -> Option<Vec<u8>>) {
        if !self.0.incoming.logs(level) || self.0.suspension.is_over() {
            return;
        }
        if let Some(data) = data() {
            self.send(Urgency::Lossy, methods::LOG_MESSAGE, &types::log_params(level, logger, &data));
        }
    }

    /// Sends a notification of an extension to the client, on the stream of this request.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidConfig`] when the parameters are not a JSON object.
    pub fn notify(&self, method: &str, params: &[u8]) -> Result<(), Error> {
        let object = serde_json::from_slice::<&RawValue>(params).is_ok_and(|raw| raw.get().starts_with('{'));
        if !object {
            return Err(Error::new(
                ErrorKind::InvalidConfig,
                "the parameters of a notification are a JSON object",
            ));
        }
        self.send(Urgency::Required, method, params);
        Ok(())
    }

    fn send(&self, urgency: Urgency<'_>, method: &str, params: &[u8]) {
        let incoming = &self.0.incoming;
        // A notification that the revision cannot express is not sent.
        let Ok(params) = revision::adapt_params(incoming.revision, method, params) else { return };
        let mut frame = Vec::with_capacity(params.len() + method.len() + 48);
        jsonrpc::write_notification(&mut frame, method, &params);
        incoming.outbound.notify(urgency, frame.into());
    }

    /// Closes the connection that waits for this call, and delivers the rest when the client comes back for it
    /// after `retry`: for work that outlasts connections, on revisions with resumable streams
    /// (`2025-11-25/basic/transports`). Elsewhere nothing happens.
    pub fn detach(&self, retry: Option<std::time::Duration>) {
        self.0.incoming.outbound.detach(retry);
    }

    /// Facts about the request.
    pub fn info(&self) -> CallInfo<'_> {
        let incoming = &self.0.incoming;
        CallInfo {
            method: &incoming.method,
            name: incoming.name.as_deref().unwrap_or_default(),
            revision: incoming.revision.as_str(),
            client: incoming.client_info.as_ref().and_then(raw_slice),
            client_capabilities: incoming.client_capabilities.as_ref().and_then(raw_slice),
            meta: incoming.meta(),
            progress: incoming.progress_token.is_some(),
            principal: incoming.principal.as_deref(),
            round: self
                .0
                .run
                .as_ref()
                .map_or(0, |run| run.lock().unwrap_or_else(PoisonError::into_inner).rounds()),
        }
    }

    /// The revision that this request speaks.
    pub fn revision(&self) -> Revision {
        self.0.incoming.revision
    }

    /// Who calls; `None` is anonymous.
    pub fn principal(&self) -> Option<&str> {
        self.0.incoming.principal.as_deref()
    }

    /// When this run will be ended, if there is a deadline.
    pub fn deadline(&self) -> Option<Instant> {
        self.0.deadline
    }

    /// The application's own state of this type, as given to [`Server::state`](crate::Server::state).
    pub fn state<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.0.snapshot.state::<T>()
    }

    /// Whether the client can be asked this.
    pub fn can(&self, kind: QuestionKind) -> bool {
        self.0.asking != Asking::No && self.0.incoming.capabilities.can(kind)
    }

    /// Resolves when nobody waits for the outcome any more: the client cancelled or went away, or the deadline
    /// passed. The future of the handler is dropped then, so this is for what it has started. Cancel-safe.
    pub async fn cancelled(&self) {
        self.0.gone.wait().await;
    }

    /// Whether [`Context::cancelled`] has resolved.
    pub fn is_cancelled(&self) -> bool {
        self.0.gone.is_set()
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("info", &self.info()).finish()
    }
}

fn raw_slice(bytes: &Bytes) -> Option<&RawValue> {
    serde_json::from_slice(bytes).ok()
}
