//! A request that is built first and sent when it is awaited.
//!
//! Owns the options every request has. Must never send anything before it is awaited.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use dovetail_protocol::types::{Reference, complete_params};
use dovetail_protocol::{Error, RawValue};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Serialize;

use super::Client;
use super::json::inner;
use super::request::Job;
use super::result::Progress;
use dovetail_protocol::types::Completion;

type Decode<T> = Box<dyn FnOnce(&Client, Box<RawValue>) -> Result<T, Error> + Send>;

/// A request that has not been sent; awaiting it sends it. Dropping the future takes the request back.
#[must_use = "a request is sent when it is awaited"]
pub struct Pending<T> {
    client: Client,
    job: Result<Job, Error>,
    decode: Decode<T>,
    completing: Option<Completing>,
}

/// A completion whose known arguments are still being collected.
struct Completing {
    reference: Reference,
    argument: String,
    value: String,
    context: Vec<(String, String)>,
}

impl<T> Pending<T> {
    pub(crate) fn new(
        client: &Client,
        job: Result<Job, Error>,
        decode: impl FnOnce(&Client, Box<RawValue>) -> Result<T, Error> + Send + 'static,
    ) -> Self {
        Self { client: client.clone(), job, decode: Box::new(decode), completing: None }
    }

    fn change(mut self, change: impl FnOnce(&mut Job) -> Result<(), Error>) -> Self {
        self.job = self.job.and_then(|mut job| change(&mut job).map(|()| job));
        self
    }

    /// How long to wait for an answer; the time a question waits for the user does not count. Default: the client's.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.change(|job| {
            job.settings.set_timeout(timeout);
            Ok(())
        })
    }

    /// How long to wait altogether, whatever is reported. Default: the client's.
    pub fn max_total(self, total: Duration) -> Self {
        self.change(|job| {
            job.settings.max_total = total;
            Ok(())
        })
    }

    /// Whether a progress report starts the timeout anew. Default: the client's.
    pub fn reset_on_progress(self, reset: bool) -> Self {
        self.change(|job| {
            job.settings.reset_on_progress = reset;
            Ok(())
        })
    }

    /// How often the request is sent again when it fails for a moment and repeating it is safe. Default: the client's.
    pub fn retries(self, retries: u32) -> Self {
        self.change(|job| {
            job.settings.retries = retries;
            Ok(())
        })
    }

    /// Adds metadata, a JSON object. The keys that the protocol writes itself are refused.
    pub fn meta(self, meta: impl Serialize) -> Self {
        self.change(|job| job.settings.set_meta(meta))
    }

    /// Asks the server even if an answer that is still fresh is known.
    pub fn fresh(self) -> Self {
        self.change(|job| {
            job.cached = false;
            Ok(())
        })
    }

    /// Asks for progress reports and takes them, in the task that awaits the request. None comes after the result.
    /// When reports come faster than they are taken, the newest replace older ones.
    pub fn on_progress(self, sink: impl FnMut(Progress) + Send + 'static) -> Self {
        self.change(|job| {
            job.progress = Some(Box::new(sink));
            Ok(())
        })
    }

    async fn run(mut self) -> Result<T, Error>
    where
        T: Send + 'static,
    {
        let mut job = self.job?;
        if let Some(about) = self.completing.take() {
            let params = complete_params(&about.reference, &about.argument, &about.value, &about.context);
            job.fields = inner(&params).to_vec();
        }
        let raw = self.client.perform(job).await?;
        (self.decode)(&self.client, raw)
    }
}

impl Pending<Completion> {
    pub(crate) fn completing(mut self, reference: Reference, argument: String, value: String) -> Self {
        self.completing = Some(Completing { reference, argument, value, context: Vec::new() });
        self
    }

    /// Names an argument that is known already, so that what is offered can suit it. Revisions without that leave it
    /// out.
    pub fn context(mut self, argument: impl Into<String>, value: impl Into<String>) -> Self {
        if let Some(about) = &mut self.completing {
            about.context.push((argument.into(), value.into()));
        }
        self
    }
}

impl<T: Send + 'static> IntoFuture for Pending<T> {
    type Output = Result<T, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = self.job.as_ref().map(|job| job.method.as_ref()).unwrap_or("");
        f.debug_struct("Pending").field("method", &method).finish_non_exhaustive()
    }
}
