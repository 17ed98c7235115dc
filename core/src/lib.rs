//! Model Context Protocol servers and clients.
//!
//! A typed function is a tool, one server speaks every revision on every transport, and a client finds out by
//! itself what its peer speaks.
//!
//! ```no_run
//! use dovetail::{Server, stdio, tool};
//!
//! /// Add two numbers.
//! #[tool]
//! async fn add(a: i64, b: i64) -> i64 {
//!     a + b
//! }
//!
//! # async fn run() -> Result<(), dovetail::Error> {
//! Server::new("demo").tool(add).serve(stdio()).await
//! # }
//! ```
//!
//! What it may never do: know a foreign language, or decide a protocol question that `dovetail-protocol` can
//! decide without a socket.

pub mod client;
mod guard;
mod schema;
pub mod server;
mod session;
mod transport;

pub use client::{
    Call, CallResult, Client, ClientBuilder, Command, ElicitAction, ElicitAnswer, ElicitHandler,
    ElicitRequest, LogLevel, LogSink, Progress, ServerInfo, Target, ToolInfo,
};
pub use dovetail_macros::tool;
pub use dovetail_protocol::{Error, ErrorKind, Id, Limits, RawValue, Retry, Revision, WireError};
pub use server::{
    Answer, Arguments, CallInfo, Context, Failure, Handler, IntoOutput, Output, Serve, Server, Tool,
};
pub use transport::exchange::{Exchange, ExchangeBody};
pub use transport::http::server::{Http, HttpListener, http};
pub use transport::stdio::{Stdio, stdio};

/// What the attribute macros expand to; not for direct use.
#[doc(hidden)]
pub mod __private {
    pub use schemars;
    pub use serde;
    pub use serde_json;
}
