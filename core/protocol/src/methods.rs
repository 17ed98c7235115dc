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
/// Lists the prompts of a server.
pub const PROMPTS_LIST: &str = "prompts/list";
/// Gets one prompt.
pub const PROMPTS_GET: &str = "prompts/get";
/// Lists the resources of a server.
pub const RESOURCES_LIST: &str = "resources/list";
/// Lists the resource templates of a server.
pub const RESOURCES_TEMPLATES_LIST: &str = "resources/templates/list";
/// Reads one resource.
pub const RESOURCES_READ: &str = "resources/read";
/// Asks to be told when a resource changes (session revisions).
pub const RESOURCES_SUBSCRIBE: &str = "resources/subscribe";
/// Takes such a wish back (session revisions).
pub const RESOURCES_UNSUBSCRIBE: &str = "resources/unsubscribe";
/// Asks for values of an argument that is being typed.
pub const COMPLETION_COMPLETE: &str = "completion/complete";
/// Says from which level on log lines are wanted (session revisions).
pub const LOGGING_SET_LEVEL: &str = "logging/setLevel";
/// Opens a stream of change notifications (modern revisions).
pub const SUBSCRIPTIONS_LISTEN: &str = "subscriptions/listen";
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
/// Says that the list of prompts has changed.
pub const PROMPTS_LIST_CHANGED: &str = "notifications/prompts/list_changed";
/// Says that the list of resources or of their templates has changed.
pub const RESOURCES_LIST_CHANGED: &str = "notifications/resources/list_changed";
/// Says that one resource has changed.
pub const RESOURCES_UPDATED: &str = "notifications/resources/updated";
/// Says that the client's root directories have changed (session revisions).
pub const ROOTS_LIST_CHANGED: &str = "notifications/roots/list_changed";
/// The first message of a stream of change notifications.
pub const SUBSCRIPTIONS_ACKNOWLEDGED: &str = "notifications/subscriptions/acknowledged";
/// Says that the user has finished what a link led to (2025-11-25 only).
pub const ELICITATION_COMPLETE: &str = "notifications/elicitation/complete";

/// The constant that is equal to `method`, for the requests that a server answers.
pub fn known(method: &str) -> Option<&'static str> {
    const REQUESTS: [&str; 14] = [
        TOOLS_CALL,
        TOOLS_LIST,
        PROMPTS_GET,
        PROMPTS_LIST,
        RESOURCES_READ,
        RESOURCES_LIST,
        RESOURCES_TEMPLATES_LIST,
        RESOURCES_SUBSCRIBE,
        RESOURCES_UNSUBSCRIBE,
        COMPLETION_COMPLETE,
        SUBSCRIPTIONS_LISTEN,
        LOGGING_SET_LEVEL,
        DISCOVER,
        PING,
    ];
    REQUESTS.into_iter().find(|known| *known == method)
}
