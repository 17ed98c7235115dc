//! The runtime object, and what is opened on it.
use std::sync::Arc;
use std::time::Duration;

use crate::{Fault, Session};

/// The executor thread behind sessions. Dropping the last handle does not end it while sessions live.
#[derive(uniffi::Object)]
pub struct Runtime(dovetail_bridge::Runtime);

#[uniffi::export]
impl Runtime {
    /// Starts a runtime of its own.
    #[uniffi::constructor]
    pub fn new() -> Result<Self, Fault> {
        Ok(Self(dovetail_bridge::Runtime::new()?))
    }

    /// The runtime of this process, started at the first call.
    #[uniffi::constructor]
    pub fn process_default() -> Result<Self, Fault> {
        Ok(Self(dovetail_bridge::Runtime::process_default()?))
    }

    /// Closes every session and stops the thread, within `deadline_ms` milliseconds. Blocks until then; afterwards
    /// every completion is queued and every child process is gone.
    pub fn shutdown(&self, deadline_ms: u64) {
        self.0.shutdown(Duration::from_millis(deadline_ms));
    }

    /// Opens a server from its configuration, a JSON object.
    pub fn server_open(&self, config: Vec<u8>) -> Result<Arc<Session>, Fault> {
        let session = dovetail_bridge::Session::server(&self.0, config.into())?;
        Ok(Session::new(session))
    }

    /// Opens a client from its configuration, a JSON object; `key` completes when it is connected. `server` is the
    /// session of a server of this process, when the target says so.
    pub fn client_open(
        &self,
        key: u64,
        config: Vec<u8>,
        server: Option<Arc<Session>>,
    ) -> Result<Arc<Session>, Fault> {
        let server = server.as_ref().map(|server| server.bridge());
        let session = dovetail_bridge::Session::client(&self.0, key, config.into(), server)?;
        Ok(Session::new(session))
    }

    /// Opens a loopback session for the bridge scripts. Only development builds have it; others refuse with
    /// `invalid_state`. The function itself is always there, so that generated code fits both builds.
    pub fn testkit_open(&self) -> Result<Arc<Session>, Fault> {
        #[cfg(feature = "testkit")]
        return Ok(Session::new(dovetail_bridge::Session::testkit(&self.0)?));
        #[cfg(not(feature = "testkit"))]
        return Err(dovetail_bridge::BridgeError::new(
            dovetail_bridge::Code::InvalidState,
            "this build has no testkit",
        )
        .into());
    }
}
