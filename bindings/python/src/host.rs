//! Runs handlers for the calls of one session, and answers for them.
//!
//! One failing handler never fails its batch: whatever it raises becomes the failure of its own call. Only
//! `KeyboardInterrupt` and `SystemExit` travel on, after the call was answered.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use dovetail_bridge::{Event, Session};
use pyo3::exceptions::{PyKeyboardInterrupt, PyLookupError, PySystemExit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use crate::finish::Finish;
use crate::handler::{Encoded, Handler, Mode};

/// A call whose handler has not ended.
struct Running {
    task: Py<PyAny>,
    context: Option<Py<PyAny>>,
}

/// Handlers and what they need from Python, all of it handed in.
pub(crate) struct Host {
    session: Session,
    /// By the number that the definition of a tool, a resource, a prompt or a completion carries.
    handlers: RwLock<HashMap<i32, Arc<Handler>>>,
    running: Mutex<HashMap<u64, Running>>,
    /// Makes a task of a coroutine; runs its first step at once where Python can.
    spawn: Py<PyAny>,
    /// Makes the JSON body of a failure of an exception.
    describe: Py<PyAny>,
    /// `contextvars.copy_context`.
    isolate: Py<PyAny>,
    /// `msgspec.structs.astuple`.
    spread: Py<PyAny>,
}

impl Host {
    pub(crate) fn new(
        py: Python<'_>,
        session: Session,
        handlers: HashMap<i32, Handler>,
        spawn: Py<PyAny>,
        describe: Py<PyAny>,
    ) -> PyResult<Self> {
        Ok(Self {
            session,
            handlers: RwLock::new(
                handlers.into_iter().map(|(number, one)| (number, Arc::new(one))).collect(),
            ),
            running: Mutex::default(),
            spawn,
            describe,
            isolate: py.import("contextvars")?.getattr("copy_context")?.unbind(),
            spread: py.import("msgspec.structs")?.getattr("astuple")?.unbind(),
        })
    }

    fn running(&self) -> MutexGuard<'_, HashMap<u64, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn adopt(&self, handlers: HashMap<i32, Handler>) {
        let handlers = handlers.into_iter().map(|(number, handler)| (number, Arc::new(handler)));
        self.handlers.write().unwrap_or_else(PoisonError::into_inner).extend(handlers);
    }

    pub(crate) fn forget(&self, numbers: &[i32]) {
        let mut handlers = self.handlers.write().unwrap_or_else(PoisonError::into_inner);
        let gone: Vec<_> = numbers.iter().filter_map(|number| handlers.remove(number)).collect();
        // Unlocked first: dropping Python objects could run a finalizer that needs the table.
        drop(handlers);
        drop(gone);
    }

    fn handler(&self, number: i32) -> PyResult<Arc<Handler>> {
        let handlers = self.handlers.read().unwrap_or_else(PoisonError::into_inner);
        handlers
            .get(&number)
            .cloned()
            .ok_or_else(|| PyLookupError::new_err("this was removed from the server"))
    }

    /// Begins one call; an error is one that must leave the event loop.
    pub(crate) fn call(self: &Arc<Self>, py: Python<'_>, event: &Event) -> PyResult<()> {
        match self.begin(py, event) {
            Ok(()) => Ok(()),
            Err(raised) => self.fail(py, event.key, raised),
        }
    }

    fn begin(self: &Arc<Self>, py: Python<'_>, event: &Event) -> PyResult<()> {
        let handler = self.handler(event.code)?;
        let arguments = handler.arguments(self.spread.bind(py), event.key, &event.payload)?;
        match handler.mode() {
            Mode::Inline => {
                let result = self.run_inline(handler.function(py), &arguments.positional)?;
                match handler.encode(&result) {
                    Ok(encoded) => self.reply(event.key, encoded),
                    // A plain function may return what a coroutine function would have made.
                    Err(_) if result.hasattr(intern!(py, "__await__"))? => {
                        let task = self.spawn.bind(py).call1((result,))?;
                        self.follow(event.key, handler, task, arguments.context)
                    }
                    Err(raised) => Err(raised),
                }
            }
            Mode::Coroutine => {
                let coroutine = handler.function(py).call1(&arguments.positional)?;
                let task = self.spawn.bind(py).call1((coroutine,))?;
                self.follow(event.key, handler, task, arguments.context)
            }
            Mode::Future => {
                let future = handler.function(py).call1(&arguments.positional)?;
                self.follow(event.key, handler, future, arguments.context)
            }
        }
    }

    /// Context variables that one handler sets must not be seen by the next.
    fn run_inline<'py>(
        &self,
        handler: &Bound<'py, PyAny>,
        positional: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = handler.py();
        let mut all = Vec::with_capacity(positional.len() + 1);
        all.push(handler.clone());
        all.extend(positional.iter());
        let context = self.isolate.bind(py).call0()?;
        context.call_method1(intern!(py, "run"), PyTuple::new(py, all)?)
    }

    /// Answers at once for a task that has ended, and when it ends for the others.
    fn follow(
        self: &Arc<Self>,
        call: u64,
        handler: Arc<Handler>,
        task: Bound<'_, PyAny>,
        context: Option<Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let py = task.py();
        if task.call_method0(intern!(py, "done"))?.is_truthy()? {
            return self.settle(call, &handler, &task);
        }
        let finish = Finish::new(self.clone(), call, handler);
        task.call_method1(intern!(py, "add_done_callback"), (finish,))?;
        let running = Running { task: task.unbind(), context: context.map(Bound::unbind) };
        self.running().insert(call, running);
        Ok(())
    }

    /// The task of a call has ended.
    pub(crate) fn finished(&self, call: u64, handler: &Handler, task: &Bound<'_, PyAny>) -> PyResult<()> {
        // Bound first: dropping Python objects while the table is locked could run a finalizer that needs it.
        let entry = self.running().remove(&call);
        drop(entry);
        match self.settle(call, handler, task) {
            Ok(()) => Ok(()),
            Err(raised) => self.fail(task.py(), call, raised),
        }
    }

    fn settle(&self, call: u64, handler: &Handler, task: &Bound<'_, PyAny>) -> PyResult<()> {
        let result = task.call_method0(intern!(task.py(), "result"))?;
        self.reply(call, handler.encode(&result)?)
    }

    fn reply(&self, call: u64, encoded: Encoded) -> PyResult<()> {
        // The only error that is possible here says that nobody waits for this answer any more.
        let _ = self.session.reply(call, encoded.shape, encoded.bytes);
        Ok(())
    }

    fn fail(&self, py: Python<'_>, call: u64, raised: PyErr) -> PyResult<()> {
        let leaves =
            raised.is_instance_of::<PyKeyboardInterrupt>(py) || raised.is_instance_of::<PySystemExit>(py);
        match self.describe.bind(py).call1((raised.clone_ref(py).into_value(py),)).and_then(|body| {
            let body = body.cast_into::<PyBytes>()?;
            // As above: a stale call has nobody to tell.
            let _ = self.session.fail(call, body.as_bytes());
            Ok(())
        }) {
            Ok(()) => {}
            Err(worse) => {
                let _ = self.session.fail(call, br#"{"detail":"the handler failed"}"#);
                worse.write_unraisable(py, None);
            }
        }
        if leaves { Err(raised) } else { Ok(()) }
    }

    /// The peer has cancelled a call. Says whether a handler was running for it.
    pub(crate) fn cancel(&self, py: Python<'_>, call: u64) -> PyResult<bool> {
        let entry = self.running().remove(&call);
        match entry {
            Some(running) => running.stop(py).map(|()| true),
            None => Ok(false),
        }
    }

    /// Cancels every handler that still runs.
    pub(crate) fn stop(&self, py: Python<'_>) -> PyResult<()> {
        let all: Vec<Running> = self.running().drain().map(|(_, running)| running).collect();
        all.into_iter().try_for_each(|running| running.stop(py))
    }

    pub(crate) fn visit(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        // As in the pump: a table that is locked is in use.
        if let Ok(handlers) = self.handlers.try_read() {
            for handler in handlers.values() {
                handler.visit(visit)?;
            }
        }
        visit.call(&self.spawn)?;
        visit.call(&self.describe)
    }
}

impl Running {
    fn stop(self, py: Python<'_>) -> PyResult<()> {
        if let Some(context) = self.context {
            context.bind(py).call_method0(intern!(py, "_stop"))?;
        }
        // One turn later, so that a task made in this very batch has begun: a handler that never starts could not
        // clean up, and with eager tasks it has begun already.
        let task = self.task.bind(py);
        let cancel = task.getattr(intern!(py, "cancel"))?;
        task.call_method0(intern!(py, "get_loop"))?.call_method1(intern!(py, "call_soon"), (cancel,))?;
        Ok(())
    }
}
