//! Where notifications that belong to no request arrive, and who hears them.
//!
//! Owns the order: layers first, then the cache, then listeners and taps. Must never make a connection wait.
//! Specification: "Subscriptions", and the notifications of the server features.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use dovetail_protocol::cache::{Hints, Key, Responses};
use dovetail_protocol::meta;
use dovetail_protocol::subscribe::{self, Change};
use dovetail_protocol::types::{Level, LogMessage};
use dovetail_protocol::{Id, Limits, RawValue, Revision, methods};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::connection::Settled;
use super::feed::{Feed, Pushed};
use super::json;
use super::listen::Listener;
use super::log::{Log, LogLevel};
use super::result::Progress;
use crate::middleware::{Chain, Message};

/// A log message of a server, as it was sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LogRecord {
    /// How serious it is.
    pub level: Level,
    /// The part of the server it comes from.
    pub logger: Option<String>,
    /// What there is to say, any JSON.
    pub data: Box<RawValue>,
}

/// Receives log messages of servers. Called from tasks of the client; must not block.
pub(crate) type LogHandler = Arc<dyn Fn(LogRecord) + Send + Sync>;

/// Receives the ids of links whose page the user has finished with. Must not block.
pub(crate) type FinishedHandler = Arc<dyn Fn(&str) + Send + Sync>;

/// A notification as it came in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Incoming {
    /// The wire method.
    pub method: String,
    /// The parameters, an object.
    pub params: Option<Box<RawValue>>,
}

/// The parts of a hub that options decide.
#[derive(Default)]
pub(crate) struct Ears {
    pub(crate) chain: Chain,
    pub(crate) on_log: Option<LogHandler>,
    pub(crate) on_finished: Option<FinishedHandler>,
    /// The partition of the cache; none without a cache.
    pub(crate) partition: Option<String>,
}

pub(crate) struct Hub {
    ears: Ears,
    log: Log,
    queue: Option<mpsc::Sender<(String, Option<Box<RawValue>>)>>,
    cache: Mutex<Responses>,
    /// Counts invalidations, so that an answer that crossed one is not kept.
    generation: AtomicU64,
    born: Instant,
    routes: Mutex<Routes>,
    settled: Settled,
    depth: usize,
    unread: usize,
}

#[derive(Default)]
struct Routes {
    listeners: Vec<(Route, Arc<Listener>)>,
    taps: Vec<Weak<Feed<Incoming>>>,
}

/// Which notifications are for a listener.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Route {
    /// Those of one subscription.
    Subscription(Id),
    /// All without one, in the session revisions.
    Session,
}

impl Hub {
    /// Needs a runtime when there are layers.
    pub(crate) fn new(ears: Ears, log: Log, limits: &Limits) -> Arc<Self> {
        let (sender, mut queue) = mpsc::channel(limits.queue.max(1));
        let layered = !ears.chain.is_empty();
        let hub = Arc::new(Self {
            ears,
            log,
            queue: layered.then_some(sender),
            cache: Mutex::new(Responses::new(limits)),
            generation: AtomicU64::new(0),
            born: Instant::now(),
            routes: Mutex::default(),
            settled: Settled::default(),
            depth: limits.queue,
            unread: limits.notifications,
        });
        if layered {
            let weak = Arc::downgrade(&hub);
            tokio::spawn(async move {
                while let Some((method, params)) = queue.recv().await {
                    let Some(hub) = weak.upgrade() else { return };
                    if let Some((method, params)) = hub.filter(method, params).await {
                        hub.deliver(&method, params.as_deref());
                    }
                }
            });
        }
        hub
    }

    pub(crate) fn chain(&self) -> &Chain {
        &self.ears.chain
    }

    /// Tells the hub what was negotiated.
    pub(crate) fn settle(&self, revision: Revision) {
        self.settled.set(revision);
    }

