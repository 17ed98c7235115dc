//! Placeholder of core.
