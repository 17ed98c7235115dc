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

pub mod bus;
pub mod client;
mod clock;
mod guard;
pub mod middleware;
mod plain_schema;
mod random;
mod schema;
pub mod server;
mod session;
mod transport;

pub use client::{
    Call, CallResult, Client, ClientBuilder, Command, Completion, ElicitAction, ElicitAnswer, ElicitHandler,
    ElicitRequest, Filter, Group, Grouped, Incoming, InputHandler, Listed, Listening, LogLevel, LogRecord,
    LogSink, Notifications, Options, Page, Pending, Progress, PromptResult, ReadResult, Reference,
    RootsHandler, SampleHandler, ServerInfo, Target, ToolInfo, UrlHandler, UrlRequest,
};
pub use dovetail_macros::tool;
pub use dovetail_protocol::limits::Side;
pub use dovetail_protocol::rounds::QuestionKind;
pub use dovetail_protocol::types::{
    Annotations, Content, Contents, Icon, Level, PromptMessage, Role, Root, SampleAnswer, SampleMessage,
    SampleRequest, ToolAnnotations,
};
pub use dovetail_protocol::{CacheScope, types};
pub use dovetail_protocol::{Error, ErrorKind, Id, Limits, RawValue, Retry, Revision, WireError};
pub use middleware::{Layer, Message, Next, NextNotification, Outcome};
pub use server::{
    Answer, Answers, Arguments, Ask, Cacheable, CallInfo, Claim, Completing, Context, Extension, Failure,
    Handler, IntoOutput, LocalOnce, OnceStore, Output, Prompt, PromptArguments, PromptOutput, ReadOutput,
    Resource, ResourceTemplate, Serve, Server, Tool, ToolResult, Variables,
};
pub use session::SessionStore;
pub use session::events::{EventStore, LocalEvents};
pub use transport::exchange::{Exchange, ExchangeBody, Principal};
pub use transport::http::server::{Http, HttpListener, http};
pub use transport::stdio::{Stdio, stdio};

/// What the attribute macros expand to; not for direct use.
#[doc(hidden)]
pub mod __private {
    pub use schemars;
    pub use serde;
    pub use serde_json;
}
