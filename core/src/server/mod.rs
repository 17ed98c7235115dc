//! The server: tools, the rules of calling them, and the requests of every revision.
//!
//! Inside, every request carries its own revision, capabilities and metadata ([`call`]); what a connection or a
//! session remembers lives with its transport and never reaches a handler.

mod builder;
mod call;
mod connection;
mod context;
mod core;
mod dispatch;
mod suspend;
mod tool;

pub(crate) use self::core::Core;
pub use builder::{Serve, Server};
pub(crate) use call::{Incoming, LegacyClient, Outbound, Params};
pub(crate) use connection::{Connection, Questions, Underway};
pub use context::{Answer, CallInfo, Context};
pub(crate) use dispatch::CAPABILITIES;
pub(crate) use dispatch::{Reply, answer, refuse};
pub use tool::{Arguments, Failure, Handler, IntoOutput, Output, Tool};
