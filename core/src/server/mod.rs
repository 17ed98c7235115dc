//! The server: tools, prompts and resources, the rules of using them, and the requests of every revision.
//!
//! Inside, every request carries its own revision, capabilities and metadata (`incoming`); what a connection or a
//! session remembers lives with its transport and never reaches a handler.

mod builder;
mod completion;
mod connection;
mod content;
mod context;
mod core;
mod described;
mod dispatch;
mod extension;
mod incoming;
mod invoke;
mod listen;
mod listing;
mod once;
mod pending;
mod prompt;
mod questions;
mod registration;
mod registry;
mod resource;
mod run;
mod snapshot;
mod steps;
mod suspend;
mod tool;

pub(crate) use self::core::Core;
pub use builder::{Serve, Server};
pub use completion::Completing;
pub(crate) use connection::Connection;
pub use content::ToolResult;
pub use context::{CallInfo, Context};
pub(crate) use dispatch::{Reply, answer, refuse};
pub use extension::Extension;
pub(crate) use incoming::{Incoming, LegacyClient, Memory, Outbound, Params, Sender, Urgency, slice};
pub(crate) use listen::standing;
pub use once::{Claim, LocalOnce, OnceStore};
pub(crate) use pending::{Questions, Underway};
pub use prompt::{Prompt, PromptArguments, PromptOutput};
pub use questions::{Answer, Answers, Ask};
pub use resource::{ReadOutput, Resource, ResourceTemplate, Variables};
pub use snapshot::Cacheable;
pub use tool::{Arguments, Failure, Handler, IntoOutput, Output, Tool};
