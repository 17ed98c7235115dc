//! What stands behind a session: a server, a client, or the testkit.
use std::time::Duration;

use bytes::Bytes;
use dovetail::{Error, ErrorKind, RawValue};
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use crate::answers::Shape;
use crate::exchange::Rules;
use crate::layers::Proceed;
use crate::session::{Scope, not_a_server};
use crate::{BridgeError, Code};

/// The work of an operation.
pub(crate) type Work = BoxFuture<'static, Result<Bytes, BridgeError>>;

pub(crate) trait Backend: Send + Sync {
    /// Prepares an operation by its contract name. Fails at once on a name or parameters that the contract
    /// does not know.
    fn request(&self, scope: Scope, name: &str, params: Bytes, options: Bytes) -> Result<Work, BridgeError>;

    /// Ends what is open, in `deadline` at the latest.
    fn close(&self, deadline: Duration) -> BoxFuture<'static, ()>;

    /// The server behind the session, if it is one.
    fn server(&self) -> Option<dovetail::Server> {
        None
    }

    /// What the exchanges of a server answer to.
    fn rules(&self) -> Option<Rules> {
        None
    }

    /// Changes what a server offers.
    fn update(&self, _json: &[u8]) -> Result<(), BridgeError> {
        Err(not_a_server())
    }

    /// Facts for `status`, as members of a JSON object without braces (may be empty).
    fn status(&self) -> String {
        String::new()
    }
}

/// The side of a call that faces the core.
pub(crate) trait CallContext: Send + Sync {
    /// Revision, client, capabilities, metadata and deadline of the request, as JSON.
    fn info(&self) -> Bytes;

    /// Sends progress to whoever made the request; silently nothing when progress was not asked for.
    fn progress(&self, progress: f64, total: Option<f64>, message: Option<String>);

    /// Sends a log message to whoever made the request; silently nothing when none was asked for.
    fn log(&self, body: &[u8]) -> Result<(), BridgeError>;

    /// Records the result of a step.
    fn record(&self, body: &[u8]) -> Result<(), BridgeError>;

    /// Asks the user behind the request.
    fn ask(&self, question: Bytes) -> Result<Work, BridgeError>;

    /// Whether this call can be answered in this shape.
    fn takes(&self, shape: Shape) -> Result<(), BridgeError> {
        match shape {
            Shape::Value | Shape::Whole | Shape::Text => Ok(()),
            Shape::Outcome => {
                Err(BridgeError::new(Code::InvalidState, "only a layer has an outcome to pass on"))
            }
        }
    }

    /// Where a layer's word to go on is awaited; to be had once.
    fn proceed(&self) -> Result<oneshot::Sender<Proceed>, BridgeError> {
        Err(BridgeError::new(Code::InvalidState, "only the call of a layer can proceed"))
    }
}

/// What a host made of a call.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A plain value; the core makes the result of it.
    Value(Bytes),
    /// A whole result object.
    Whole(Bytes),
    /// Of a layer: what its message came to.
    Outcome,
    /// There is no result.
    Failed(Failure),
}

/// Why a host has no result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The handler failed; the text is for the model.
    Tool(String),
    /// The request is refused with a protocol error of the host's own.
    Protocol { code: Option<i64>, detail: String, data: Option<Box<RawValue>> },
    /// The request is refused with an error of the contract.
    Error(Box<Error>),
}

impl Failure {
    /// The error that refuses a request; a text for the model is none of a peer's business here.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Tool(detail) => Error::new(ErrorKind::Internal, detail),
            Self::Protocol { code, detail, data } => Error::refused(code, detail, data),
            Self::Error(error) => *error,
        }
    }
}
