//! What every transport of one server shares: the current snapshot, the counters, the end.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use dovetail_protocol::rounds::Keyring;
use dovetail_protocol::{Error, ErrorKind};
use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::snapshot::Snapshot;
use crate::bus::{Change, SharedBus};
use crate::client::LogLevel;
use crate::middleware::Message;
use crate::random;
use crate::session::Sessions;

/// Environment variable with the key ring for sealed state, `id:base64key[,id2:base64key2]`; the first key seals.
const KEYS_VARIABLE: &str = "DOVETAIL_STATE_KEYS";

/// How long answers that are ready when a server has ended may take to be written.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// One server.
pub(crate) struct Core {
    name: String,
    server_info: Bytes,
    snapshot: RwLock<Arc<Snapshot>>,
    /// What went wrong while the server was put together; reported when it is to serve.
    fault: RwLock<Option<Error>>,
    bus: RwLock<SharedBus>,
    in_flight: AtomicUsize,
    listeners: AtomicUsize,
    /// Messages in the layers that count as no request in flight: notifications, pings, handshakes.
    in_layers: AtomicUsize,
    /// Told when no request is in flight any more.
    idle: Notify,
    pub(crate) sessions: Sessions,
    /// Fires when the server is to end.
    pub(crate) closing: CancellationToken,
    /// Fires when nobody waits for what still runs.
    pub(crate) ended: CancellationToken,
}

impl Core {
    pub(crate) fn new(name: &str, server_info: Bytes) -> Self {
        let mut snapshot = Snapshot::default();
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
            Err(_) => match random::bytes::<32>() {
                Ok(key) => snapshot.set_own_keys(Keyring::single("process", key)),
                Err(error) => fault = Some(error),
            },
        }
        let sessions = Sessions::new(snapshot.limits());
        Self {
            name: name.to_owned(),
            server_info,
            snapshot: RwLock::new(Arc::new(snapshot)),
            fault: RwLock::new(fault),
            bus: RwLock::default(),
            in_flight: AtomicUsize::new(0),
            listeners: AtomicUsize::new(0),
            in_layers: AtomicUsize::new(0),
            idle: Notify::new(),
            sessions,
            closing: CancellationToken::new(),
            ended: CancellationToken::new(),
        }
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the snapshot; a failure is kept until the server is to serve.
    pub(crate) fn configure(&self, change: impl FnOnce(&mut Snapshot) -> Result<(), Error>) {
        if let Err(error) = self.change(change) {
            self.fault.write().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    /// Changes the snapshot. What runs keeps the one it started with.
    ///
    /// # Errors
    /// Those of the change.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&mut Snapshot) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut snapshot = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut snapshot))
    }

    /// The first thing that went wrong while the server was put together.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match &*self.fault.read().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    /// Where changes are told and heard.
    pub(crate) fn bus(&self) -> SharedBus {
        self.bus.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_bus(&self, bus: SharedBus) {
        *self.bus.write().unwrap_or_else(PoisonError::into_inner) = bus;
    }

    pub(crate) fn announce(&self, change: Change) {
        self.bus().publish(change);
    }

    /// The `Implementation` object of this server.
    pub(crate) fn server_info(&self) -> &[u8] {
        &self.server_info
    }

    /// What sealed state is bound to: all instances of a fleet have the same name.
    pub(crate) fn audience(&self) -> &str {
        &self.name
    }

    /// A place among the requests in flight.
    ///
    /// # Errors
    /// `busy` when all are taken.
    pub(crate) fn admit(self: &Arc<Self>) -> Result<Place, Error> {
        let limit = self.snapshot().limits().in_flight;
        if self.in_flight.fetch_add(1, Ordering::Relaxed) >= limit {
            self.in_flight.fetch_sub(1, Ordering::Relaxed);
            return Err(Error::new(
                ErrorKind::Busy,
                format!("{limit} requests are in flight (limit `in_flight`); try again"),
            ));
        }
        Ok(Place(self.clone()))
    }

    /// A place among the streams of news.
    ///
    /// # Errors
    /// `busy` when all are taken.
    pub(crate) fn admit_listener(self: &Arc<Self>) -> Result<Listener, Error> {
        let limit = self.snapshot().limits().sessions;
        if self.listeners.fetch_add(1, Ordering::Relaxed) >= limit {
            self.listeners.fetch_sub(1, Ordering::Relaxed);
            return Err(Error::new(
                ErrorKind::Busy,
                format!("{limit} clients are listening (limit `sessions`)"),
            ));
        }
        Ok(Listener(self.clone()))
    }

    /// A place in the layers for a message that is no request in flight.
    ///
    /// # Errors
    /// `busy` when all are taken.
    pub(crate) fn admit_to_layers(self: &Arc<Self>) -> Result<InLayers, Error> {
        let limit = self.snapshot().limits().queue;
        if self.in_layers.fetch_add(1, Ordering::Relaxed) >= limit {
            self.in_layers.fetch_sub(1, Ordering::Relaxed);
            let text = format!("{limit} messages wait for the layers already (limit `queue`); try again");
            return Err(Error::new(ErrorKind::Busy, text));
        }
        Ok(InLayers(self.clone()))
    }

    /// Lets a notification through the layers. Beyond the limit `queue` it is dropped, and reported.
    pub(crate) async fn notified(
        self: &Arc<Self>,
        message: Message,
        act: impl FnOnce(Message) + Send + 'static,
    ) {
        let snapshot = self.snapshot();
        let _place = match self.admit_to_layers() {
            Ok(place) => place,
            Err(error) => {
                snapshot.log().line(LogLevel::Error, &format!("dropped a notification: {}", error.detail));
                return;
            }
        };
        let last = move |message| -> BoxFuture<'static, ()> {
            act(message);
            Box::pin(std::future::ready(()))
        };
        snapshot.layers().notification(message.notifying(), last).await;
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Gives the rest of a transport its time: until it is done, the limit `drain` has passed, or the server has
    /// ended.
    pub(crate) async fn drain(&self, rest: impl Future<Output = ()>) {
        let drain = self.snapshot().limits().drain;
        let over = async {
            self.ended.cancelled().await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        tokio::select! {
            () = rest => {}
            () = tokio::time::sleep(drain) => {}
            () = over => {}
        }
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

/// A taken place; dropping it frees the place.
pub(crate) struct Place(Arc<Core>);

impl Drop for Place {
    fn drop(&mut self) {
        if self.0.in_flight.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.idle.notify_waiters();
        }
    }
}

/// A place among the streams of news; dropping it frees the place.
pub(crate) struct Listener(Arc<Core>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.listeners.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A place in the layers; dropping it frees the place.
pub(crate) struct InLayers(Arc<Core>);

impl Drop for InLayers {
    fn drop(&mut self) {
        self.0.in_layers.fetch_sub(1, Ordering::Relaxed);
    }
}
