//! Placeholder of bindings/c.
