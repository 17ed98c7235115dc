use std::time::Duration;

use dovetail::{Client, Error, Server, tool};
use serde_json::json;

/// Save a file
#[tool]
async fn save() -> Result<String, std::io::Error> {
    Err(std::io::Error::other("the disk is full"))
}

/// Wait for ever
#[tool]
async fn wait() -> String {
    std::future::pending().await
}

pub async fn run() -> Result<(), Error> {
    let client = Client::connect(Server::new("demo").tool(save).tool(wait)).await?;
    // What a tool reports is told apart from what the protocol refuses.
    if let Err(error) = client.call("save", json!({})).await {
        println!("{}: {}", error.kind.name(), error.detail);
    }
    if let Err(error) = client.call("nothing", json!({})).await {
        println!("{}", error.kind.name());
    }
    if let Err(error) = client.call("wait", json!({})).timeout(Duration::from_millis(50)).await {
        println!("{}", error.kind.name());
    }
    client.close().await;
    Ok(())
}
