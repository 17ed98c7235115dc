//! Placeholder of core/macros.
