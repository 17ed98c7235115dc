//! The C ABI over the bridge: opaque handles, pointer and length, one status per function.
//!
//! Owns the translation between C and the bridge and nothing else: no protocol decision, no thread, no buffer that
//! outlives a call. `include/dovetail.h` is generated from `abi`, `handle`, `records` and `status`, so their
//! documentation is written for readers of C. All `unsafe` is in `abi`.

mod abi;
mod handle;
mod records;
mod status;

pub use abi::*;
pub use handle::{DovetailRuntime, DovetailSession};
pub use records::{DovetailEvent, DovetailReply};
pub use status::{DOVETAIL_BUFFER_TOO_SMALL, DOVETAIL_OK};
