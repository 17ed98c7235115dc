//! What the cross-language tests share: where the surfaces are, how their programs are run, how the wire is
//! recorded and checked, how the bridge scripts are read.
//!
//! Nothing depends on this crate, and it must never contain an expectation that a surface can change: what has to
//! be true stands here and in `conformance/`, once for all languages.

pub mod cases;
pub mod contract;
pub mod interop;
pub mod parity;
pub mod paths;
mod pattern;
pub mod process;
pub mod raw_http;
pub mod record;
pub mod schema;
pub mod scripts;
pub mod surface;
pub mod tap;
