//! The runtime that foreigners share: one current-thread executor on a thread of its own that never enters a
//! host language.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::session::{SessionState, WeakState};
use crate::{BridgeError, Code};

/// A runtime handle; clones share it. It belongs to the process that made it.
#[derive(Clone)]
pub struct Runtime(Arc<Shared>);

struct Shared {
    pid: u32,
    handle: Handle,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
    sessions: Mutex<Vec<WeakState>>,
}

static DEFAULT: Mutex<Option<Runtime>> = Mutex::new(None);

/// Lets the allocator keep twice this many bytes instead of giving them back to the system after every batch of large
/// messages, to take them again page by page for the next one. That is how glibc reads the end of a large block: its
/// thresholds (128 KiB at first) grow with it. To other allocators it means nothing.
fn keep_warm_memory() {
    const LARGE: usize = 2 << 20;
    drop(std::hint::black_box(Vec::<u8>::with_capacity(LARGE)));
}

impl Runtime {
    /// Starts a runtime.
    ///
    /// # Errors
    /// `internal` when the operating system refuses a thread or an event descriptor.
    pub fn new() -> Result<Self, BridgeError> {
        let refused = |error: std::io::Error| {
            BridgeError::new(Code::Internal, format!("the runtime could not start: {error}"))
        };
        keep_warm_memory();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(refused)?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new()
            .name("dovetail".to_owned())
            .spawn(move || {
                // An error means that every handle is gone, which ends the runtime as well.
                let _ = runtime.block_on(stopped);
                runtime.shutdown_timeout(Duration::from_millis(200));
            })
            .map_err(refused)?;
        Ok(Self(Arc::new(Shared {
            pid: std::process::id(),
            handle,
            stop: Mutex::new(Some(stop)),
            thread: Mutex::new(Some(thread)),
            sessions: Mutex::default(),
        })))
    }

    /// The runtime of this process, started at the first call. After a fork the child gets a new one; the
    /// parent's is leaked there, because its thread does not exist in the child.
    ///
    /// # Errors
    /// As [`Runtime::new`].
    pub fn process_default() -> Result<Self, BridgeError> {
        let mut default = DEFAULT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = default.as_ref()
            && runtime.0.pid == std::process::id()
        {
            if runtime.is_running() {
                return Ok(runtime.clone());
            }
        } else if let Some(inherited) = default.take() {
            std::mem::forget(inherited);
        }
        let runtime = Self::new()?;
        *default = Some(runtime.clone());
        Ok(runtime)
    }

    fn is_running(&self) -> bool {
        self.0.stop.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Refuses a handle that was inherited through a fork. Locks nothing.
    pub(crate) fn check_process(&self) -> Result<(), BridgeError> {
        if self.0.pid == std::process::id() {
            return Ok(());
        }
        Err(BridgeError::new(
            Code::WrongProcess,
            "this handle was made before a fork; open clients and servers in the process that uses them",
        ))
    }

    /// Refuses a handle that was inherited through a fork, or whose runtime has ended.
    pub(crate) fn check(&self) -> Result<(), BridgeError> {
        self.check_process()?;
        if !self.is_running() {
            return Err(BridgeError::new(Code::Closed, "the runtime was shut down"));
        }
        Ok(())
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.0.handle
    }

    pub(crate) fn adopt(&self, session: &Arc<SessionState>) {
        let mut sessions = self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|session| session.strong_count() > 0);
        sessions.push(Arc::downgrade(session));
    }

    /// The server of a session by its id.
    ///
    /// # Errors
    /// `invalid_argument` when no session has it; `invalid_state` when it is no server, `closed`.
    pub(crate) fn server(&self, id: u64) -> Result<dovetail::Server, BridgeError> {
        let found = {
            let sessions = self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            sessions.iter().filter_map(WeakState::upgrade).find(|session| session.is(id))
        };
        let none =
            || BridgeError::new(Code::InvalidArgument, format!("no session of this runtime has the id {id}"));
        found.ok_or_else(none)?.server()
    }

    /// Closes every session and stops the thread, in `deadline` at the latest. Afterwards every completion has
    /// been queued and every child process is gone. Idempotent; in a forked child it does nothing.
    pub fn shutdown(&self, deadline: Duration) {
        if self.check_process().is_err() {
            return;
        }
        let until = Instant::now() + deadline;
        let sessions = std::mem::take(&mut *self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner));
        let sessions: Vec<Arc<SessionState>> = sessions.iter().filter_map(WeakState::upgrade).collect();
        if self.is_running() {
            for session in &sessions {
                session.begin_close(deadline, None);
            }
            for session in &sessions {
                session.wait_closed(until.saturating_duration_since(Instant::now()));
            }
        }
        for session in &sessions {
            session.abandon();
        }
        let stop = self.0.stop.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.0.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(stop) = stop {
            let _ = stop.send(());
        }
        if let Some(thread) = thread
            && thread.thread().id() != std::thread::current().id()
        {
            // A panic of the thread was reported by the operations it took down.
            let _ = thread.join();
        }
    }
}
