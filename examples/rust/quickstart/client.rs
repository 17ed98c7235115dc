use dovetail::{Client, Command, Error};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let program = std::env::args().nth(1).unwrap_or_default();
    let client = Client::connect(Command::new(program)).await?; // or "http://127.0.0.1:8000/mcp"
    let total: i64 = client.call("add", json!({"a": 1, "b": 2})).await?.data()?;
    println!("{total}");
    client.close().await;
    Ok(())
}
