//! Sessions of the older revisions over HTTP: a bounded table in memory, in front of a store that may span
//! instances.
//!
//! A session remembers its client's handshake, the requests under way, the questions that wait and the streams that
//! can be resumed. Nothing of it reaches a handler.

pub(crate) mod events;
pub(crate) mod handshake;
pub(crate) mod line;
mod store;

pub use store::SessionStore;

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use dovetail_protocol::{Error, ErrorKind, Limits};
use tokio_util::sync::CancellationToken;

use crate::server::{LegacyClient, Questions, Underway};
use events::EventStore;
use line::Line;

/// Streams of one session that can be resumed at once; the oldest ones are given up first.
const LINES: usize = 64;

/// Time between two searches of a full table for idle sessions.
const SWEEP: Duration = Duration::from_secs(1);

/// One session.
pub(crate) struct Session {
    pub(crate) id: Box<str>,
    pub(crate) client: LegacyClient,
    pub(crate) questions: Arc<Questions>,
    pub(crate) underway: Arc<Underway>,
    pub(crate) end: CancellationToken,
    /// What belongs to no request.
    pub(crate) standing: Arc<Line>,
    principal: Option<Arc<str>>,
    told: AtomicBool,
    lines: Mutex<VecDeque<Arc<Line>>>,
    next_line: AtomicU64,
    last_used: Mutex<Instant>,
}

impl Session {
    fn new(id: &str, client: LegacyClient, principal: Option<Arc<str>>, next_line: u64) -> Self {
        Self {
            id: id.into(),
            client,
            questions: Arc::default(),
            underway: Arc::default(),
            end: CancellationToken::new(),
            standing: Arc::default(),
            principal,
            told: AtomicBool::new(false),
            lines: Mutex::default(),
            next_line: AtomicU64::new(next_line),
            last_used: Mutex::new(Instant::now()),
        }
    }

    /// Shows that the session is in use.
    pub(crate) fn touch(&self) {
        *self.last_used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn idle(&self) -> Duration {
        self.last_used.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// A line for a new request; nobody can resume it before [`Session::keep`].
    pub(crate) fn line(&self) -> Arc<Line> {
        Arc::new(Line::new(self.next_line.fetch_add(1, Ordering::Relaxed)))
    }

    /// Lets a line be resumed.
    pub(crate) fn keep(&self, line: &Arc<Line>) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= LINES {
            lines.pop_front();
        }
        lines.push_back(line.clone());
    }

    /// A line that can be resumed.
    pub(crate) fn find_line(&self, number: u64) -> Option<Arc<Line>> {
        if number == 0 {
            return Some(self.standing.clone());
        }
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().find(|line| line.number == number).cloned()
    }

    /// Whether the caller is the first one to set up the standing news.
    pub(crate) fn first_to_tell(&self) -> bool {
        !self.told.swap(true, Ordering::Relaxed)
    }

    fn finish(&self, events: Option<&dyn EventStore>) {
        if let Some(events) = events {
            events.forget(&self.id);
        }
        self.end.cancel();
        self.underway.end();
        self.questions.clear();
        self.standing.close();
    }
}

type Table = HashMap<Box<str>, Arc<Session>>;

/// All sessions of a server.
pub(crate) struct Sessions {
    table: Mutex<Table>,
    /// When the full table was last searched for idle sessions.
    swept: Mutex<Option<Instant>>,
    store: RwLock<Option<Arc<dyn SessionStore>>>,
    events: RwLock<Events>,
}

/// The memory of one process, or what a program has put in its place.
enum Events {
    Local(Arc<events::LocalEvents>),
    Given(Arc<dyn EventStore>),
}

impl Sessions {
    pub(crate) fn new(limits: &Limits) -> Self {
        let events = Events::Local(Arc::new(events::LocalEvents::new(limits)));
        Self {
            table: Mutex::default(),
            swept: Mutex::default(),
            store: RwLock::default(),
            events: RwLock::new(events),
        }
    }

    /// Bounds the memory of this process by other limits; a store that was given has its own.
    pub(crate) fn set_limits(&self, limits: &Limits) {
        if let Events::Local(events) = &mut *self.events.write().unwrap_or_else(PoisonError::into_inner) {
            *events = Arc::new(events::LocalEvents::new(limits));
        }
    }

    pub(crate) fn set_store(&self, store: Arc<dyn SessionStore>) {
        *self.store.write().unwrap_or_else(PoisonError::into_inner) = Some(store);
    }

