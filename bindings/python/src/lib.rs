//! Placeholder of bindings/python.
