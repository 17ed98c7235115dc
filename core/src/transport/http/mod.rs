//! Streamable HTTP.

pub(crate) mod client;
pub(crate) mod server;
mod timer;
