//! The runtime handle, and what is asked of the module as a whole.
use std::time::Duration;

use pyo3::prelude::*;

use crate::errors::raised;

/// One executor on a thread of its own that never enters Python.
#[pyclass(frozen, module = "dovetail._native")]
pub(crate) struct Runtime(pub(crate) dovetail_bridge::Runtime);

/// The version of the boundary contract that this module speaks.
#[pyfunction]
pub(crate) fn contract_version() -> u32 {
    dovetail_bridge::CONTRACT_VERSION
}

/// Starts a runtime of one's own.
#[pyfunction]
pub(crate) fn runtime_new(py: Python<'_>) -> PyResult<Runtime> {
    py.detach(dovetail_bridge::Runtime::new).map(Runtime).map_err(|error| raised(py, &error))
}

/// The runtime of this process, started at the first call.
#[pyfunction]
pub(crate) fn runtime_default(py: Python<'_>) -> PyResult<Runtime> {
    py.detach(dovetail_bridge::Runtime::process_default).map(Runtime).map_err(|error| raised(py, &error))
}

/// Closes every session and stops the thread, in `deadline_ms` at the latest. Idempotent.
#[pyfunction]
pub(crate) fn runtime_shutdown(py: Python<'_>, runtime: &Runtime, deadline_ms: u64) {
    let runtime = &runtime.0;
    py.detach(|| runtime.shutdown(Duration::from_millis(deadline_ms)));
}
