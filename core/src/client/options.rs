//! What a program may decide about each request.
//!
//! Owns the defaults and how options combine. Must never send anything.

use std::sync::Arc;
use std::time::Duration;

use dovetail_protocol::{Error, Limits, RawValue};
use serde::Serialize;

use super::json;
use super::request::check_meta;

/// Other options for the requests of a client; what is `None` stays as it is. See
/// [`Client::with_options`](crate::Client::with_options).
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How long to wait for an answer. Default: `call_timeout` of the limits, 60 s.
    pub timeout: Option<Duration>,
    /// Whether a progress report starts the timeout anew. Default: yes.
    pub reset_on_progress: Option<bool>,
    /// How long to wait altogether, whatever is reported; the time questions wait for the user does not count.
    /// Default: `call_total` of the limits, 10 min.
    pub max_total: Option<Duration>,
    /// How often a request is sent again that failed for a moment. Only what is safe is repeated: reads, tools that
    /// say they are idempotent or only read, and what surely did not reach the server, which is tried three times
    /// more because the server may be starting again. Default: `retries` of the limits, 2.
    pub retries: Option<u32>,
    /// Metadata of the requests, a JSON object. Default: none.
    pub meta: Option<Box<RawValue>>,
}

/// The options of one request, complete.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) timeout: Duration,
    pub(crate) reset_on_progress: bool,
    pub(crate) max_total: Duration,
    pub(crate) retries: u32,
    pub(crate) meta: Option<Arc<RawValue>>,
}

impl Settings {
    pub(crate) fn new(limits: &Limits) -> Self {
        let timeout = limits.call_timeout;
        Self {
            timeout,
            reset_on_progress: true,
            max_total: limits.call_total.max(timeout),
            retries: limits.retries,
            meta: None,
        }
    }

    pub(crate) fn with(&self, options: Options) -> Result<Self, Error> {
        let mut with = self.clone();
        if let Some(timeout) = options.timeout {
            with.set_timeout(timeout);
        }
        with.max_total = options.max_total.unwrap_or(with.max_total);
        with.reset_on_progress = options.reset_on_progress.unwrap_or(with.reset_on_progress);
        with.retries = options.retries.unwrap_or(with.retries);
        if let Some(meta) = options.meta {
            with.set_meta(&meta)?;
        }
        Ok(with)
    }

    /// A timeout that is longer than the total means that the total is too short.
    pub(crate) fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
        self.max_total = self.max_total.max(timeout);
    }

    pub(crate) fn set_meta(&mut self, meta: impl Serialize) -> Result<(), Error> {
        self.meta = match json::object(meta, "metadata")? {
            Some(raw) => {
                check_meta(&raw)?;
                Some(raw.into())
            }
            None => None,
        };
        Ok(())
    }
}
