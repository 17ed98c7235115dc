//! From a request to its answer, for the methods that need no memory of a connection.
use std::sync::Arc;

use bytes::Bytes;
use dovetail_protocol::revision::encode_result;
use dovetail_protocol::{
    Cache, CacheScope, Error, ErrorKind, Feature, Id, Revision, jsonrpc, methods, negotiate,
};

use super::call::{self, Incoming, shorten};
use super::core::Core;

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

/// What a list may be cached for: not at all unless the server says more.
const UNCACHED: Cache = Cache { ttl_ms: 0, scope: CacheScope::Private };

/// Capabilities of this server, as JSON.
pub(crate) const CAPABILITIES: &[u8] = br#"{"tools":{}}"#;

/// Answers one request. Dropping the future cancels it.
pub(crate) async fn answer(core: &Arc<Core>, incoming: Incoming) -> Reply {
    let (id, revision) = (incoming.id.clone(), incoming.revision);
    // A ping asks whether we are alive, which does not depend on how busy we are.
    let place = if &*incoming.method == methods::PING { Ok(None) } else { core.admit().map(Some) };
    let outcome = match place {
        Ok(_place) => result(core, incoming).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(result) => {
            let mut frame = Vec::with_capacity(result.len() + 48);
            jsonrpc::write_result(&mut frame, &id, &result);
            Reply { frame: frame.into(), status: 200 }
        }
        Err(error) => refuse(revision, Some(&id), &error),
    }
}

async fn result(core: &Arc<Core>, incoming: Incoming) -> Result<Vec<u8>, Error> {
    let revision = incoming.revision;
    match &*incoming.method {
        methods::TOOLS_CALL => call::call_tool(core, incoming).await,
        methods::TOOLS_LIST => {
            let list = core.snapshot().tool_list(revision);
            Ok(encode_result(revision, &list, core.server_info(), Some(UNCACHED)))
        }
        methods::DISCOVER if revision.has(Feature::Discover) => {
            let snapshot = core.snapshot();
            let body = negotiate::discover_result(CAPABILITIES, snapshot.instructions());
            Ok(encode_result(revision, &body, core.server_info(), Some(UNCACHED)))
        }
        methods::PING if revision.has(Feature::Ping) => {
            Ok(encode_result(revision, b"{}", core.server_info(), None))
        }
        method => Err(Error::new(
            ErrorKind::MethodNotFound,
            format!("{revision} has no method {:?} here", shorten(method)),
        )),
    }
}
