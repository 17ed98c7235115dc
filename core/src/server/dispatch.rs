//! From a request to its answer: admission, the chain of layers, and the router.
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use bytes::Bytes;
use dovetail_protocol::revision::{complete_result, encode_result};
use dovetail_protocol::types::{CompleteParams, SetLevelParams, UriParams};
use dovetail_protocol::{Error, ErrorKind, Feature, Id, Revision, error, jsonrpc, methods, negotiate};

use super::context::Asking;
use super::core::Core;
use super::incoming::{Incoming, shorten};
use super::listing::{self, Listing};
use super::snapshot::{Cacheable, Snapshot};
use super::{Context, Failure, Output, completion, invoke, listen};
use crate::client::LogLevel;
use crate::middleware::Message;

/// An answer on its way out.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// One JSON-RPC message.
    pub(crate) frame: Bytes,
    /// The HTTP status that goes with it.
    pub(crate) status: u16,
}

/// The refusal of a message; `id` is `None` when it could not be read.
pub(crate) fn refuse(revision: Revision, id: Option<&Id>, error: &Error) -> Reply {
    let mut frame = Vec::with_capacity(160);
    // A handler may refuse a request with a code of its own.
    let wire = error.rpc.clone().unwrap_or_else(|| error.to_wire(revision));
    jsonrpc::write_error(&mut frame, id, revision.null_id(), &wire);
    Reply { frame: frame.into(), status: error.kind.http_status(revision) }
}

/// Answers one request. Dropping the future cancels it.
pub(crate) async fn answer(core: &Arc<Core>, incoming: Box<Incoming>) -> Reply {
    let (id, revision) = (incoming.id.clone(), incoming.revision);
    let work = pin!(admitted(core, incoming));
    let outcome = caught(work).await.unwrap_or_else(|Panicked| {
        let text = "a handler or layer panicked; its request was answered with an error";
        core.snapshot().log().line(LogLevel::Error, text);
        Err(Error::new(ErrorKind::Internal, "the server failed unexpectedly"))
    });
    match outcome {
        Ok(result) => {
            let mut frame = Vec::new();
            jsonrpc::write_result(&mut frame, &id, &result);
            Reply { frame: frame.into(), status: 200 }
        }
        Err(error) => refuse(revision, Some(&id), &error),
    }
}

/// The work panicked; the panic hook has said what and where.
pub(super) struct Panicked;

/// Runs pinned work until it ends or panics. (A combinator would move the work, which is large.)
pub(super) async fn caught<F: Future>(mut work: Pin<&mut F>) -> Result<F::Output, Panicked> {
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
        Ok(poll) => poll.map(Ok),
        Err(_) => Poll::Ready(Err(Panicked)),
    })
    .await
}

async fn admitted(core: &Arc<Core>, incoming: Box<Incoming>) -> Result<Vec<u8>, Error> {
    let free = match &*incoming.method {
        // A stream of news is no work in flight: it lasts as long as its client likes, and has places of its own.
        methods::SUBSCRIPTIONS_LISTEN => incoming.revision.has(Feature::Listen),
        // A full server is still alive.
        methods::PING => incoming.revision.has(Feature::Ping),
        _ => false,
    };
    let _place = if free { None } else { Some(core.admit()?) };
    let snapshot = core.snapshot();
    if snapshot.layers().is_empty() {
        return route(core, snapshot, incoming).await;
    }
    let ping = free && &*incoming.method == methods::PING;
    let _in_layers = if ping { Some(core.admit_to_layers()?) } else { None };
    Box::pin(layered(core, snapshot, incoming)).await
}

async fn layered(
    core: &Arc<Core>,
    snapshot: Arc<Snapshot>,
    incoming: Box<Incoming>,
) -> Result<Vec<u8>, Error> {
    let (name, method, revision) = (incoming.name.clone(), incoming.method.clone(), incoming.revision);
    let message = Message::new(
        Arc::from(&*incoming.method),
        incoming.params(),
        incoming.revision,
        incoming.principal.clone(),
    );
    // What the codec made is complete; kept, so that it cannot be mistaken for something that a layer made.
    let made = Arc::new(OnceLock::new());
    let (inner, slot, routed) = (core.clone(), made.clone(), snapshot.clone());
    let outcome = snapshot.layers().request(message, move |message| {
        Box::pin(async move {
            let incoming = incoming.with_params(message.method, message.params)?;
            let result = Bytes::from(route(&inner, routed, incoming).await?);
            // Empty: there is one run inside of one chain.
            let _ = slot.set(result.clone());
            Ok(result)
        })
    });
    let result = outcome.await.map_err(|error| error::naming(error, name.as_deref().unwrap_or_default()))?;
    let untouched = |made: &Bytes| made.as_ptr() == result.as_ptr() && made.len() == result.len();
    if made.get().is_some_and(untouched) {
        drop(made);
        return Ok(result.into());
    }
    let cache = match &*method {
        methods::DISCOVER => Some(Cacheable::Discover),
        methods::RESOURCES_READ => Some(Cacheable::Reads),
        method => Listing::of(method).map(Listing::cacheable),
    };
    let cache = cache.map(|what| snapshot.cache(what));
    complete_result(revision, &method, &result, core.server_info(), cache)
}