    pub(crate) fn set_events(&self, events: Arc<dyn EventStore>) {
        *self.events.write().unwrap_or_else(PoisonError::into_inner) = Events::Given(events);
    }

    /// Where sent events wait to be sent again.
    pub(crate) fn events(&self) -> Arc<dyn EventStore> {
        match &*self.events.read().unwrap_or_else(PoisonError::into_inner) {
            Events::Local(events) => events.clone(),
            Events::Given(events) => events.clone(),
        }
    }

    fn store(&self) -> Option<Arc<dyn SessionStore>> {
        self.store.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a session under a new id, bound to who opened it.
    ///
    /// # Errors
    /// `busy` when the table is full of sessions that are in use, or those of the store.
    pub(crate) async fn open(
        &self,
        id: &str,
        client: LegacyClient,
        principal: Option<Arc<str>>,
        limits: &Limits,
    ) -> Result<(), Error> {
        let session = Arc::new(Session::new(id, client, principal, 1));
        self.insert(session.clone(), limits)?;
        self.save(&session).await
    }

    fn insert(&self, session: Arc<Session>, limits: &Limits) -> Result<(), Error> {
        // What another instance may go on with is not forgotten.
        let events = if self.store().is_some() { None } else { Some(self.events()) };
        let mut sessions = self.lock();
        if sessions.len() >= limits.sessions && self.may_sweep(limits) {
            sessions.retain(|_, session| {
                let keep = session.idle() < limits.session_idle;
                if !keep {
                    session.finish(events.as_deref());
                }
                keep
            });
        }
        if sessions.len() >= limits.sessions {
            return Err(Error::new(
                ErrorKind::Busy,
                format!("{} sessions are open (limit `sessions`); try again later", limits.sessions),
            ));
        }
        sessions.insert(session.id.clone(), session);
        Ok(())
    }

    /// Whether it is time to search the table again: newcomers at a full one must not make each other's cost.
    fn may_sweep(&self, limits: &Limits) -> bool {
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let due = swept.is_none_or(|at| now.duration_since(at) >= SWEEP.min(limits.session_idle));
        if due {
            *swept = Some(now);
        }
        due
    }

    /// Writes what a session remembers to the store, if there is one.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn save(&self, session: &Session) -> Result<(), Error> {
        match self.store() {
            Some(store) => {
                store.put(&session.id, store::record(&session.client, session.principal.as_deref())).await
            }
            None => Ok(()),
        }
    }

    /// A session by its id, for who opened it; one that was idle for too long is gone.
    ///
    /// # Errors
    /// `not_found_session`, also for a session of somebody else.
    pub(crate) async fn find(
        &self,
        id: &str,
        principal: Option<&str>,
        limits: &Limits,
    ) -> Result<Arc<Session>, Error> {
        let local = self.lock().get(id).cloned();
        let session = match (local, self.store()) {
            (Some(session), _) => session,
            (None, None) => return Err(gone()),
            (None, Some(store)) => {
                let record = store.get(id).await?.ok_or_else(gone)?;
                let (client, owner) = store::restore(&record)?;
                // Streams of another instance keep their numbers; ours must not collide with them.
                let next_line = 1 << 32 | u64::from(u32::from_be_bytes(crate::random::bytes()?) >> 4) << 8;
                let session = Arc::new(Session::new(id, client, owner, next_line));
                self.insert(session.clone(), limits)?;
                session
            }
        };
        if session.principal.as_deref() != principal {
            return Err(gone());
        }
        if session.idle() >= limits.session_idle {
            self.end(id).await;
            return Err(gone());
        }
        session.touch();
        Ok(session)
    }

    /// Ends a session; says whether there was one here.
    pub(crate) async fn end(&self, id: &str) -> bool {
        let session = self.lock().remove(id);
        if let Some(store) = self.store() {
            store.remove(id).await;
        }
        let events = self.events();
        session.inspect(|session| session.finish(Some(&*events))).is_some()
    }

    /// Ends all sessions of this instance. Those in a store go on elsewhere.
    pub(crate) fn clear(&self) {
        for (_, session) in self.lock().drain() {
            session.finish(None);
        }
    }
}

fn gone() -> Error {
    Error::new(
        ErrorKind::NotFoundSession,
        "the session is unknown or has ended; start a new one with initialize",
    )
}
