//! The session handle: every function of the contract, one to one.
use std::time::{Duration, Instant};

use bytes::Bytes;
use dovetail_bridge::{BridgeError, Event, Shape};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors::raised;
use crate::runtime::Runtime;

/// How long a wait may go on before Ctrl-C is looked at.
const SIGNAL_CHECK: Duration = Duration::from_millis(100);

/// An event as Python sees it: kind, code, key, payload.
pub(crate) type EventTuple<'py> = (u32, i32, u64, Bound<'py, PyBytes>);

/// One client, one server or one testkit loop.
#[pyclass(frozen, module = "dovetail._native")]
pub(crate) struct Session {
    bridge: dovetail_bridge::Session,
}

/// Opens a server with its tools; it serves nothing yet.
#[pyfunction]
pub(crate) fn server_open(py: Python<'_>, runtime: &Runtime, config: &[u8]) -> PyResult<Session> {
    let opened = dovetail_bridge::Session::server(&runtime.0, Bytes::copy_from_slice(config));
    opened.map(Session::new).map_err(|error| raised(py, &error))
}

/// Opens a client; `done(key)` says that it is connected. `server` is the other end for a target in this process.
#[pyfunction]
#[pyo3(signature = (runtime, key, config, server=None))]
pub(crate) fn client_open(
    py: Python<'_>,
    runtime: &Runtime,
    key: u64,
    config: &[u8],
    server: Option<&Session>,
) -> PyResult<Session> {
    let config = Bytes::copy_from_slice(config);
    let opened =
        dovetail_bridge::Session::client(&runtime.0, key, config, server.map(|server| &server.bridge));
    opened.map(Session::new).map_err(|error| raised(py, &error))
}

/// Opens a loopback session for the bridge scripts (development builds only).
#[cfg(feature = "testkit")]
#[pyfunction]
pub(crate) fn testkit_open(py: Python<'_>, runtime: &Runtime) -> PyResult<Session> {
    dovetail_bridge::Session::testkit(&runtime.0).map(Session::new).map_err(|error| raised(py, &error))
}

impl Session {
    fn new(bridge: dovetail_bridge::Session) -> Self {
        Self { bridge }
    }

    /// The bridge's handle, refused in a forked child before any lock is touched.
    pub(crate) fn bridge(&self, py: Python<'_>) -> PyResult<&dovetail_bridge::Session> {
        self.bridge.check_process().map(|()| &self.bridge).map_err(|error| raised(py, &error))
    }

    fn checked<T>(
        &self,
        py: Python<'_>,
        ask: impl FnOnce(&dovetail_bridge::Session) -> Result<T, BridgeError>,
    ) -> PyResult<T> {
        ask(self.bridge(py)?).map_err(|error| raised(py, &error))
    }
}

#[pymethods]
impl Session {
    fn serve(&self, py: Python<'_>, key: u64, config: &[u8]) -> PyResult<()> {
        self.checked(py, |session| session.serve(key, Bytes::copy_from_slice(config)))
    }

    fn request(
        &self,
        py: Python<'_>,
        key: u64,
        operation: &str,
        params: &[u8],
        options: &[u8],
    ) -> PyResult<()> {
        let (params, options) = (Bytes::copy_from_slice(params), Bytes::copy_from_slice(options));
        self.checked(py, |session| session.request(key, operation, params, options))
    }

    fn exchange(&self, py: Python<'_>, key: u64, head: &[u8], body: &[u8]) -> PyResult<()> {
        let (head, body) = (Bytes::copy_from_slice(head), Bytes::copy_from_slice(body));
        self.checked(py, |session| session.exchange(key, head, body))
    }

    /// Up to `max` events; waits `timeout_ms` for the first one (0: not at all, `None`: without a bound).
    #[pyo3(signature = (max=64, timeout_ms=Some(0)))]
    fn next_events<'py>(
        &self,
        py: Python<'py>,
        max: usize,
        timeout_ms: Option<u64>,
    ) -> PyResult<Vec<EventTuple<'py>>> {
        let session = self.bridge(py)?;
        let deadline = timeout_ms.map(|timeout| Instant::now() + Duration::from_millis(timeout));
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let slice = left.map_or(SIGNAL_CHECK, |left| left.min(SIGNAL_CHECK));
            if (!slice.is_zero() && py.detach(|| session.wait(Some(slice))))
                || left.is_some_and(|left| left <= slice)
            {
                break;
            }
            py.check_signals()?;
        }
        let mut events: Vec<Event> = Vec::new();
        session.drain(max, &mut events);
        Ok(events.into_iter().map(|event| flat(py, &event)).collect())
    }

    /// Lets a message go on that waits for a layer; with a key other than 0, `done` tells what it came to.
    #[pyo3(signature = (call, key, patch=None))]
    fn proceed(&self, py: Python<'_>, call: u64, key: u64, patch: Option<&[u8]>) -> PyResult<()> {
        self.checked(py, |session| session.proceed(call, key, patch.unwrap_or_default()))
    }

    fn reply(&self, py: Python<'_>, call: u64, shape: u32, json: &[u8]) -> PyResult<()> {
        let json = Bytes::copy_from_slice(json);
        self.checked(py, |session| session.reply(call, Shape::from_number(shape)?, json))
    }

    fn fail(&self, py: Python<'_>, call: u64, json: &[u8]) -> PyResult<()> {
        self.checked(py, |session| session.fail(call, json))
    }

    fn progress(&self, py: Python<'_>, call: u64, json: &[u8]) -> PyResult<()> {
        self.checked(py, |session| session.progress(call, json))
    }

    fn log(&self, py: Python<'_>, call: u64, json: &[u8]) -> PyResult<()> {
        self.checked(py, |session| session.log(call, json))
    }

    fn record(&self, py: Python<'_>, call: u64, json: &[u8]) -> PyResult<()> {
        self.checked(py, |session| session.record(call, json))
    }

    /// Changes what a server offers, or announces a change.
    fn update(&self, py: Python<'_>, json: &[u8]) -> PyResult<()> {
        self.checked(py, |session| session.update(json))
    }

    fn ask(&self, py: Python<'_>, call: u64, key: u64, question: &[u8]) -> PyResult<()> {
        self.checked(py, |session| session.ask(call, key, Bytes::copy_from_slice(question)))
    }

    fn call_info<'py>(&self, py: Python<'py>, call: u64) -> PyResult<Bound<'py, PyBytes>> {
        let info = self.checked(py, |session| session.call_info(call))?;
        Ok(PyBytes::new(py, &info))
    }

    fn cancel(&self, py: Python<'_>, key: u64) -> PyResult<()> {
        self.checked(py, |session| session.cancel(key))
    }

    fn close(&self, py: Python<'_>, key: u64, deadline_ms: u64) -> PyResult<()> {
        self.checked(py, |session| session.close(key, Duration::from_millis(deadline_ms)))
    }

    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.bridge(py)?.status()))
    }
}

/// An event as a tuple.
pub(crate) fn flat<'py>(py: Python<'py>, event: &Event) -> EventTuple<'py> {
    (event.kind as u32, event.code, event.key, PyBytes::new(py, &event.payload))
}
