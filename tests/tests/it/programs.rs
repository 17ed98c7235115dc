//! The server program that these tests send bad input to.
use std::time::Duration;

use dovetail_tests::process::HttpServer;
use dovetail_tests::raw_http::Endpoint;
use serde_json::json;

/// The conformance server over the Rust API.
pub(crate) const SERVER: &str = env!("CARGO_BIN_EXE_rust-server");

/// How long anything in these tests may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// Runs a test on a runtime of its own, within the limit.
pub(crate) fn run(test: impl Future<Output = ()>) {
    run_within(LIMIT, test);
}

/// As [`run`], for tests that start many programs one after the other.
pub(crate) fn run_within(limit: Duration, test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(limit, test).await.expect("the test ends in time") });
}

/// Starts the server over HTTP.
pub(crate) async fn start() -> (HttpServer, Endpoint) {
    let server = HttpServer::start(&[SERVER.to_owned()]).await.expect("the server starts");
    let endpoint = Endpoint::new(&server.url).expect("its URL is one");
    (server, endpoint)
}

/// A good call is answered as ever.
pub(crate) async fn assert_alive(endpoint: &Endpoint, after: &str) {
    let answer = endpoint.call(99, "add", &json!({"a": 2, "b": 3})).await.expect("an answer");
    assert_eq!(answer.status, 200, "after {after}: {answer:?}");
    assert_eq!(answer.message()["result"]["structuredContent"], 5, "after {after}: {answer:?}");
}
