//! What the opaque pointers of C point to. One handle is one bridge object; other surfaces of the same library
//! (UniFFI) build theirs over the same type, so that a session is the same thing on both sides.
use std::ffi::c_void;
use std::fmt;
use std::mem::MaybeUninit;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use dovetail_bridge::{BridgeError, Code, Event, Kind, Runtime, Session, Wake};

use crate::records::{event_size, write_event};
use crate::status::{DOVETAIL_BUFFER_TOO_SMALL, DOVETAIL_OK, Out, required};

/// A runtime: one thread that does the work of any number of sessions. Opaque; see `dovetail_runtime_new`.
pub struct DovetailRuntime(Runtime);

/// A client, a server or a testkit loop. Opaque; see `dovetail_client_open` and `dovetail_server_open`.
pub struct DovetailSession {
    session: Session,
    fetch: Mutex<Fetch>,
    hook: Arc<Mutex<Option<Hook>>>,
}

/// Room for fetched events, and whether the last one has been seen.
#[derive(Default)]
struct Fetch {
    events: Vec<Event>,
    ended: bool,
}

impl DovetailRuntime {
    /// A handle over a runtime of the bridge.
    pub fn new(runtime: Runtime) -> Self {
        Self(runtime)
    }

    /// The runtime behind the handle.
    pub fn runtime(&self) -> &Runtime {
        &self.0
    }
}

impl fmt::Debug for DovetailRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DovetailRuntime").finish_non_exhaustive()
    }
}

impl DovetailSession {
    /// A handle over a session of the bridge.
    pub fn new(session: Session) -> Self {
        Self { session, fetch: Mutex::default(), hook: Arc::default() }
    }

    /// The session behind the handle.
    pub fn session(&self) -> &Session {
        &self.session
    }

    fn fetching(&self) -> Result<MutexGuard<'_, Fetch>, BridgeError> {
        match self.fetch.try_lock() {
            Ok(fetch) => Ok(fetch),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => Err(BridgeError::new(
                Code::InvalidState,
                "another thread is fetching the events of this session",
            )),
        }
    }

    /// Fills `buffer` with up to `max` events and `used` with its used size, waiting when there is none yet.
    pub(crate) fn next_events(
        &self,
        max: usize,
        timeout: Option<Duration>,
        buffer: &mut [MaybeUninit<u8>],
        used: Out<'_, usize>,
    ) -> Result<i32, BridgeError> {
        self.session.check_process()?;
        let used = required(used, "used")?;
        used.write(0);
        let mut fetch = self.fetching()?;
        let mut missing = self.take(&mut fetch, max, buffer.len());
        if fetch.events.is_empty() && missing == 0 {
            if fetch.ended {
                return Err(BridgeError::new(
                    Code::Closed,
                    "this session is closed and its last event was fetched",
                ));
            }
            if timeout != Some(Duration::ZERO) && self.session.wait(timeout) {
                missing = self.take(&mut fetch, max, buffer.len());
            }
        }
        if missing != 0 {
            used.write(missing);
            return Ok(DOVETAIL_BUFFER_TOO_SMALL);
        }
        let mut at = 0;
        for event in fetch.events.drain(..) {
            let end = at + event_size(&event);
            write_event(&event, &mut buffer[at..end]);
            at = end;
        }
        used.write(at);
        Ok(DOVETAIL_OK)
    }

    /// Takes the events that fit into `room` bytes. Answers 0, or the size of the first event when not even that
    /// one fits.
    fn take(&self, fetch: &mut Fetch, max: usize, room: usize) -> usize {
        let Fetch { events, ended } = fetch;
        let mut size = 0;
        let mut missing = 0;
        let more = self.session.take_while(
            max,
            |event| {
                let next = size + event_size(event);
                if next <= room {
                    size = next;
                } else if size == 0 {
                    missing = next;
                }
                next <= room
            },
            |event| {
                *ended |= event.kind == Kind::Closed;
                events.push(event);
            },
        );
        if more {
            self.session.announce();
        }
        missing
    }

    /// Sets the wake-up, once per session.
    pub(crate) fn set_waker(&self, wake: WakeFn, user: *mut c_void) -> Result<(), BridgeError> {
        self.session.check_process()?;
        let mut hook = lock(&self.hook);
        if hook.is_some() {
            return Err(BridgeError::new(Code::InvalidState, "this session has a wake-up already"));
        }
        *hook = Some(Hook { wake, user: user.expose_provenance() });
        drop(hook);
        self.session.set_waker(Box::new(Waker(self.hook.clone())));
        Ok(())
    }
}

impl Drop for DovetailSession {
    /// Afterwards the wake-up is never called again; waits for one that is under way.
    fn drop(&mut self) {
        // After a fork the lock may be held by a thread that does not exist in this process.
        if self.session.check_process().is_ok() {
            *lock(&self.hook) = None;
        }
    }
}

impl fmt::Debug for DovetailSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DovetailSession").finish_non_exhaustive()
    }
}

/// The one function of the host that is ever called: tells it that events may wait.
type WakeFn = extern "C" fn(user: *mut c_void);

struct Hook {
    wake: WakeFn,
    /// An address of the host, carried and never followed.
    user: usize,
}

struct Waker(Arc<Mutex<Option<Hook>>>);

impl Wake for Waker {
    fn wake(&self) {
        // Held during the call, so that the host may free what `user` points to as soon as the session is freed.
        if let Some(hook) = lock(&self.0).as_ref() {
            (hook.wake)(std::ptr::with_exposed_provenance_mut(hook.user));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
