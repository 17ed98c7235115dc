//! What all connections of one client share.
//!
//! Owns nothing by itself: it hands the parts around. Must never hold a connection, or clients would never end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dovetail_protocol::types::Level;
use dovetail_protocol::{Error, Feature, Limits, Revision, methods};

use super::connection::{Connection, Identity, Outgoing};
use super::hub::Hub;
use super::inputs::Inputs;
use super::json::push_string;
use super::log::{Log, LogLevel};

/// Everything a connection needs to know about its client. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) identity: Arc<Identity>,
    pub(crate) limits: Limits,
    pub(crate) log: Log,
    pub(crate) inputs: Arc<Inputs>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) memory: Arc<Memory>,
}

/// What a server of the session revisions was told, and must be told again in a new session.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Told>);

#[derive(Default)]
struct Told {
    level: Option<Level>,
    /// Resources by URI, with how many listen to each.
    resources: BTreeMap<String, usize>,
}

impl Memory {
    fn lock(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn level(&self) -> Option<Level> {
        self.lock().level
    }

    pub(crate) fn set_level(&self, level: Level) {
        self.lock().level = Some(level);
    }

    /// One more listens; true for the first.
    pub(crate) fn enter(&self, uri: &str) -> bool {
        let mut told = self.lock();
        let count = told.resources.entry(uri.to_owned()).or_default();
        *count += 1;
        *count == 1
    }

    /// One less listens; true when nobody is left.
    pub(crate) fn leave(&self, uri: &str) -> bool {
        let mut told = self.lock();
        match told.resources.get_mut(uri) {
            Some(1) => told.resources.remove(uri).is_some(),
            Some(count) => {
                *count -= 1;
                false
            }
            None => false,
        }
    }

    fn resources(&self) -> Vec<String> {
        self.lock().resources.keys().cloned().collect()
    }

    /// Tells a new session what the one before it knew. What fails is reported: the session itself is fine.
    pub(crate) async fn restore(
        &self,
        connection: &dyn Connection,
        log: &Log,
        revision: Revision,
        timeout: Duration,
    ) {
        if let Some(level) = self.level().filter(|_| revision.has(Feature::SetLevel)) {
            let sent = set_level(connection, revision, level, timeout).await;
            report(log, "the log level", sent);
        }
        if !revision.has(Feature::Subscribe) {
            return;
        }
        for uri in self.resources() {
            let mut fields = br#""uri":"#.to_vec();
            push_string(&mut fields, &uri);
            let request = Outgoing::plain(revision, methods::RESOURCES_SUBSCRIBE, &fields, timeout);
            let sent = connection.exchange(request).await;
            report(log, "a subscription", sent.map(drop));
        }
    }
}

fn report(log: &Log, what: &str, sent: Result<(), Error>) {
    if let Err(error) = sent {
        log.line(LogLevel::Error, &format!("{what} could not be set in the new session: {}", error.detail));
    }
}

pub(crate) async fn set_level(
    connection: &dyn Connection,
    revision: Revision,
    level: Level,
    timeout: Duration,
) -> Result<(), Error> {
    let fields = format!(r#""level":"{}""#, level.as_str());
    let request = Outgoing::plain(revision, methods::LOGGING_SET_LEVEL, fields.as_bytes(), timeout);
    connection.exchange(request).await.map(drop)
}
