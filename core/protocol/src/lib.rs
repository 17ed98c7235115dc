//! The sans-I/O heart of Dovetail: messages, revisions and rules of the Model Context Protocol as pure functions.
//!
//! Owns everything that two peers must agree on: the JSON-RPC envelope ([`jsonrpc`]), the dated revisions
//! ([`revision`]), era negotiation ([`negotiate`]), request metadata ([`meta`]), HTTP header rules
//! ([`headers`], [`param_headers`]), multi round-trip requests with their sealed state ([`rounds`]), the types of
//! every feature ([`types`]), tool results ([`tools`]), URI templates ([`uri_template`]), pages ([`pagination`]),
//! change notifications ([`subscribe`]), caching rules ([`cache`]), the one error table ([`error`]) and every default
//! limit ([`limits`]).
//!
//! Must never open a socket or file, read a clock, draw a random number or start a thread: all of these are
//! arguments. Payloads stay raw JSON, so unknown fields and number spelling survive byte for byte.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod cache;
pub mod canonical;
pub mod error;
pub mod headers;
pub mod jsonrpc;
pub mod limits;
pub mod meta;
pub mod methods;
pub mod negotiate;
pub mod pagination;
pub mod param_headers;
mod raw;
pub mod revision;
pub mod rounds;
pub mod subscribe;
pub mod tools;
pub mod types;
pub mod uri_template;

pub use error::{Error, ErrorKind, Retry};
pub use jsonrpc::{Id, Malformed, MalformedKind, Message, Notification, Request, Response, WireError};
pub use limits::Limits;
pub use raw::push_string;
pub use revision::{Cache, CacheScope, Feature, Outcome, Revision};
pub use serde_json::value::RawValue;
