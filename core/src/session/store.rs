//! Where sessions are remembered beyond one process.
use std::sync::Arc;

use bytes::Bytes;
use dovetail_protocol::meta::ClientCapabilities;
use dovetail_protocol::types::Level;
use dovetail_protocol::{Error, ErrorKind, RawValue, Revision};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::server::{LegacyClient, Memory};

/// Remembers sessions, so that a restart or another instance can go on with them. Records hold no secrets, but the
/// id of a session is one: whoever knows it and the principal can use the session.
///
/// An instance that has used a session keeps it in memory, and notices only when it was idle there for the limit
/// `session_idle` that another instance ended it.
pub trait SessionStore: Send + Sync + 'static {
    /// Writes a record; it may be dropped when it was not read or written for the limit `session_idle`.
    fn put(&self, id: &str, record: Bytes) -> BoxFuture<'static, Result<(), Error>>;

    /// Reads a record.
    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Bytes>, Error>>;

    /// Drops a record.
    fn remove(&self, id: &str) -> BoxFuture<'static, ()>;
}

#[derive(Serialize, Deserialize)]
struct Record {
    revision: String,
    info: Option<Box<RawValue>>,
    capabilities: Option<Box<RawValue>>,
    principal: Option<String>,
    level: String,
    subscribed: Vec<Box<str>>,
}

/// A session as a record.
pub(super) fn record(client: &LegacyClient, principal: Option<&str>) -> Bytes {
    let raw = |bytes: &Option<Bytes>| bytes.as_ref().and_then(|bytes| serde_json::from_slice(bytes).ok());
    let record = Record {
        revision: client.revision.as_str().to_owned(),
        info: raw(&client.info),
        capabilities: raw(&client.capabilities_raw),
        principal: principal.map(str::to_owned),
        level: client.memory.level().as_str().to_owned(),
        subscribed: client.memory.subscriptions(),
    };
    serde_json::to_vec(&record).expect("strings and JSON always serialize").into()
}

/// A session from its record, and who opened it.
///
/// # Errors
/// `internal` for a record that is none of ours.
pub(super) fn restore(record: &[u8]) -> Result<(LegacyClient, Option<Arc<str>>), Error> {
    let broken = || Error::new(ErrorKind::Internal, "the session store gave a broken record");
    let record: Record = serde_json::from_slice(record).map_err(|_| broken())?;
    let bytes = |raw: Option<Box<RawValue>>| raw.map(|raw| Bytes::from(raw.get().to_owned()));
    let capabilities = match &record.capabilities {
        Some(raw) => ClientCapabilities::parse(raw)?,
        None => ClientCapabilities::default(),
    };
    let memory = Memory::restored(Level::parse(&record.level).ok_or_else(broken)?, record.subscribed);
    let client = LegacyClient {
        revision: Revision::parse(&record.revision).ok_or_else(broken)?,
        info: bytes(record.info),
        capabilities_raw: bytes(record.capabilities),
        capabilities,
        memory: Arc::new(memory),
    };
    Ok((client, record.principal.map(Arc::from)))
}
