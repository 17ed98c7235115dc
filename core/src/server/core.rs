//! What every transport of one server shares: the registered tools, the options, the counters.
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use dovetail_protocol::rounds::Keyring;
use dovetail_protocol::tools::{self, ToolSpec};
use dovetail_protocol::{Error, ErrorKind, Limits, Revision};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::tool::{Handler, Tool};
use crate::client::{Log, LogLevel};
use crate::schema::Schema;
use crate::session::Sessions;

/// A tool with its compiled schema.
pub(crate) struct Registered {
    tool: Tool,
    input: Schema,
    swallowed: AtomicBool,
}

impl Registered {
    pub(crate) fn spec(&self) -> &ToolSpec {
        &self.tool.spec
    }

    pub(crate) fn handler(&self) -> &dyn Handler {
        &*self.tool.handler
    }

    pub(crate) fn input(&self) -> &Schema {
        &self.input
    }

    /// Says once that a handler ended normally although its run was over.
    pub(crate) fn warn_swallowed(&self, log: &Log) {
        if !self.swallowed.swap(true, Ordering::Relaxed) {
            let text = format!(
                "the handler of tool {:?} swallowed the end of its run; its result was dropped and it will be run \
                 again: let the error of an unanswered question pass",
                self.tool.spec.name
            );
            log.line(LogLevel::Warning, &text);
        }
    }
}

impl std::borrow::Borrow<ToolSpec> for RegisteredRef {
    fn borrow(&self) -> &ToolSpec {
        self.0.spec()
    }
}

struct RegisteredRef(Arc<Registered>);

/// One consistent state of what is registered and configured.
#[derive(Clone, Default)]
pub(crate) struct Snapshot {
    order: Vec<Arc<Registered>>,
    by_name: HashMap<Box<str>, Arc<Registered>>,
    limits: Limits,
    keys: Option<Arc<Keyring>>,
    keys_shared: bool,
    instructions: Option<String>,
    log: Log,
    deadline: Option<Duration>,
    lists: Lists,
}

/// The encoded `tools/list` result of each revision, made when it is first asked for.
#[derive(Default)]
struct Lists(HashMap<Revision, OnceLock<Bytes>>);

impl Clone for Lists {
    /// A copied snapshot is about to change, so its lists start empty.
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl Lists {
    fn new() -> Self {
        Self(Revision::ALL.iter().map(|revision| (*revision, OnceLock::new())).collect())
    }
}

impl Snapshot {
    pub(crate) fn find(&self, name: &str) -> Option<&Arc<Registered>> {
        self.by_name.get(name)
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn keys(&self) -> &Keyring {
        self.keys.as_ref().expect("a server is made with keys")
    }

    /// Whether other instances can open what this one seals.
    pub(crate) fn keys_shared(&self) -> bool {
        self.keys_shared
    }

    pub(crate) fn instructions(&self) -> Option<&str> {
        self.instructions.as_deref()
    }

    /// The body of the answer to `tools/list`.
    pub(crate) fn tool_list(&self, revision: Revision) -> Bytes {
        let make = || {
            let specs: Vec<RegisteredRef> = self.order.iter().cloned().map(RegisteredRef).collect();
            Bytes::from(tools::list_result(&specs, revision))
        };
        self.lists.0.get(&revision).map_or_else(make, |cell| cell.get_or_init(make).clone())
    }

    pub(crate) fn add(&mut self, tool: Tool) -> Result<(), Error> {
        let name: Box<str> = tool.spec.name.as_str().into();
        let refuse =
            |detail: String| Error::new(ErrorKind::InvalidConfig, format!("tool {name:?}: {detail}"));
        if name.is_empty() || name.len() > self.limits.name {
            return Err(refuse(format!("a name has 1 to {} bytes", self.limits.name)));
        }
        if self.by_name.contains_key(&name) {
            return Err(refuse("the name is taken".to_owned()));
        }
        let input =
            Schema::compile(&tool.spec.input_schema, &self.limits).map_err(|error| refuse(error.detail))?;
        if let Some(output) = &tool.spec.output_schema {
            Schema::compile(output, &self.limits).map_err(|error| refuse(error.detail))?;
        }
        let registered = Arc::new(Registered { tool, input, swallowed: AtomicBool::new(false) });
        self.order.push(registered.clone());
        self.by_name.insert(name, registered);
        self.lists = Lists::new();
        Ok(())
    }

    /// Where the server reports what is nobody's result.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// How long one run of a handler may take.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    pub(crate) fn set_log(&mut self, log: Log) {
        self.log = log;
    }

    pub(crate) fn set_deadline(&mut self, deadline: Duration) {
        self.deadline = Some(deadline);
    }

