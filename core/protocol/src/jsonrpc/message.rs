//! The three kinds of message, borrowing from the bytes they were parsed from.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Id;

/// One message of either direction.
#[derive(Debug)]
pub enum Message<'a> {
    /// Wants a response.
    Request(Request<'a>),
    /// Wants nothing.
    Notification(Notification<'a>),
    /// Answers a request.
    Response(Response<'a>),
}

/// A call that must be answered exactly once.
#[derive(Debug)]
pub struct Request<'a> {
    /// Chosen by the sender, unique among its open requests.
    pub id: Id,
    /// The wire method.
    pub method: Cow<'a, str>,
    /// An object, when present.
    pub params: Option<&'a RawValue>,
}

/// A message without an answer.
#[derive(Debug)]
pub struct Notification<'a> {
    /// The wire method.
    pub method: Cow<'a, str>,
    /// An object, when present.
    pub params: Option<&'a RawValue>,
}

/// The answer to a request.
#[derive(Debug)]
pub struct Response<'a> {
    /// The id of the request; absent (or `null`) only on an error to a message that could not be read.
    pub id: Option<Id>,
    /// The result, not yet decoded (see [`decode_result`](crate::revision::decode_result)), or the peer's error.
    pub outcome: Result<&'a RawValue, WireError>,
}

/// The `error` member of a response, as it travels.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WireError {
    /// The code; see [`ErrorKind::wire_code`](crate::ErrorKind::wire_code).
    pub code: i64,
    /// One sentence. Empty when the peer left it out.
    #[serde(default)]
    pub message: String,
    /// Whatever the sender attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
}
