//! The requests a server of the session revisions may send to its client.
//!
//! Owns which of them are answered and how. Must never answer a server of a revision without server requests.

use dovetail_protocol::jsonrpc::{write_error, write_result};
use dovetail_protocol::{Error, ErrorKind, Id, RawValue, Revision, methods};

use super::connection::Patience;
use super::context::Context;
use super::inputs::Inputs;

/// The frame that answers the request. Waits as long as the user takes.
pub(crate) async fn answer(
    context: &Context,
    patience: &Patience,
    revision: Revision,
    id: &Id,
    method: &str,
    params: Option<&RawValue>,
) -> Vec<u8> {
    let outcome = match method {
        methods::PING => Ok(b"{}".to_vec()),
        method if Inputs::is_question(method) && context.inputs.knows(method) => {
            let _pause = patience.pause();
            context.inputs.answer(method, params).await.map_err(|mut error| {
                // These revisions have no code of their own for a mode that was not declared.
                if error.kind == ErrorKind::MissingClientCapability {
                    error.kind = ErrorKind::InvalidParams;
                }
                error
            })
        }
        _ => Err(Error::new(ErrorKind::MethodNotFound, "this client does not know the method")),
    };
    frame(revision, id, outcome)
}

/// The frame that refuses a request because too many are open.
pub(crate) fn refuse(revision: Revision, id: &Id, limit: usize) -> Vec<u8> {
    let detail = format!("{limit} requests to this client are open already (limit in_flight)");
    frame(revision, id, Err(Error::new(ErrorKind::Busy, detail)))
}

fn frame(revision: Revision, id: &Id, outcome: Result<Vec<u8>, Error>) -> Vec<u8> {
    let mut out = Vec::new();
    match outcome {
        Ok(result) => write_result(&mut out, id, &result),
        Err(error) => write_error(&mut out, Some(id), revision.null_id(), &error.to_wire(revision)),
    }
    out
}
