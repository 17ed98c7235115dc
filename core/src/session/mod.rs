//! Sessions of the older revisions over HTTP: a bounded table in memory.
//!
//! A session remembers its client's handshake, the requests under way and the questions that wait. Nothing of it
//! reaches a handler.

pub(crate) mod handshake;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use dovetail_protocol::{Error, ErrorKind, Limits};
use tokio_util::sync::CancellationToken;

use crate::server::{LegacyClient, Questions, Underway};

/// One session.
pub(crate) struct Session {
    pub(crate) client: LegacyClient,
    pub(crate) questions: Arc<Questions>,
    pub(crate) underway: Arc<Underway>,
    pub(crate) end: CancellationToken,
    last_used: Mutex<Instant>,
}

impl Session {
    fn touch(&self) {
        *self.last_used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn finish(&self) {
        self.end.cancel();
        self.questions.clear();
    }
}

/// All sessions of a server.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<Box<str>, Arc<Session>>>);

impl Sessions {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, Arc<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a session under a new id.
    ///
    /// # Errors
    /// `busy` when the table is full of sessions that are in use.
    pub(crate) fn open(&self, id: &str, client: LegacyClient, limits: &Limits) -> Result<(), Error> {
        let mut sessions = self.lock();
        if sessions.len() >= limits.sessions {
            let now = Instant::now();
            sessions.retain(|_, session| {
                let last = *session.last_used.lock().unwrap_or_else(PoisonError::into_inner);
                let keep = now.duration_since(last) < limits.session_idle;
                if !keep {
                    session.finish();
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
        let session = Session {
            client,
            questions: Arc::default(),
            underway: Arc::default(),
            end: CancellationToken::new(),
            last_used: Mutex::new(Instant::now()),
        };
        sessions.insert(id.into(), Arc::new(session));
        Ok(())
    }

    /// A session by its id; one that was idle for too long is gone.
    ///
    /// # Errors
    /// `not_found_session`.
    pub(crate) fn find(&self, id: &str, limits: &Limits) -> Result<Arc<Session>, Error> {
        let mut sessions = self.lock();
        let gone = || {
            Error::new(
                ErrorKind::NotFoundSession,
                "the session is unknown or has ended; start a new one with initialize",
            )
        };
        let session = sessions.get(id).cloned().ok_or_else(gone)?;
        let last = *session.last_used.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= limits.session_idle {
            sessions.remove(id);
            session.finish();
            return Err(gone());
        }
        session.touch();
        Ok(session)
    }

    /// Ends a session; says whether there was one.
    pub(crate) fn end(&self, id: &str) -> bool {
        let session = self.lock().remove(id);
        session.inspect(|session| session.finish()).is_some()
    }

    /// Ends all sessions.
    pub(crate) fn clear(&self) {
        for (_, session) in self.lock().drain() {
            session.finish();
        }
    }
}
