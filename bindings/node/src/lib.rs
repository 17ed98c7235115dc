//! The native module of the npm package: the bridge's functions as JavaScript functions and two classes.
//!
//! Owns the conversion of strings and numbers, the batch text that carries events, and the one wake-up per
//! JavaScript environment. It decides nothing, never runs JavaScript but for that argument-less wake-up, and
//! never keeps an event loop alive; the TypeScript package above it does that by counting.
//!
//! Every synchronous error is thrown as an `Error` whose message is the bridge's JSON error body.

mod batch;
mod entry;
mod hub;
pub mod runtime;
pub mod session;

use napi_derive::napi;

/// Version of the boundary contract; the package above refuses another number.
#[napi]
#[must_use]
pub fn contract_version() -> u32 {
    dovetail_bridge::CONTRACT_VERSION
}
