//! Every wire method and notification name this SDK uses, as constants.
//!
//! Owns the spelling. Must never say what a method means in which revision; [`Feature`](crate::Feature) does.

/// Opens a session on the session revisions.
pub const INITIALIZE: &str = "initialize";
/// The client's confirmation that the session is open.
pub const INITIALIZED: &str = "notifications/initialized";
/// Asks a server for its versions, capabilities and identity.
pub const DISCOVER: &str = "server/discover";
/// Asks whether the peer is alive (session revisions).
pub const PING: &str = "ping";
/// Lists the tools of a server.
pub const TOOLS_LIST: &str = "tools/list";
/// Calls one tool.
pub const TOOLS_CALL: &str = "tools/call";
/// Gets one prompt.
pub const PROMPTS_GET: &str = "prompts/get";
/// Reads one resource.
pub const RESOURCES_READ: &str = "resources/read";
/// Asks the user something.
pub const ELICITATION_CREATE: &str = "elicitation/create";
/// Asks the client's model something (deprecated by the specification).
pub const SAMPLING_CREATE: &str = "sampling/createMessage";
/// Asks for the client's root directories (deprecated by the specification).
pub const ROOTS_LIST: &str = "roots/list";
/// Takes a request back.
pub const CANCELLED: &str = "notifications/cancelled";
/// Says how far a request has come.
pub const PROGRESS: &str = "notifications/progress";
/// Carries a log line of the server.
pub const LOG_MESSAGE: &str = "notifications/message";
/// Says that the list of tools has changed.
pub const TOOLS_LIST_CHANGED: &str = "notifications/tools/list_changed";
