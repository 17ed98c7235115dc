//! The closed numeric error codes of the boundary. Gaps by family leave room; numbers are never reused.

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $name:literal, $retry:literal;)*) => {
        /// Why an operation did not succeed. Matched without a wildcard inside the workspace, so a new code
        /// breaks our build and not the user's program.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(i32)]
        pub enum Code { $($(#[$doc])* $variant = $number,)* }

        impl Code {
            /// Every code, in numeric order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name that users see: snake case, stable.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Whether the same operation may succeed when it is tried again: `permanent`, `temporary` (later,
            /// unchanged) or `persistent` (only after something outside has changed).
            pub fn retry(self) -> &'static str {
                match self { $(Self::$variant => $retry,)* }
            }

            /// The code with this number, if there is one.
            pub fn from_number(number: i32) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }

            /// The code with this name, if there is one.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

codes! {
    /// The operation was cancelled by its owner.
    Cancelled = 1, "cancelled", "permanent";
    /// The session, the client or the server is closed.
    Closed = 2, "closed", "permanent";
    /// The deadline of the operation passed.
    DeadlineExceeded = 3, "deadline_exceeded", "temporary";
    /// An argument or a configuration is not what the contract says.
    InvalidArgument = 4, "invalid_argument", "permanent";
    /// The operation is not possible in the present state.
    InvalidState = 5, "invalid_state", "permanent";
    /// The call was answered, cancelled or never existed.
    StaleCall = 6, "stale_call", "permanent";
    /// The handle was made in another process (a fork).
    WrongProcess = 7, "wrong_process", "permanent";
    /// Our own code panicked; the session stays usable.
    Panic = 8, "panic", "permanent";
    /// A documented limit was reached; the detail names it.
    LimitExceeded = 9, "limit_exceeded", "permanent";
    /// Too many requests are in flight.
    Busy = 10, "busy", "temporary";
    /// The run of the handler ended with a question; it will be run again with the answer.
    Suspended = 11, "suspended", "permanent";
    /// A fault that should not happen.
    Internal = 12, "internal", "permanent";
    /// The connection could not be made or broke.
    Transport = 20, "transport", "temporary";
    /// The peer answered with an HTTP status that is no MCP answer.
    Http = 21, "http", "persistent";
    /// The server process ended.
    ChildExited = 22, "child_exited", "persistent";
    /// The peer sent something that is not a valid message.
    Malformed = 40, "malformed", "permanent";
    /// The peer refused the message as an invalid request.
    InvalidRequest = 41, "invalid_request", "permanent";
    /// The peer does not know the method.
    MethodNotFound = 42, "method_not_found", "permanent";
    /// The peer refused the parameters.
    InvalidParams = 43, "invalid_params", "permanent";
    /// The tool does not exist.
    UnknownTool = 44, "unknown_tool", "permanent";
    /// The tool ran and reported an error.
    ToolError = 45, "tool_error", "permanent";
    /// HTTP headers and body disagree.
    HeaderMismatch = 46, "header_mismatch", "permanent";
    /// The client lacks a capability that the request needs.
    MissingClientCapability = 47, "missing_client_capability", "permanent";
    /// No protocol revision is shared.
    UnsupportedProtocolVersion = 48, "unsupported_protocol_version", "permanent";
    /// The era of the peer could not be found.
    Negotiation = 49, "negotiation", "persistent";
    /// The sealed state of an interrupted request has expired.
    StateExpired = 50, "state_expired", "permanent";
    /// The sealed state of an interrupted request was altered or belongs to another request.
    StateTampered = 51, "state_tampered", "permanent";
    /// The sealed state was sealed with a key that this server does not hold.
    StateUnknownKey = 52, "state_unknown_key", "permanent";
    /// The peer answered with an error that has no code of its own here; see `rpc`.
    Rpc = 53, "rpc", "permanent";
    /// The client cannot answer what the handler asks.
    Unanswerable = 54, "unanswerable", "persistent";
    /// The server has no such resource.
    UnknownResource = 55, "unknown_resource", "permanent";
    /// The server has no such prompt.
    UnknownPrompt = 56, "unknown_prompt", "permanent";
    /// The origin or host of the request is not allowed.
    Forbidden = 60, "forbidden", "persistent";
    /// The peer asks for credentials.
    Unauthorized = 61, "unauthorized", "persistent";
}
