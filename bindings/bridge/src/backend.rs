//! What stands behind a session: a server, a client, or the testkit.
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use crate::BridgeError;
use crate::session::Scope;

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

    /// Changes what a server offers.
    fn update(&self, _json: &[u8]) -> Result<(), BridgeError> {
        Err(BridgeError::new(crate::Code::InvalidState, "this session is not a server"))
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
}

/// What a host made of a call.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A plain value; the core makes the result of it.
    Value(Bytes),
    /// A whole result object.
    Whole(Bytes),
    /// The handler failed; the text is for the model.
    ToolError(String),
    /// The request is refused with a protocol error.
    Refused { code: Option<i64>, detail: String, data: Option<Bytes> },
}