async fn route(core: &Arc<Core>, snapshot: Arc<Snapshot>, incoming: Box<Incoming>) -> Result<Vec<u8>, Error> {
    let revision = incoming.revision;
    let simple = |body: &[u8]| Ok(encode_result(revision, body, core.server_info(), None));
    let offered = |listing: Listing| {
        if snapshot.offers(listing) { Ok(()) } else { Err(unknown_method(revision, &incoming.method)) }
    };
    if let Some(listing) = Listing::of(&incoming.method) {
        offered(listing)?;
        let page = listing::page(&snapshot, listing, revision, incoming.raw_params()?)?;
        let cache = snapshot.cache(listing.cacheable());
        return Ok(encode_result(revision, &page, core.server_info(), Some(cache)));
    }
    // A future has room for its largest step: all but the commonest one are boxed.
    match &*incoming.method {
        methods::TOOLS_CALL => invoke::tool(core, &snapshot, incoming).await,
        methods::PROMPTS_GET => {
            offered(Listing::Prompts)?;
            Box::pin(invoke::prompt(core, &snapshot, incoming)).await
        }
        methods::RESOURCES_READ => {
            offered(Listing::Resources)?;
            Box::pin(invoke::resource(core, &snapshot, incoming)).await
        }
        methods::COMPLETION_COMPLETE => Box::pin(complete(core, &snapshot, incoming)).await,
        methods::SUBSCRIPTIONS_LISTEN if revision.has(Feature::Listen) => {
            drop(snapshot);
            Box::pin(listen::listen(core, incoming)).await
        }
        methods::RESOURCES_SUBSCRIBE if revision.has(Feature::Subscribe) => {
            offered(Listing::Resources)?;
            let uri = UriParams::parse(incoming.raw_params()?)?.uri;
            if let Some(memory) = &incoming.memory {
                memory.subscribe(&uri, snapshot.limits())?;
            }
            simple(b"{}")
        }
        methods::RESOURCES_UNSUBSCRIBE if revision.has(Feature::Subscribe) => {
            offered(Listing::Resources)?;
            let uri = UriParams::parse(incoming.raw_params()?)?.uri;
            if let Some(memory) = &incoming.memory {
                memory.unsubscribe(&uri);
            }
            simple(b"{}")
        }
        methods::LOGGING_SET_LEVEL if revision.has(Feature::SetLevel) => {
            let level = SetLevelParams::parse(incoming.raw_params()?)?.level;
            if let Some(memory) = &incoming.memory {
                memory.set_level(level);
            }
            simple(b"{}")
        }
        methods::DISCOVER if revision.has(Feature::Discover) => {
            let body = negotiate::discover_result(&snapshot.capabilities(revision), snapshot.instructions());
            Ok(encode_result(revision, &body, core.server_info(), Some(snapshot.cache(Cacheable::Discover))))
        }
        methods::PING if revision.has(Feature::Ping) => simple(b"{}"),
        method => match snapshot.method(method).cloned() {
            Some(handler) => {
                let params = incoming.params();
                let arguments = if params.is_empty() { Bytes::from_static(b"{}") } else { params };
                let context = Context::new(incoming, None, snapshot, Asking::No);
                let result = plain(handler.call(context, arguments).await)?;
                simple(&result)
            }
            None => Err(unknown_method(revision, method)),
        },
    }
}

async fn complete(
    core: &Arc<Core>,
    snapshot: &Arc<Snapshot>,
    incoming: Box<Incoming>,
) -> Result<Vec<u8>, Error> {
    let revision = incoming.revision;
    let found = {
        let params = CompleteParams::parse(incoming.raw_params()?)?;
        completion::find(snapshot, &params, &incoming.params())?
    };
    let body = match found {
        None => completion::shape(&Output::Value(Bytes::from_static(b"[]")))?,
        Some((handler, arguments)) => {
            let context = Context::new(incoming, None, snapshot.clone(), Asking::No);
            match handler.call(context, arguments).await {
                Ok(output) => completion::shape(&output)?,
                Err(Failure::Tool(text)) => return Err(Error::new(ErrorKind::Internal, text)),
                Err(Failure::Protocol(error)) => return Err(error),
            }
        }
    };
    Ok(encode_result(revision, &body, core.server_info(), None))
}

/// The result object of a handler that has no shape of its own.
fn plain(outcome: Result<Output, Failure>) -> Result<Bytes, Error> {
    let result = match outcome {
        Ok(Output::Value(result) | Output::Whole(result)) => result,
        Ok(Output::Blob(_)) => return Err(Error::new(ErrorKind::Internal, "the result of a method is JSON")),
        Err(Failure::Tool(text)) => return Err(Error::new(ErrorKind::Internal, text)),
        Err(Failure::Protocol(error)) => return Err(error),
    };
    match result.trim_ascii_start().first() {
        Some(b'{') => Ok(result),
        _ => Err(Error::new(ErrorKind::Internal, "the result of a method is a JSON object")),
    }
}

fn unknown_method(revision: Revision, method: &str) -> Error {
    Error::new(ErrorKind::MethodNotFound, format!("{revision} has no method {:?} here", shorten(method)))
}
