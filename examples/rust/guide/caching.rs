use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use dovetail::middleware::{Layer, Message, Next, Outcome};
use dovetail::{CacheScope, Cacheable, Client, Error, Server, tool};
use futures_util::future::BoxFuture;

/// Add two numbers
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Counts the lists of tools that are asked for.
struct Counting(Arc<AtomicU32>);

impl Layer for Counting {
    fn request(&self, message: Message, next: Next) -> BoxFuture<'static, Outcome> {
        if &*message.method == "tools/list" {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        next.run(message)
    }
}

pub async fn run() -> Result<(), Error> {
    let asked = Arc::new(AtomicU32::new(0));
    let server = Server::new("demo")
        .tool(add)
        .cache(Cacheable::Tools, Duration::from_secs(60), CacheScope::Public)
        .layer(Counting(asked.clone()));

    let client = Client::connect(server).await?;
    client.list_tools().await?;
    client.list_tools().await?;
    println!("asked the server {} time", asked.load(Ordering::Relaxed));
    client.close().await;
    Ok(())
}
