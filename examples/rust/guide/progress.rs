use std::sync::Arc;

use dovetail::{Client, Context, Error, Progress, Server, tool};
use serde_json::json;
use tokio::sync::Notify;

/// Count to three
#[tool]
async fn count(context: Context) -> &'static str {
    for step in 1..=3 {
        context.progress(f64::from(step), Some(3.0), None);
    }
    "done"
}

/// Wait until the caller has enough
#[tool]
async fn wait(context: Context) -> &'static str {
    context.progress(1.0, None, None);
    std::future::pending().await
}

pub async fn run() -> Result<(), Error> {
    let client = Client::connect(Server::new("demo").tool(count).tool(wait)).await?;
    let counted = client
        .call("count", json!({}))
        .on_progress(|report: Progress| {
            println!("{} of {}", report.progress, report.total.unwrap_or_default())
        })
        .await?;
    println!("{}", counted.text());

    let begun = Arc::new(Notify::new());
    let reported = begun.clone();
    let waiting = client.call("wait", json!({})).on_progress(move |_: Progress| reported.notify_one());
    // Dropping the call takes it back at the server.
    tokio::select! {
        _ = waiting => println!("ended"),
        () = begun.notified() => println!("cancelled"),
    }
    client.close().await;
    Ok(())
}
