//! A handler as it was prepared at registration, and how one call of it begins.
use bytes::Bytes;
use dovetail_bridge::Shape;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};

/// How a handler runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A plain function, run at once in a context of its own.
    Inline,
    /// A coroutine function, run in a task.
    Coroutine,
    /// A function that returns a future of the loop (blocking handlers on their pool).
    Future,
}

/// What Python prepared: attributes of `dovetail._binding.Bound`.
pub(crate) struct Handler {
    mode: u32,
    function: Py<PyAny>,
    decode: Py<PyAny>,
    encode: Py<PyAny>,
    /// Whether a text that it returns is a plain value.
    texts: bool,
    context: Option<Py<PyAny>>,
    position: usize,
}

/// A result, and how its bytes are meant.
pub(crate) struct Encoded {
    pub(crate) shape: Shape,
    pub(crate) bytes: Bytes,
}

/// The arguments of one call, ready to be handed over.
pub(crate) struct Arguments<'py> {
    pub(crate) positional: Bound<'py, PyTuple>,
    pub(crate) context: Option<Bound<'py, PyAny>>,
}

impl<'py> FromPyObject<'_, 'py> for Handler {
    type Error = PyErr;

    fn extract(prepared: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let handler = Self {
            mode: prepared.getattr("mode")?.extract()?,
            function: prepared.getattr("handler")?.unbind(),
            decode: prepared.getattr("decode")?.unbind(),
            encode: prepared.getattr("encode")?.unbind(),
            texts: prepared.getattr("texts")?.extract()?,
            context: prepared.getattr("context")?.extract()?,
            position: prepared.getattr("position")?.extract()?,
        };
        if handler.mode > 2 {
            return Err(PyValueError::new_err("a mode is 0, 1 or 2"));
        }
        Ok(handler)
    }
}

impl Handler {
    pub(crate) fn mode(&self) -> Mode {
        match self.mode {
            0 => Mode::Inline,
            1 => Mode::Coroutine,
            _ => Mode::Future,
        }
    }

    pub(crate) fn function<'py>(&self, py: Python<'py>) -> &Bound<'py, PyAny> {
        self.function.bind(py)
    }

    /// Raw JSON to positional arguments: the prepared decoder makes a struct, `spread` a tuple of it, and the
    /// context goes in between.
    pub(crate) fn arguments<'py>(
        &self,
        spread: &Bound<'py, PyAny>,
        call: u64,
        json: &[u8],
    ) -> PyResult<Arguments<'py>> {
        let py = spread.py();
        let decoded = self.decode.bind(py).call1((PyBytes::new(py, json),))?;
        let decoded = spread.call1((decoded,))?.cast_into::<PyTuple>()?;
        let Some(make) = &self.context else {
            return Ok(Arguments { positional: decoded, context: None });
        };
        let context = make.bind(py).call1((call,))?;
        let mut all: Vec<Bound<'py, PyAny>> = decoded.iter().collect();
        all.insert(self.position.min(all.len()), context.clone());
        Ok(Arguments { positional: PyTuple::new(py, all)?, context: Some(context) })
    }

    /// A result as the bridge takes it: a text as it is; of everything else the prepared encoder returns the JSON of a
    /// plain value, or that of a whole result in a tuple.
    pub(crate) fn encode<'py>(&self, result: &Bound<'py, PyAny>) -> PyResult<Encoded> {
        if self.texts
            && let Ok(text) = result.cast_exact::<PyString>()
        {
            return Ok(Encoded {
                shape: Shape::Text,
                bytes: Bytes::copy_from_slice(text.to_str()?.as_bytes()),
            });
        }
        let encoded = self.encode.bind(result.py()).call1((result,))?;
        let (shape, json) = match encoded.cast_into::<PyBytes>() {
            Ok(json) => (Shape::Value, json),
            Err(other) => (Shape::Whole, other.into_inner().extract::<(Bound<'py, PyBytes>,)>()?.0),
        };
        Ok(Encoded { shape, bytes: Bytes::copy_from_slice(json.as_bytes()) })
    }

    pub(crate) fn visit(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.function)?;
        visit.call(&self.decode)?;
        visit.call(&self.encode)?;
        visit.call(&self.context)
    }
}
