use dovetail::{Client, Error, Server, tool};
use serde_json::json;

/// Add two numbers
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn server() -> Server {
    Server::new("demo").tool(add)
}

// In your crate this is a `#[tokio::test]`. No process and no socket takes part.
async fn adds_two_numbers() -> Result<(), Error> {
    let client = Client::connect(server()).await?;
    let sum: i64 = client.call("add", json!({"a": 1, "b": 2})).await?.data()?;
    assert_eq!(sum, 3);
    client.close().await;
    Ok(())
}

pub async fn run() -> Result<(), Error> {
    adds_two_numbers().await?;
    println!("ok");
    Ok(())
}
