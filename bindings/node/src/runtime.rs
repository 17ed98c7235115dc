//! The runtime as one JavaScript environment sees it, and what is opened on it.
use std::sync::Arc;

use napi::Env;
use napi_derive::napi;

use crate::entry::{Json, bytes, entry, id, milliseconds};
use crate::hub::{Hub, WakeFunction};
use crate::session::Session;

/// A runtime together with the wake-up of the environment that asked for it.
#[napi]
pub struct Runtime {
    inner: dovetail_bridge::Runtime,
    hub: Arc<Hub>,
}

#[napi]
impl Runtime {
    /// The ids of the sessions that have events. To be asked after each wake-up, before the events are fetched.
    #[napi]
    pub fn take_ready(&self) -> Vec<u32> {
        self.hub.take_ready()
    }

    pub(crate) fn adopt(&self, session: dovetail_bridge::Session) -> Session {
        Session::new(session, self.hub.clone())
    }
}

fn in_environment(env: &Env, inner: dovetail_bridge::Runtime, wake: WakeFunction) -> napi::Result<Runtime> {
    let hub = Arc::new(Hub::new(wake));
    env.add_env_cleanup_hook(hub.clone(), |hub| hub.close_all())?;
    Ok(Runtime { inner, hub })
}

/// Starts a runtime of its own. `wake` is called without arguments when events wait, once per burst.
#[napi]
pub fn runtime_new(env: &Env, wake: WakeFunction) -> napi::Result<Runtime> {
    let inner = entry(dovetail_bridge::Runtime::new)?;
    in_environment(env, inner, wake)
}

/// The runtime of this process, with the wake-up of this environment.
#[napi]
pub fn runtime_default(env: &Env, wake: WakeFunction) -> napi::Result<Runtime> {
    let inner = entry(dovetail_bridge::Runtime::process_default)?;
    in_environment(env, inner, wake)
}

/// Closes every session and stops the runtime's thread. Blocks, for `deadlineMs` at the most.
#[napi]
pub fn runtime_shutdown(runtime: &Runtime, deadline_ms: u32) -> napi::Result<()> {
    entry(|| {
        runtime.inner.shutdown(milliseconds(deadline_ms));
        Ok(())
    })
}

/// Opens a server from its configuration. Nobody can reach it before it serves or a client is opened to it.
#[napi]
pub fn server_open(runtime: &Runtime, config: Json) -> napi::Result<Session> {
    let session = entry(|| dovetail_bridge::Session::server(&runtime.inner, bytes(config)))?;
    Ok(runtime.adopt(session))
}

/// Opens a client; it is connected at the `done` event with `key`. `server` is the target when the
/// configuration says that it is one of this process.
#[napi]
pub fn client_open(
    runtime: &Runtime,
    key: f64,
    config: Json,
    server: Option<&Session>,
) -> napi::Result<Session> {
    let session = entry(|| {
        let server = server.map(Session::inner);
        dovetail_bridge::Session::client(&runtime.inner, id(key, "key")?, bytes(config), server)
    })?;
    Ok(runtime.adopt(session))
}

/// Opens a loopback session for the bridge scripts. In development builds only.
#[cfg(feature = "testkit")]
#[napi]
pub fn testkit_open(runtime: &Runtime) -> napi::Result<Session> {
    let session = entry(|| dovetail_bridge::Session::testkit(&runtime.inner))?;
    Ok(runtime.adopt(session))
}
