//! Ties a session to an event loop: a descriptor to watch, and the one drain that is run when it is readable.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use dovetail_bridge::{Event, Kind};
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::handler::Handler;
use crate::host::Host;
use crate::session::{Session, flat};
use crate::signal::Signal;

/// Events that one turn of the loop handles at most; what is left is announced again, so that other users of the
/// loop get their turn.
const BATCH: usize = 64;

/// What a pump hands events to.
struct Attached {
    host: Arc<Host>,
    /// Gets every event that is not about a running handler: `dispatch(kind, code, key, payload)`.
    dispatch: Py<PyAny>,
}

impl Attached {
    fn dispatch(&self, py: Python<'_>, event: &Event) -> PyResult<()> {
        self.dispatch.bind(py).call1(flat(py, event)).map(drop)
    }
}

/// The link between one session and one event loop. A session has one pump for its whole life.
#[pyclass(frozen, module = "dovetail._native")]
pub(crate) struct Pump {
    session: Py<Session>,
    signal: Signal,
    attached: Mutex<Option<Arc<Attached>>>,
    events: Mutex<Vec<Event>>,
}

impl Pump {
    fn attached(&self) -> Option<Arc<Attached>> {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[pymethods]
impl Pump {
    /// `spawn(coroutine)` makes a task, `describe(exception)` the body of a failure. With `socket` the descriptor
    /// is one that `loop.sock_recv` can wait for.
    #[new]
    fn new(
        py: Python<'_>,
        session: Py<Session>,
        dispatch: Py<PyAny>,
        handlers: HashMap<i32, Handler>,
        spawn: Py<PyAny>,
        describe: Py<PyAny>,
        socket: bool,
    ) -> PyResult<Self> {
        let signal = Signal::new(socket)?;
        let bridge = session.get().bridge(py)?.clone();
        let waker = signal.waker();
        let host = Arc::new(Host::new(py, bridge.clone(), handlers, spawn, describe)?);
        bridge.set_waker(waker);
        Ok(Self {
            session,
            signal,
            attached: Mutex::new(Some(Arc::new(Attached { host, dispatch }))),
            events: Mutex::default(),
        })
    }

    /// The descriptor that becomes readable when events wait. The pump owns it.
    fn fileno(&self) -> i32 {
        self.signal.descriptor()
    }

    /// Handles the events that wait, 64 at most. Returns how many there were.
    fn drain(&self, py: Python<'_>) -> PyResult<usize> {
        let session = self.session.get().bridge(py)?;
        let Some(attached) = self.attached() else { return Ok(0) };
        self.signal.clear();
        let mut events = std::mem::take(&mut *self.events.lock().unwrap_or_else(PoisonError::into_inner));
        session.drain(BATCH, &mut events);
        let count = events.len();
        let mut leaving = None;
        for event in events.drain(..) {
            let handled = match event.kind {
                Kind::Call => attached.host.call(py, &event),
                Kind::Cancelled => match attached.host.cancel(py, event.key) {
                    // A question to the user of a client, which is not ours to stop.
                    Ok(false) => attached.dispatch(py, &event),
                    stopped => stopped.map(drop),
                },
                Kind::Done
                | Kind::Progress
                | Kind::Input
                | Kind::Ready
                | Kind::Log
                | Kind::Closed
                | Kind::Head
                | Kind::Chunk
                | Kind::Change
                | Kind::Message
                | Kind::Intercept => attached.dispatch(py, &event),
            };
            if let Err(raised) = handled {
                leaving.get_or_insert(raised);
            }
        }
        *self.events.lock().unwrap_or_else(PoisonError::into_inner) = events;
        leaving.map_or(Ok(count), Err)
    }

    /// Makes handlers known that were registered while the session is open.
    fn adopt(&self, handlers: HashMap<i32, Handler>) {
        if let Some(attached) = self.attached() {
            attached.host.adopt(handlers);
        }
    }

    /// Forgets handlers; the calls of theirs that run go on.
    fn forget(&self, numbers: Vec<i32>) {
        if let Some(attached) = self.attached() {
            attached.host.forget(&numbers);
        }
    }

    /// Lets go of every handler; those that still run are cancelled. Idempotent.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let attached = self.attached.lock().unwrap_or_else(PoisonError::into_inner).take();
        attached.map_or(Ok(()), |attached| attached.host.stop(py))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.session)?;
        // The collector may run while the lock is held; then this pump is in use and need not be looked into.
        if let Ok(attached) = self.attached.try_lock()
            && let Some(attached) = attached.as_ref()
        {
            visit.call(&attached.dispatch)?;
            attached.host.visit(&visit)?;
        }
        Ok(())
    }

    fn __clear__(&self) {
        let attached = self.attached.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(attached);
    }
}
