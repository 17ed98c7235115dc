//! News for clients: `subscriptions/listen` of the current revision, and the standing news of sessions
//! (`basic/patterns/subscriptions`, `2025-11-25/server/resources`).
use std::sync::Arc;

use dovetail_protocol::revision::encode_result;
use dovetail_protocol::subscribe::{self, Filter};
use dovetail_protocol::types::ServerCapabilities;
use dovetail_protocol::{Error, Id, RawValue, jsonrpc, methods};
use futures_util::StreamExt;
use tokio_util::sync::CancellationToken;

use super::core::Core;
use super::incoming::{Incoming, Memory, Outbound, Urgency};
use crate::bus::Change;

/// Serves one subscription until the server ends. Dropping the future ends it without an answer.
///
/// # Errors
/// `invalid_params` for a filter that is none, `busy` when too many listen.
pub(crate) async fn listen(core: &Arc<Core>, incoming: Box<Incoming>) -> Result<Vec<u8>, Error> {
    let snapshot = core.snapshot();
    let wanted = Filter::parse_params(incoming.raw_params()?, snapshot.limits())?;
    let _place = core.admit_listener()?;
    // Subscribed before the acknowledgement goes out, so that nothing falls between.
    let mut changes = core.bus().subscribe();
    let capabilities: Box<RawValue> = serde_json::from_slice(&snapshot.capabilities(incoming.revision))
        .map_err(|_| Error::new(dovetail_protocol::ErrorKind::Internal, "capabilities are JSON"))?;
    let granted = wanted.granted(&ServerCapabilities::parse(&capabilities)?);
    let id = &incoming.id;
    drop(snapshot);
    send(
        &*incoming.outbound,
        Urgency::Required,
        methods::SUBSCRIPTIONS_ACKNOWLEDGED,
        &subscribe::acknowledged_params(id, &granted),
    );
    loop {
        let change = tokio::select! {
            change = changes.next() => change,
            () = core.closing.cancelled() => None,
        };
        let Some(change) = change else { break };
        for news in expand(&change, || granted.resource_subscriptions.iter().map(String::as_str).collect()) {
            if granted.wants(&news) {
                tell(&*incoming.outbound, &news, Some(id));
            }
        }
    }
    Ok(encode_result(incoming.revision, &subscribe::closed_body(id), core.server_info(), None))
}

/// Tells a session what changes from now on, for as long as it lasts.
pub(crate) fn standing(
    core: Arc<Core>,
    memory: Arc<Memory>,
    outbound: Arc<dyn Outbound>,
    end: CancellationToken,
) -> impl Future<Output = ()> + Send + 'static {
    // Subscribed before the future is polled for the first time: whoever asked is told of everything after.
    let mut changes = core.bus().subscribe();
    async move {
        loop {
            let change = tokio::select! {
                change = changes.next() => change,
                () = end.cancelled() => None,
                () = core.closing.cancelled() => None,
            };
            let Some(change) = change else { break };
            let subscribed = memory.subscriptions();
            for news in expand(&change, || subscribed.iter().map(|uri| &**uri).collect()) {
                let wanted = match &news {
                    subscribe::Change::ResourceUpdated { uri } => memory.is_subscribed(uri),
                    _ => true,
                };
                if wanted {
                    tell(&*outbound, &news, None);
                }
            }
        }
    }
}

/// What a change means for somebody who subscribed to these resources.
fn expand<'a>(change: &Change, subscribed: impl FnOnce() -> Vec<&'a str>) -> Vec<subscribe::Change> {
    match change {
        Change::Tools => vec![subscribe::Change::ToolsListChanged],
        Change::Prompts => vec![subscribe::Change::PromptsListChanged],
        Change::Resources => vec![subscribe::Change::ResourcesListChanged],
        Change::Resource(uri) => vec![subscribe::Change::ResourceUpdated { uri: uri.to_string() }],
        Change::Missed => {
            let updated = |uri: &str| subscribe::Change::ResourceUpdated { uri: uri.to_owned() };
            let lists = [
                subscribe::Change::ToolsListChanged,
                subscribe::Change::PromptsListChanged,
                subscribe::Change::ResourcesListChanged,
            ];
            lists.into_iter().chain(subscribed().into_iter().map(updated)).collect()
        }
    }
}

fn tell(outbound: &dyn Outbound, news: &subscribe::Change, subscription: Option<&Id>) {
    let urgency = match news {
        subscribe::Change::ResourceUpdated { uri } => Urgency::Resource(uri),
        other => Urgency::News(other.method()),
    };
    send(outbound, urgency, news.method(), &news.params(subscription));
}

fn send(outbound: &dyn Outbound, urgency: Urgency<'_>, method: &str, params: &[u8]) {
    let mut frame = Vec::with_capacity(params.len() + method.len() + 48);
    jsonrpc::write_notification(&mut frame, method, params);
    outbound.notify(urgency, frame.into());
}
