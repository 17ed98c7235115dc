//! The JSON-RPC 2.0 envelope, with payloads kept raw.
//!
//! Owns what every message shares: id, method, params, result, error. Must never look into a payload, and never
//! know a method by name; the one exception is a shortcut for the commonest message (`call`).

mod batch;
mod call;
mod id;
mod message;
mod parse;
mod write;

pub use batch::{Frame, parse_frame, write_batch};
pub use call::ToolCall;
pub use id::Id;
pub use message::{Message, Notification, Request, Response, WireError};
pub use parse::{Malformed, MalformedKind, parse};
pub use write::{write_error, write_notification, write_request, write_result};
