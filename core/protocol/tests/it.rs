//! One binary for all integration tests of the crate; each file is one subject.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test that cannot go on may say so by panicking")]

mod it {
    mod envelope;
    mod hostile;
    mod meta;
    mod rounds;
    mod seal;
    mod tools;
    mod vectors;
}
