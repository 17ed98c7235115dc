//! Turns a bridge error into the one exception class of the package, `dovetail.errors.DovetailError`.
use dovetail_bridge::BridgeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyBytes;

static FROM_BODY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The Python exception for an error of the bridge.
pub(crate) fn raised(py: Python<'_>, error: &BridgeError) -> PyErr {
    let exception = FROM_BODY
        .get_or_try_init(py, || Ok(py.import("dovetail.errors")?.getattr("from_body")?.unbind()))
        .and_then(|from_body| from_body.call1(py, (PyBytes::new(py, &error.to_json()),)));
    match exception {
        Ok(exception) => PyErr::from_value(exception.into_bound(py)),
        Err(broken) => broken,
    }
}
