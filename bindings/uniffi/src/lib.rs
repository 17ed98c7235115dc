//! Placeholder of bindings/uniffi.
