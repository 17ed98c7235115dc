//! One tool call, with however many rounds of questions it takes.
//!
//! Owns what a call has beyond other requests: a failure of the tool's own is an error unless asked otherwise.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use dovetail_protocol::{Error, methods};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Serialize;

use super::Client;
use super::json::{object, push_string};
use super::pending::Pending;
use super::request::Job;
use super::result::{CallResult, Progress};

/// A tool call that has not been sent; awaiting it sends it. Made by [`Client::call`].
///
/// Dropping the future takes the call back at the server.
#[must_use = "a call is sent when it is awaited"]
pub struct Call {
    name: String,
    pending: Pending<CallResult>,
    raw: bool,
}

impl Call {
    pub(crate) fn new(client: &Client, name: String, arguments: impl Serialize) -> Self {
        let job = object(arguments, "arguments of a tool").map(|arguments| {
            let mut fields = br#""name":"#.to_vec();
            push_string(&mut fields, &name);
            if let Some(arguments) = &arguments {
                fields.extend_from_slice(br#","arguments":"#);
                fields.extend_from_slice(arguments.get().as_bytes());
            }
            Job::new(methods::TOOLS_CALL, fields, client.settings().clone()).named(&name)
        });
        Self { name, pending: Pending::new(client, job, |_, raw| Ok(CallResult::new(raw))), raw: false }
    }

    fn with(self, change: impl FnOnce(Pending<CallResult>) -> Pending<CallResult>) -> Self {
        Self { name: self.name, pending: change(self.pending), raw: self.raw }
    }

    /// How long to wait for an answer; the time a question waits for the user does not count. Default: the client's.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.with(|pending| pending.timeout(timeout))
    }

    /// How long to wait altogether, whatever is reported. Default: the client's.
    pub fn max_total(self, total: Duration) -> Self {
        self.with(|pending| pending.max_total(total))
    }

    /// Whether a progress report starts the timeout anew. Default: the client's.
    pub fn reset_on_progress(self, reset: bool) -> Self {
        self.with(|pending| pending.reset_on_progress(reset))
    }

    /// How often the call is sent again when it fails for a moment. Without a hint of the tool that calling it twice
    /// does no harm, only what surely did not reach it is repeated. Default: the client's.
    pub fn retries(self, retries: u32) -> Self {
        self.with(|pending| pending.retries(retries))
    }

    /// Adds metadata, a JSON object. The keys that the protocol writes itself are refused.
    pub fn meta(self, meta: impl Serialize) -> Self {
        self.with(|pending| pending.meta(meta))
    }

    /// Asks for progress reports and takes them, in the task that awaits the call. None comes after the result. When
    /// reports come faster than they are taken, the newest replace older ones.
    pub fn on_progress(self, sink: impl FnMut(Progress) + Send + 'static) -> Self {
        self.with(|pending| pending.on_progress(sink))
    }

    /// Gives results that report a failure of the tool as results, not as errors.
    pub fn raw(mut self) -> Self {
        self.raw = true;
        self
    }
}

impl IntoFuture for Call {
    type Output = Result<CallResult, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { pending, raw, .. } = self;
        async move {
            let result = pending.await?;
            if raw { Ok(result) } else { result.checked() }
        }
        .boxed()
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("name", &self.name).finish_non_exhaustive()
    }
}
