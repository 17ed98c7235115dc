//! Native module `dovetail._native` of the Python package.
//!
//! Owns the conversion between the bridge's bytes and Python objects, and the drain that hands calls to handlers.
//! It must never decide a protocol question, and its threads must never take the interpreter: Python pulls.
mod errors;
mod finish;
mod handler;
mod host;
mod pump;
mod runtime;
mod session;
mod signal;

use pyo3::prelude::*;

/// The functions and classes of the boundary, spelled as in `conformance/contract.toml`, and the `Pump` that ties a
/// session to an event loop.
#[pymodule]
#[pyo3(name = "_native")]
fn native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<runtime::Runtime>()?;
    module.add_class::<session::Session>()?;
    module.add_class::<pump::Pump>()?;
    module.add_function(wrap_pyfunction!(runtime::contract_version, module)?)?;
    module.add_function(wrap_pyfunction!(runtime::runtime_new, module)?)?;
    module.add_function(wrap_pyfunction!(runtime::runtime_default, module)?)?;
    module.add_function(wrap_pyfunction!(runtime::runtime_shutdown, module)?)?;
    module.add_function(wrap_pyfunction!(session::server_open, module)?)?;
    module.add_function(wrap_pyfunction!(session::client_open, module)?)?;
    #[cfg(feature = "testkit")]
    module.add_function(wrap_pyfunction!(session::testkit_open, module)?)?;
    Ok(())
}
