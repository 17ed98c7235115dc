//! Steps: side effects whose result is recorded, so that the next run of a handler does not repeat them.
use std::future::Future;
use std::sync::PoisonError;

use dovetail_protocol::{Error, RawValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::to_raw_value;

use super::questions::{settled, suspended};
use super::{Context, Failure};

impl Context {
    /// Does something once for the whole call, however often the handler is run again for its answers: the first
    /// run records the result, later runs get it back. `name` is unique among the steps of the handler. The result
    /// travels, sealed, through the client, and counts into the limit `state`.
    ///
    /// On revisions whose questions are requests, a handler runs once and the step is simply done.
    ///
    /// # Errors
    /// Those of the step itself, which are not recorded; a failure when the result has no JSON form or no longer
    /// fits the type; [`ErrorKind::InvalidConfig`](crate::ErrorKind::InvalidConfig) for a name that was used twice.
    pub async fn step<T, F, Fut>(&self, name: &str, act: F) -> Result<T, Failure>
    where
        T: Serialize + DeserializeOwned,
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, Failure>>,
    {
        if let Some(recorded) = settled(self.recorded(name)).await.map_err(Failure::Protocol)? {
            return serde_json::from_str(recorded.get()).map_err(|error| {
                Failure::Tool(format!("the recorded step {name:?} does not fit any more: {error}"))
            });
        }
        let value = act().await?;
        let json = to_raw_value(&value).map_err(|error| {
            Failure::Tool(format!("the result of step {name:?} has no JSON form: {error}"))
        })?;
        settled(self.record(name, json)).await.map_err(Failure::Protocol)?;
        Ok(value)
    }

    /// The recorded result of a step, if an earlier run did it. For bindings; see [`Context::step`].
    ///
    /// # Errors
    /// [`ErrorKind::Suspended`](crate::ErrorKind::Suspended) when the run is over, [`ErrorKind::InvalidConfig`](crate::ErrorKind::InvalidConfig) for a name that was used twice.
    pub fn recorded(&self, name: &str) -> Result<Option<Box<RawValue>>, Error> {
        if self.0.suspension.is_over() {
            return Err(suspended());
        }
        match &self.0.run {
            None => Ok(None),
            Some(run) => {
                let found = run.lock().unwrap_or_else(PoisonError::into_inner).step(name);
                found.map_err(|error| self.refused(error))
            }
        }
    }

    /// Records the result of a step. For bindings; see [`Context::step`].
    ///
    /// # Errors
    /// As [`Context::recorded`], and [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded).
    pub fn record(&self, name: &str, value: Box<RawValue>) -> Result<(), Error> {
        if self.0.suspension.is_over() {
            return Err(suspended());
        }
        match &self.0.run {
            None => Ok(()),
            Some(run) => {
                let recorded = run.lock().unwrap_or_else(PoisonError::into_inner).record_step(name, value);
                recorded.map_err(|error| self.refused(error))
            }
        }
    }
}
