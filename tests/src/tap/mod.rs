//! The wire recorder: stands between a client and a server, passes everything on at once, changes nothing, and
//! writes every message down.

pub mod http;
pub mod stdio;
