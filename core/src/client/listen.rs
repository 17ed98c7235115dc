//! Listening to what changes at a server.
//!
//! Owns streams of changes: `subscriptions/listen` on modern revisions, subscriptions of a session on the others. Must
//! never let a break go unnoticed: after one, everything that was listened to counts as changed.
//! Specification: "Subscriptions"; "Resources", section "Subscriptions" of the session revisions.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as Turn, Poll};
use std::time::Duration;

use dovetail_protocol::subscribe::{Change, Filter, listen_params};
use dovetail_protocol::types::ServerCapabilities;
use dovetail_protocol::{Error, ErrorKind, Feature, Revision, methods};
use futures_util::Stream;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::connection::{self, Connection, Outgoing, Wait};
use super::context::Context;
use super::feed::{Feed, Pushed};
use super::hub::{Hub, Incoming, Route};
use super::json::{inner, push_string};
use super::log::{Log, LogLevel};
use super::retry::{self, STEADY};

/// What one stream has asked for, and what has come of it.
pub(crate) struct Listener {
    feed: Feed<Result<Heard, Error>>,
    state: Mutex<State>,
}

/// Changes are told apart; an error is told once.
struct Heard(Change);

struct State {
    wanted: Filter,
    granted: Option<Filter>,
    /// Told of the first acknowledgement, or of the end before it.
    first: Option<oneshot::Sender<Result<Filter, Error>>>,
    /// Whether the stream under way has been acknowledged.
    fresh: bool,
    waiting: Vec<Change>,
}

impl Listener {
    fn new(wanted: Filter, limit: usize) -> (Arc<Self>, oneshot::Receiver<Result<Filter, Error>>) {
        let (first, granted) = oneshot::channel();
        let state = State { wanted, granted: None, first: Some(first), fresh: false, waiting: Vec::new() };
        (Arc::new(Self { feed: Feed::new(limit), state: Mutex::new(state) }), granted)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server has agreed to this much. After a break, all of it may have changed.
    pub(crate) fn acknowledge(&self, granted: &Filter) {
        let mut state = self.lock();
        state.fresh = true;
        let again = state.granted.replace(granted.clone()).is_some();
        if let Some(first) = state.first.take() {
            let _ = first.send(Ok(granted.clone()));
        }
        drop(state);
        if again {
            self.missed();
        }
    }

    /// Anything may have happened: all that is listened to counts as changed.
    pub(crate) fn missed(&self) {
        let granted = self.lock().granted.clone().unwrap_or_default();
        for change in everything(&granted) {
            self.add(change);
        }
    }

    pub(crate) fn hear(&self, change: &Change, log: &Log) {
        if !self.lock().wanted.wants(change) {
            log.line(LogLevel::Warning, "skipped a notification that nobody asked for");
            return;
        }
        if self.add(change.clone()) == Pushed::Displaced {
            log.line(LogLevel::Warning, "dropped a change: too many are unread already (limit queue)");
        }
    }

    fn add(&self, change: Change) -> Pushed {
        let mut state = self.lock();
        if state.waiting.contains(&change) {
            return Pushed::Kept;
        }
        state.waiting.push(change.clone());
        let pushed = self.feed.push(Ok(Heard(change)));
        if pushed == Pushed::Displaced {
            state.waiting.remove(0);
        }
        pushed
    }

    pub(crate) fn fail(&self, error: Error) {
        let first = self.lock().first.take();
        match first {
            Some(first) => {
                let _ = first.send(Err(error));
            }
            None => {
                self.feed.push(Err(error));
            }
        }
        self.feed.end();
    }

    pub(crate) fn end(&self) {
        let first = self.lock().first.take();
        if let Some(first) = first {
            let detail = "the server ended the subscription before it acknowledged it";
            let _ = first.send(Err(Error::new(ErrorKind::Malformed, detail)));
        }
        self.feed.end();
    }

    /// Whether the stream that has just ended had been acknowledged.
    fn was_fresh(&self) -> bool {
        std::mem::take(&mut self.lock().fresh)
    }

    fn poll(&self, turn: &Turn<'_>) -> Poll<Option<Result<Change, Error>>> {
        self.feed.poll(turn).map(|next| {
            next.map(|heard| {
                heard.map(|Heard(change)| {
                    self.lock().waiting.retain(|waiting| *waiting != change);
                    change
                })
            })
        })
    }
}

/// Every change that a filter lets through.
fn everything(filter: &Filter) -> Vec<Change> {
    let lists = [
        (filter.tools_list_changed, Change::ToolsListChanged),
        (filter.prompts_list_changed, Change::PromptsListChanged),
        (filter.resources_list_changed, Change::ResourcesListChanged),
    ];
    let lists = lists.into_iter().filter_map(|(wanted, change)| wanted.then_some(change));
    let uris = filter.resource_subscriptions.iter();
    lists.chain(uris.map(|uri| Change::ResourceUpdated { uri: uri.clone() })).collect()
}

/// A stream of changes. Dropping it ends the subscription at the server.
///
/// The same change is reported once, however often it happened before it was read. When the connection breaks, the
/// stream is taken up again, and everything listened to is reported as changed. It ends when the server or the client
/// closes it; an error is its last item.
#[must_use = "dropping it ends the subscription"]
pub struct Listening {
    listener: Arc<Listener>,
    granted: Filter,
    hub: Arc<Hub>,
    task: Option<AbortHandle>,
    /// Resources to be taken back from a session.
    session: Option<Session>,
}

/// A subscription of the session revisions.
struct Session {
    connection: Arc<dyn Connection>,
    context: Context,
    revision: Revision,
    timeout: Duration,
    uris: Vec<String>,
}

impl Listening {
    /// What the server agreed to report; it may be less than was asked for.
    pub fn granted(&self) -> &Filter {
        &self.granted
    }

