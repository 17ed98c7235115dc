use dovetail::middleware::{Layer, Message, Next, Outcome};
use dovetail::{Client, Error, Server, tool};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

/// Add two numbers
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

struct Telling;

impl Layer for Telling {
    fn request(&self, message: Message, next: Next) -> BoxFuture<'static, Outcome> {
        if &*message.method != "tools/call" {
            return next.run(message);
        }
        let params: Value = serde_json::from_slice(&message.params).unwrap_or_default();
        let tool = params["name"].as_str().unwrap_or_default().to_owned();
        Box::pin(async move {
            println!("before {tool}");
            let outcome = next.run(message).await;
            println!("after {tool}");
            outcome
        })
    }
}

pub async fn run() -> Result<(), Error> {
    let client = Client::connect(Server::new("demo").tool(add).layer(Telling)).await?;
    let sum: i64 = client.call("add", json!({"a": 1, "b": 2})).await?.data()?;
    println!("{sum}");
    client.close().await;
    Ok(())
}