    pub(crate) fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    pub(crate) fn set_keys(&mut self, keys: Keyring) {
        self.keys = Some(Arc::new(keys));
        self.keys_shared = true;
    }

    pub(crate) fn set_instructions(&mut self, text: &str) {
        self.instructions = Some(text.to_owned());
    }
}

/// One server.
pub(crate) struct Core {
    name: String,
    server_info: Bytes,
    snapshot: RwLock<Arc<Snapshot>>,
    /// What went wrong while the server was put together; reported when it is to serve.
    fault: RwLock<Option<Error>>,
    in_flight: AtomicUsize,
    /// Told when no request is in flight any more.
    idle: Notify,
    random: SystemRandom,
    pub(crate) sessions: Sessions,
    /// Fires when the server is to end.
    pub(crate) closing: CancellationToken,
}

impl Core {
    pub(crate) fn new(name: &str, server_info: Bytes) -> Self {
        let random = SystemRandom::new();
        let mut snapshot = Snapshot { lists: Lists::new(), ..Snapshot::default() };
        let mut fault = None;
        match std::env::var(KEYS_VARIABLE) {
            Ok(text) => match Keyring::from_secret_text(&text) {
                Ok(keys) => snapshot.set_keys(keys),
                Err(error) => {
                    fault = Some(Error::new(
                        ErrorKind::InvalidConfig,
                        format!("environment variable {KEYS_VARIABLE}: {}", error.detail),
                    ));
                }
            },
            Err(_) => {
                let mut key = [0; 32];
                match random.fill(&mut key) {
                    Ok(()) => snapshot.keys = Some(Arc::new(Keyring::single("process", key))),
                    Err(_) => {
                        fault = Some(Error::new(ErrorKind::Internal, "the system gives no random numbers"))
                    }
                }
            }
        }
        let sessions = Sessions::new();
        Self {
            name: name.to_owned(),
            server_info,
            snapshot: RwLock::new(Arc::new(snapshot)),
            fault: RwLock::new(fault),
            in_flight: AtomicUsize::new(0),
            idle: Notify::new(),
            random,
            sessions,
            closing: CancellationToken::new(),
        }
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the snapshot; a failure is kept until the server is to serve.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Snapshot) -> Result<(), Error>) {
        let mut snapshot = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = change(Arc::make_mut(&mut snapshot)) {
            self.fault.write().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    /// The first thing that went wrong while the server was put together.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match &*self.fault.read().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    /// The `Implementation` object of this server.
    pub(crate) fn server_info(&self) -> &[u8] {
        &self.server_info
    }

    /// What sealed state is bound to: all instances of a fleet have the same name.
    pub(crate) fn audience(&self) -> &str {
        &self.name
    }

    pub(crate) fn nonce(&self) -> Result<[u8; 12], Error> {
        let mut nonce = [0; 12];
        self.random
            .fill(&mut nonce)
            .map_err(|_| Error::new(ErrorKind::Internal, "the system gives no random numbers"))?;
        Ok(nonce)
    }

    /// A random session id: 128 bits, visible ASCII.
    pub(crate) fn session_id(&self) -> Result<String, Error> {
        let mut bytes = [0; 16];
        self.random
            .fill(&mut bytes)
            .map_err(|_| Error::new(ErrorKind::Internal, "the system gives no random numbers"))?;
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// A place among the requests in flight.
    ///
    /// # Errors
    /// `busy` when all are taken.
    pub(crate) fn admit(self: &Arc<Self>) -> Result<Slot, Error> {
        let limit = self.snapshot().limits.in_flight;
        if self.in_flight.fetch_add(1, Ordering::Relaxed) >= limit {
            self.in_flight.fetch_sub(1, Ordering::Relaxed);
            return Err(Error::new(
                ErrorKind::Busy,
                format!("{limit} requests are in flight (limit `in_flight`); try again"),
            ));
        }
        Ok(Slot(self.clone()))
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Resolves when no request is in flight. Cancel-safe.
    pub(crate) async fn idle(&self) {
        loop {
            let idle = self.idle.notified();
            if self.in_flight() == 0 {
                return;
            }
            idle.await;
        }
    }
}

/// Environment variable with the key ring for sealed state, `id:base64key[,id2:base64key2]`; the first key seals.
const KEYS_VARIABLE: &str = "DOVETAIL_STATE_KEYS";

/// A taken place; dropping it frees the place.
pub(crate) struct Slot(Arc<Core>);

impl Drop for Slot {
    fn drop(&mut self) {
        if self.0.in_flight.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.idle.notify_waiters();
        }
    }
}
