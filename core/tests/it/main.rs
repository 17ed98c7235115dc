//! Integration tests of the crate, in one binary: linking is most of their cost.

mod client_child;
mod client_http;
mod client_pairs;
mod client_support;
