//! News about what a server offers, from whoever changes it to every stream that listens.
//!
//! The default bus lives in this process. A bus that spans processes makes a change at one instance reach clients
//! that listen at another.
use std::fmt;
use std::sync::Arc;

use futures_util::Stream;
use futures_util::stream::{self, BoxStream, StreamExt};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

/// What has changed.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Change {
    /// The list of tools.
    Tools,
    /// The list of prompts.
    Prompts,
    /// The list of resources or of resource templates.
    Resources,
    /// The contents of one resource, by its URI.
    Resource(Box<str>),
    /// News was lost, because it came faster than it was read: anything may have changed.
    Missed,
}

/// Carries changes between the instances of a server. Losing news is allowed, and told with [`Change::Missed`].
pub trait Bus: Send + Sync + 'static {
    /// Tells everybody. Must not block.
    fn publish(&self, change: Change);

    /// Everything that is published from now on, by any instance, this one included.
    fn subscribe(&self) -> BoxStream<'static, Change>;
}

/// Changes that a slow reader may fall behind before it misses some.
const DEPTH: usize = 1024;

/// The bus of one process.
#[derive(Clone)]
pub struct LocalBus(broadcast::Sender<Change>);

impl Default for LocalBus {
    fn default() -> Self {
        Self(broadcast::channel(DEPTH).0)
    }
}

impl fmt::Debug for LocalBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalBus({} listeners)", self.0.receiver_count())
    }
}

impl Bus for LocalBus {
    fn publish(&self, change: Change) {
        // Nobody listening is fine.
        let _ = self.0.send(change);
    }

    fn subscribe(&self) -> BoxStream<'static, Change> {
        receive(self.0.subscribe()).boxed()
    }
}

fn receive(receiver: broadcast::Receiver<Change>) -> impl Stream<Item = Change> + Send {
    stream::unfold(receiver, |mut receiver| async move {
        match receiver.recv().await {
            Ok(change) => Some((change, receiver)),
            Err(broadcast::error::RecvError::Lagged(_)) => Some((Change::Missed, receiver)),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    })
}

/// The bus of a server, shared by all of its transports.
#[derive(Clone)]
pub(crate) struct SharedBus(Arc<dyn Bus>);

impl SharedBus {
    pub(crate) fn new(bus: impl Bus) -> Self {
        Self(Arc::new(bus))
    }

    pub(crate) fn publish(&self, change: Change) {
        self.0.publish(change);
    }

    pub(crate) fn subscribe(&self) -> BoxStream<'static, Change> {
        self.0.subscribe()
    }
}

impl Default for SharedBus {
    fn default() -> Self {
        Self::new(LocalBus::default())
    }
}
