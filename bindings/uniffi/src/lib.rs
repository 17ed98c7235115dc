//! The one library of the surfaces that UniFFI serves; Kotlin loads it.
//!
//! Owns the UniFFI objects for everything that is built, configured and closed. What happens per call (`request`,
//! `next_events`, `reply`, `fail`, `progress`, `cancel`) is the C ABI of `dovetail-c`, exported by this very library
//! over the same sessions: [`Session::handle`] is the pointer that those functions take.
//!
//! Must never wait, export anything asynchronous, call host code, or know anything of the protocol.
#![allow(unsafe_code, reason = "the scaffolding that UniFFI writes exports symbols and lifts raw pointers")]

mod fault;
mod runtime;
mod session;

// Keeps the C symbols in this library.
pub use dovetail_c;
pub use fault::Fault;
pub use runtime::Runtime;
pub use session::Session;

uniffi::setup_scaffolding!();

/// Version of the boundary contract; a host package refuses to run with another number.
#[uniffi::export]
pub fn contract_version() -> u32 {
    dovetail_bridge::CONTRACT_VERSION
}
