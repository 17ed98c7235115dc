//! Integration tests of the crate, in one binary: linking is most of their cost.

mod client_child;
mod client_features;
mod client_http;
mod client_pairs;
mod client_peers;
mod client_support;
mod server_layers;
mod server_news;
mod server_offers;
mod server_raw;
mod server_rounds;
mod server_sessions;
mod server_support;
