use dovetail::{Client, Error, Server, tool};
use serde_json::json;

/// Add two numbers
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

pub async fn run() -> Result<(), Error> {
    let client = Client::connect(Server::new("demo").tool(add)).await?;
    for tool in client.list_tools().await? {
        println!("{}: {}", tool.name, tool.description.unwrap_or_default());
    }
    let sum: i64 = client.call("add", json!({"a": 1, "b": 2})).await?.data()?;
    println!("{sum}");

    // Arguments are checked against the schema before the function runs.
    if let Err(error) = client.call("add", json!({"a": "one", "b": 2})).await {
        println!("refused: {}", error.kind.name());
    }
    client.close().await;
    Ok(())
}
