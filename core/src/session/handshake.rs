//! The `initialize` handshake of the session revisions (`2025-11-25/basic/lifecycle`).
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use dovetail_protocol::meta::ClientCapabilities;
use dovetail_protocol::{Error, ErrorKind, RawValue, Revision, methods, negotiate};

use crate::middleware::Message;
use crate::server::{Core, LegacyClient};

/// Accepts a handshake: what to remember of the client, and the result object.
///
/// # Errors
/// `invalid_params` when the request is not a handshake.
pub(crate) fn accept(core: &Core, params: Option<&RawValue>) -> Result<(LegacyClient, Vec<u8>), Error> {
    let hello = negotiate::parse_initialize_params(params)?;
    let revision = negotiate::choose_legacy(&hello.requested);
    let client = LegacyClient {
        revision,
        capabilities: ClientCapabilities::parse(&hello.capabilities)?,
        info: Some(owned(&hello.client_info)),
        capabilities_raw: Some(owned(&hello.capabilities)),
        memory: Arc::default(),
    };
    let snapshot = core.snapshot();
    let capabilities = snapshot.capabilities(revision);
    let result =
        negotiate::initialize_result(revision, core.server_info(), &capabilities, snapshot.instructions());
    Ok((client, result))
}

/// As [`accept`], through the layers of the server.
///
/// # Errors
/// As [`accept`], and what a layer refuses.
pub(crate) async fn layered(
    core: Arc<Core>,
    params: Bytes,
    principal: Option<Arc<str>>,
) -> Result<(LegacyClient, Vec<u8>), Error> {
    let accepted: Arc<Mutex<Option<LegacyClient>>> = Arc::default();
    let slot = accepted.clone();
    let layers = core.snapshot().layers().clone();
    let _place = if layers.is_empty() { None } else { Some(core.admit_to_layers()?) };
    let message = Message::new(Arc::from(methods::INITIALIZE), params, Revision::LEGACY[0], principal);
    let outcome = layers.request(message, move |message| {
        let params = serde_json::from_slice::<&RawValue>(&message.params).ok();
        let accepted = accept(&core, params).map(|(client, result)| {
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(client);
            Bytes::from(result)
        });
        Box::pin(std::future::ready(accepted))
    });
    let result = outcome.await?;
    let client = accepted.lock().unwrap_or_else(PoisonError::into_inner).take();
    let client =
        client.ok_or_else(|| Error::new(ErrorKind::Internal, "a layer answered the handshake by itself"))?;
    Ok((client, result.into()))
}

/// The refusal of a request that neither describes itself nor follows a handshake.
pub(crate) fn needed() -> Error {
    Error::new(
        ErrorKind::InvalidParams,
        format!(
            "the request names no protocol version in _meta, and no initialize came before it; supported \
             versions: {}",
            Revision::ALL.iter().map(|revision| revision.as_str()).collect::<Vec<_>>().join(", ")
        ),
    )
}

fn owned(raw: &RawValue) -> Bytes {
    Bytes::copy_from_slice(raw.get().as_bytes())
}
