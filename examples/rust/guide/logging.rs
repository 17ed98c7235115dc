use dovetail::{Client, Context, Error, Level, LogRecord, Server, tool};
use serde_json::json;

/// Do something worth a line
#[tool]
async fn work(context: Context) -> &'static str {
    context.log(Level::Info, "working");
    "done"
}

pub async fn run() -> Result<(), Error> {
    let client = Client::builder(Server::new("demo").tool(work))
        .log_level(Level::Info)
        .on_log(|record: LogRecord| {
            let text: String = serde_json::from_str(record.data.get()).unwrap_or_default();
            println!("{}: {text}", record.level);
        })
        .connect()
        .await?;
    client.call("work", json!({})).await?;
    client.close().await;
    Ok(())
}
