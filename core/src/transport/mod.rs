//! Ways for messages to travel. A transport frames and moves bytes; it decides nothing about their meaning.

pub(crate) mod child;
pub(crate) mod exchange;
pub(crate) mod http;
pub(crate) mod outbox;
pub(crate) mod sse;
pub(crate) mod stdio;
