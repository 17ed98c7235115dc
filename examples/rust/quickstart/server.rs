use dovetail::{Error, Server, stdio, tool};

/// Add two numbers
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    Server::new("demo").tool(add).serve(stdio()).await // or http("127.0.0.1:8000")
}