    /// Ends the subscription and waits until the server knows, where it has to be told.
    ///
    /// # Errors
    /// Whatever kept the server from being told; the subscription has ended here nevertheless.
    pub async fn close(mut self) -> Result<(), Error> {
        self.hub.remove(&self.listener);
        match self.session.take() {
            Some(session) => session.leave().await,
            None => Ok(()),
        }
    }

    /// The next change. Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<Change, Error>> {
        std::future::poll_fn(|turn| self.listener.poll(turn)).await
    }
}

impl Stream for Listening {
    type Item = Result<Change, Error>;

    fn poll_next(self: Pin<&mut Self>, turn: &mut Turn<'_>) -> Poll<Option<Self::Item>> {
        self.listener.poll(turn)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.hub.remove(&self.listener);
        if let Some(task) = &self.task {
            task.abort();
        }
        // Without a runtime nothing can be sent any more.
        if let (Some(session), Ok(runtime)) = (self.session.take(), tokio::runtime::Handle::try_current()) {
            runtime.spawn(async move {
                let log = session.context.log.clone();
                if let Err(error) = session.leave().await {
                    let text = format!("a subscription could not be taken back: {}", error.detail);
                    log.line(LogLevel::Debug, &text);
                }
            });
        }
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listening").field("granted", &self.granted).finish_non_exhaustive()
    }
}

/// Opens a stream of changes on whatever the connection speaks.
pub(crate) async fn open(
    connection: Arc<dyn Connection>,
    context: Context,
    revision: Revision,
    capabilities: &ServerCapabilities,
    filter: Filter,
    timeout: Duration,
    overhear: bool,
) -> Result<Listening, Error> {
    let limit = context.limits.subscriptions;
    if filter.resource_subscriptions.len() > limit {
        let detail = format!("more than {limit} resources to listen to (limit subscriptions)");
        return Err(Error::new(ErrorKind::LimitExceeded, detail));
    }
    if revision.has(Feature::Listen) {
        modern(connection, context, revision, filter, timeout).await
    } else {
        session(connection, context, revision, filter.granted(capabilities), timeout, overhear).await
    }
}

async fn modern(
    connection: Arc<dyn Connection>,
    context: Context,
    revision: Revision,
    filter: Filter,
    timeout: Duration,
) -> Result<Listening, Error> {
    let hub = context.hub.clone();
    let (listener, first) = Listener::new(filter.clone(), context.limits.queue);
    let task = tokio::spawn(keep(connection, context, revision, filter, listener.clone()));
    let mut listening = Listening {
        listener,
        granted: Filter::default(),
        hub,
        task: Some(task.abort_handle()),
        session: None,
    };
    match tokio::time::timeout(timeout, first).await {
        Ok(Ok(granted)) => listening.granted = granted?,
        Ok(Err(_)) => return Err(connection::closed()),
        Err(_) => {
            let wait = Wait::only(timeout);
            return Err(connection::deadline(methods::SUBSCRIPTIONS_LISTEN, wait, connection::Over::Timeout));
        }
    }
    Ok(listening)
}

