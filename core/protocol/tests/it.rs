//! One binary for all integration tests of the crate; each file is one subject.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that cannot go on may say so by panicking")]

mod it {
    mod adapt;
    mod batch;
    mod envelope;
    mod hostile;
    mod meta;
    mod pagination;
    mod properties;
    mod rounds;
    mod seal;
    mod steps;
    mod subscribe;
    mod tool_call;
    mod tools;
    mod types;
    mod vectors;
}
