//! The done callback of a handler's task.
use std::sync::Arc;

use pyo3::prelude::*;

use crate::handler::Handler;
use crate::host::Host;

/// Answers for one call when its task has ended.
#[pyclass(frozen, module = "dovetail._native")]
pub(crate) struct Finish {
    host: Arc<Host>,
    call: u64,
    handler: Arc<Handler>,
}

impl Finish {
    pub(crate) fn new(host: Arc<Host>, call: u64, handler: Arc<Handler>) -> Self {
        Self { host, call, handler }
    }
}

#[pymethods]
impl Finish {
    fn __call__(&self, task: &Bound<'_, PyAny>) -> PyResult<()> {
        self.host.finished(self.call, &self.handler, task)
    }
}
