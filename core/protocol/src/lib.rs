//! Placeholder of core/protocol.