/// Keeps a subscription open until it is closed, or cannot be had again.
async fn keep(
    connection: Arc<dyn Connection>,
    context: Context,
    revision: Revision,
    filter: Filter,
    listener: Arc<Listener>,
) {
    let hub = context.hub.clone();
    let params = listen_params(&filter);
    let mut tries = 0;
    loop {
        let (routes, heard) = (hub.clone(), listener.clone());
        let mut started = move |id: &dovetail_protocol::Id| {
            routes.remove(&heard);
            routes.add(Route::Subscription(id.clone()), heard.clone());
        };
        let request = Outgoing {
            wait: Wait::only(Duration::MAX),
            started: Some(&mut started),
            cancellable: true,
            ..Outgoing::plain(revision, methods::SUBSCRIPTIONS_LISTEN, inner(&params), Duration::MAX)
        };
        let start = Instant::now();
        let outcome = connection.exchange(request).await;
        hub.remove(&listener);
        let Err(error) = outcome else {
            listener.end();
            return;
        };
        if listener.was_fresh() && start.elapsed() >= STEADY {
            tries = 0;
        }
        if error.kind == ErrorKind::Closed {
            listener.end();
            return;
        }
        if !retry::may_reconnect(&error) || tries == context.limits.reconnects {
            listener.fail(error);
            return;
        }
        let text = format!("a subscription broke and is opened again: {}", error.detail);
        context.log.line(LogLevel::Warning, &text);
        tokio::time::sleep(retry::pause(tries, &error)).await;
        tries += 1;
    }
}

async fn session(
    connection: Arc<dyn Connection>,
    context: Context,
    revision: Revision,
    granted: Filter,
    timeout: Duration,
    overhear: bool,
) -> Result<Listening, Error> {
    let hub = context.hub.clone();
    let (listener, _) = Listener::new(granted.clone(), context.limits.queue);
    listener.acknowledge(&granted);
    hub.add(Route::Session, listener.clone());
    let uris = granted.resource_subscriptions.clone();
    let session = Session { connection, context, revision, timeout, uris: Vec::new() };
    let mut listening = Listening { listener, granted, hub, task: None, session: Some(session) };
    if overhear && let Some(session) = &listening.session {
        session.connection.overhear().await;
    }
    for uri in uris {
        if let Some(session) = &mut listening.session {
            enter(&*session.connection, &session.context, revision, &uri, timeout).await?;
            session.uris.push(uri);
        }
    }
    Ok(listening)
}

/// Asks a session to report a resource, unless it does already.
pub(crate) async fn enter(
    connection: &dyn Connection,
    context: &Context,
    revision: Revision,
    uri: &str,
    timeout: Duration,
) -> Result<(), Error> {
    if !context.memory.enter(uri) {
        return Ok(());
    }
    let sent = send(connection, methods::RESOURCES_SUBSCRIBE, revision, uri, timeout).await;
    if sent.is_err() {
        context.memory.leave(uri);
    }
    sent
}

/// Takes that back, when nobody else wants it.
pub(crate) async fn leave(
    connection: &dyn Connection,
    context: &Context,
    revision: Revision,
    uri: &str,
    timeout: Duration,
) -> Result<(), Error> {
    if !context.memory.leave(uri) {
        return Ok(());
    }
    send(connection, methods::RESOURCES_UNSUBSCRIBE, revision, uri, timeout).await
}

async fn send(
    connection: &dyn Connection,
    method: &'static str,
    revision: Revision,
    uri: &str,
    timeout: Duration,
) -> Result<(), Error> {
    let mut fields = br#""uri":"#.to_vec();
    push_string(&mut fields, uri);
    connection.exchange(Outgoing::plain(revision, method, &fields, timeout)).await.map(drop)
}

impl Session {
    /// Takes back what it can; gives the first failure.
    async fn leave(self) -> Result<(), Error> {
        let mut first = Ok(());
        for uri in &self.uris {
            let left = leave(&*self.connection, &self.context, self.revision, uri, self.timeout).await;
            first = first.and(left);
        }
        first
    }
}

/// Every notification that came in, as it came in. When it is read too slowly, the oldest go, and the log says so.
#[must_use = "a stream does nothing unless it is polled"]
pub struct Notifications(pub(crate) Arc<Feed<Incoming>>);

impl Notifications {
    /// The next notification; none after the client was closed. Cancel-safe.
    pub async fn next(&mut self) -> Option<Incoming> {
        std::future::poll_fn(|turn| self.0.poll(turn)).await
    }
}

impl Stream for Notifications {
    type Item = Incoming;

    fn poll_next(self: Pin<&mut Self>, turn: &mut Turn<'_>) -> Poll<Option<Incoming>> {
        self.0.poll(turn)
    }
}

impl fmt::Debug for Notifications {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notifications")
    }
}
