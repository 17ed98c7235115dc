//! The session object: the functions of a session that are not part of the call pump. Those of the pump (`request`,
//! `next_events`, `reply`, `fail`, `progress`, `cancel`) are not here, so that no function has two ways in.
use std::sync::Arc;
use std::time::Duration;

use dovetail_c::DovetailSession;

use crate::Fault;

/// A server, a client or a testkit loop. Dropping the last reference closes it without a deadline.
#[derive(uniffi::Object)]
pub struct Session(DovetailSession);

impl Session {
    pub(crate) fn new(session: dovetail_bridge::Session) -> Arc<Self> {
        Arc::new(Self(DovetailSession::new(session)))
    }

    pub(crate) fn bridge(&self) -> &dovetail_bridge::Session {
        self.0.session()
    }
}

#[uniffi::export]
impl Session {
    /// The address to pass to the functions of the C ABI in this library as `const DovetailSession *`. This object
    /// owns what is there: the address is valid as long as this object is referenced, and must never be given to
    /// `dovetail_session_free`.
    pub fn handle(&self) -> u64 {
        std::ptr::from_ref(&self.0).expose_provenance() as u64
    }

    /// Serves: `{"stdio": true}` or `{"http": "host:port", …}`. A `ready` event tells that it listens; `key`
    /// completes when it ended.
    pub fn serve(&self, key: u64, config: Vec<u8>) -> Result<(), Fault> {
        Ok(self.bridge().serve(key, config.into())?)
    }

    /// Asks the user behind a call; `key` completes with the answer, or with `suspended` when this run is over.
    pub fn ask(&self, call: u64, key: u64, question: Vec<u8>) -> Result<(), Fault> {
        Ok(self.bridge().ask(call, key, question.into())?)
    }

    /// What is known about a call, a JSON object.
    pub fn call_info(&self, call: u64) -> Result<Vec<u8>, Fault> {
        Ok(self.bridge().call_info(call)?.into())
    }

    /// Accepts nothing new, drains for `deadline_ms` milliseconds, then aborts; completes `key`, then everything
    /// open, then comes `closed`. (`close` is a name that UniFFI keeps for itself.)
    pub fn close_session(&self, key: u64, deadline_ms: u64) -> Result<(), Fault> {
        Ok(self.bridge().close(key, Duration::from_millis(deadline_ms))?)
    }

    /// `{open, ops, calls, queued, …}`, a JSON object; works after the end as well.
    pub fn status(&self) -> Vec<u8> {
        self.bridge().status().into()
    }
}