    fn routes(&self) -> MutexGuard<'_, Routes> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cache(&self) -> MutexGuard<'_, Responses> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a notification. Never blocks; with layers, it is delivered later and in order.
    pub(crate) fn receive(&self, method: &str, params: Option<&RawValue>) {
        let Some(queue) = &self.queue else {
            self.deliver(method, params);
            return;
        };
        if queue.try_send((method.to_owned(), params.map(RawValue::to_owned))).is_err() {
            let depth = self.depth;
            let text = format!("dropped a notification: {depth} wait for the layers already (limit queue)");
            self.log.line(LogLevel::Error, &text);
        }
    }

    /// Lets a notification through the layers; `None` when one of them dropped it.
    async fn filter(
        &self,
        method: String,
        params: Option<Box<RawValue>>,
    ) -> Option<(String, Option<Box<RawValue>>)> {
        let revision = self.settled.get().unwrap_or(Revision::LATEST);
        let bytes = params.map_or_else(Bytes::new, |raw| Bytes::from(String::from(Box::<str>::from(raw))));
        let message = Message::new(method.into(), bytes, revision, None).notifying();
        let passed = Arc::new(Mutex::new(None));
        let slot = passed.clone();
        let last = move |message| -> futures_util::future::BoxFuture<'static, ()> {
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(message);
            Box::pin(std::future::ready(()))
        };
        self.ears.chain.notification(message, last).await;
        let message: Message = passed.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let params = match message.params.is_empty() {
            true => None,
            false => match json::raw(message.params.to_vec()) {
                Ok(raw) => Some(raw),
                Err(error) => {
                    self.log.line(LogLevel::Error, &format!("dropped a notification: {}", error.detail));
                    return None;
                }
            },
        };
        Some((message.method.as_ref().to_owned(), params))
    }

    /// Lets a progress report through the layers, which may change or drop it.
    pub(crate) async fn pass(&self, token: &Id, report: Progress) -> Option<Progress> {
        if self.ears.chain.is_empty() {
            return Some(report);
        }
        let params = meta::progress_params(token, report.progress, report.total, report.message.as_deref());
        let (_, params) = self.filter(methods::PROGRESS.to_owned(), json::raw(params).ok()).await?;
        let p = meta::Progress::parse(params.as_deref()).ok()?;
        Some(Progress { progress: p.progress, total: p.total, message: p.message.map(Into::into) })
    }

    fn deliver(&self, method: &str, params: Option<&RawValue>) {
        match method {
            methods::LOG_MESSAGE => self.log_message(params),
            methods::ELICITATION_COMPLETE => {
                if let (Some(finished), Some(id)) = (&self.ears.on_finished, params.and_then(elicitation_id))
                {
                    finished(&id);
                }
            }
            methods::SUBSCRIPTIONS_ACKNOWLEDGED => match subscribe::parse_acknowledged(params) {
                Ok((id, granted)) => {
                    for listener in self.listeners(&Route::Subscription(id)) {
                        listener.acknowledge(&granted);
                    }
                }
                Err(error) => {
                    let text = format!("skipped what should acknowledge a subscription: {}", error.detail);
                    self.log.line(LogLevel::Warning, &text);
                }
            },
            method => {
                if let Some(change) = Change::parse(method, params) {
                    self.change(&change, params);
                }
            }
        }
        self.tap(method, params);
    }

    fn change(&self, change: &Change, params: Option<&RawValue>) {
        self.invalidate(change);
        let route = subscribe::subscription_id(params).map_or(Route::Session, Route::Subscription);
        for listener in self.listeners(&route) {
            listener.hear(change, &self.log);
        }
    }

    fn tap(&self, method: &str, params: Option<&RawValue>) {
        let taps = {
            let mut routes = self.routes();
            routes.taps.retain(|tap| tap.strong_count() > 0);
            routes.taps.clone()
        };
        for tap in taps.iter().filter_map(Weak::upgrade) {
            let incoming = Incoming { method: method.to_owned(), params: params.map(RawValue::to_owned) };
            if tap.push(incoming) == Pushed::Displaced {
                let text = format!(
                    "dropped a notification: {} are unread already (limit notifications)",
                    self.unread
                );
                self.log.line(LogLevel::Warning, &text);
            }
        }
    }

    fn log_message(&self, params: Option<&RawValue>) {
        let Ok(message) = LogMessage::parse(params) else {
            self.log.line(LogLevel::Warning, "skipped a log message of the server that cannot be read");
            return;
        };
        let level = match message.level {
            Level::Debug => LogLevel::Debug,
            Level::Info | Level::Notice => LogLevel::Info,
            Level::Warning => LogLevel::Warning,
            Level::Error | Level::Critical | Level::Alert | Level::Emergency => LogLevel::Error,
        };
        let data = message.data.get();
        match serde_json::from_str::<String>(data) {
            Ok(text) => self.log.line(level, &text),
            Err(_) => self.log.line(level, data),
        }
        if let Some(handler) = &self.ears.on_log {
            handler(LogRecord {
                level: message.level,
                logger: message.logger.map(Into::into),
                data: message.data.to_owned(),
            });
        }
    }

    fn listeners(&self, route: &Route) -> Vec<Arc<Listener>> {
        let routes = self.routes();
        routes.listeners.iter().filter(|(known, _)| known == route).map(|(_, who)| who.clone()).collect()
    }

    pub(crate) fn add(&self, route: Route, listener: Arc<Listener>) {
        self.routes().listeners.push((route, listener));
    }

    pub(crate) fn remove(&self, listener: &Arc<Listener>) {
        self.routes().listeners.retain(|(_, known)| !Arc::ptr_eq(known, listener));
    }

    /// Everything that comes in from now on.
    pub(crate) fn listen(&self) -> Arc<Feed<Incoming>> {
        let feed = Arc::new(Feed::new(self.unread));
        self.routes().taps.push(Arc::downgrade(&feed));
        feed
    }

    /// What the server said for a while could not be heard.
    pub(crate) fn missed(&self) {
        for listener in self.listeners(&Route::Session) {
            listener.missed();
        }
    }

    /// The stream between requests is gone for good.
    pub(crate) fn deaf(&self, error: &dovetail_protocol::Error) {
        for listener in self.listeners(&Route::Session) {
            listener.fail(error.clone());
        }
    }

    /// Nothing will come any more.
    pub(crate) fn end(&self) {
        let routes = std::mem::take(&mut *self.routes());
        for (_, listener) in routes.listeners {
            listener.end();
        }
        for tap in routes.taps.iter().filter_map(Weak::upgrade) {
            tap.end();
        }
    }

    pub(crate) fn caches(&self) -> bool {
        self.ears.partition.is_some()
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A fresh answer that was given before.
    pub(crate) fn cached(&self, key: &Key) -> Option<Box<RawValue>> {
        let partition = self.ears.partition.as_deref()?;
        let now = self.now_ms();
        self.cache().get(key, partition, now).map(|raw| (*raw).to_owned())
    }

    /// To be read before a request, and given back with its answer.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(crate) fn keep(&self, key: Key, result: &RawValue, generation: u64) {
        let Some(partition) = self.ears.partition.as_deref() else { return };
        let now = self.now_ms();
        let mut cache = self.cache();
        if self.generation() == generation {
            cache.put(key, partition, result, Hints::of(result), now);
        }
    }

    pub(crate) fn invalidate(&self, change: &Change) {
        let mut cache = self.cache();
        self.generation.fetch_add(1, Ordering::AcqRel);
        cache.invalidate(change);
    }

    /// Forgets one listing, every page of it.
    pub(crate) fn invalidate_list(&self, method: &str) {
        let mut cache = self.cache();
        self.generation.fetch_add(1, Ordering::AcqRel);
        cache.invalidate_list(method);
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("chain", &self.ears.chain).finish_non_exhaustive()
    }
}

fn elicitation_id(params: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Params {
        elicitation_id: String,
    }
    serde_json::from_str::<Params>(params.get()).ok().map(|params| params.elicitation_id)
}
