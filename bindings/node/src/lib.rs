//! Placeholder of bindings/node.
