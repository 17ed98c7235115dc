//! The `initialize` handshake of the session revisions (`2025-11-25/basic/lifecycle`).
use bytes::Bytes;
use dovetail_protocol::meta::ClientCapabilities;
use dovetail_protocol::{Error, ErrorKind, RawValue, Revision, negotiate};

use crate::server::{CAPABILITIES, Core, LegacyClient};

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
    };
    let snapshot = core.snapshot();
    let result =
        negotiate::initialize_result(revision, core.server_info(), CAPABILITIES, snapshot.instructions());
    Ok((client, result))
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
