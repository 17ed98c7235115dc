//! The one facade between the Dovetail core and every language binding.
//!
//! Owns the runtime that foreigners share, the handles they hold and the queues that carry bytes to and from
//! them. It never calls host code (but for one argument-less wake-up), never decides a protocol question, and
//! contains no `unsafe`. The contract is written down in `conformance/contract.toml` and `docs/boundary.md`.
#![forbid(unsafe_code)]

mod answers;
mod backend;
mod calls;
mod client;
mod client_ops;
mod code;
mod definitions;
mod error;
mod event;
mod exchange;
mod host;
mod inbox;
mod keys;
mod layers;
mod log;
mod ops;
mod peer;
mod queue;
mod runtime;
mod server;
mod session;
mod target;
#[cfg(feature = "testkit")]
mod testkit;
mod update;

pub use answers::{Reply, Shape};
pub use code::Code;
pub use error::BridgeError;
pub use event::{Event, Kind};
pub use queue::Wake;
pub use runtime::Runtime;
pub use session::Session;

/// Version of the boundary contract. A host package refuses to load a native module with another number.
pub const CONTRACT_VERSION: u32 = 4;
