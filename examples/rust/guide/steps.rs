use std::sync::atomic::{AtomicU32, Ordering};

use dovetail::{Client, Context, ElicitAnswer, ElicitRequest, Error, Failure, Server, tool};
use serde_json::json;

static CHARGES: AtomicU32 = AtomicU32::new(0);

/// Charge, then ask
#[tool]
async fn pay(context: Context) -> Result<&'static str, Failure> {
    // The handler runs again when the answer comes; what a step did is not done again.
    let charge = async || Ok(CHARGES.fetch_add(1, Ordering::Relaxed) + 1);
    let _receipt: u32 = context.step("charge", charge).await?;
    let kept = context.confirm("Keep it?").await?;
    Ok(if kept { "kept" } else { "returned" })
}

async fn agree(_: ElicitRequest) -> Result<ElicitAnswer, Error> {
    ElicitAnswer::accept(json!({}))
}

pub async fn run() -> Result<(), Error> {
    let client = Client::builder(Server::new("demo").tool(pay)).on_elicit(agree).connect().await?;
    client.call("pay", json!({})).await?;
    println!("charged {} time", CHARGES.load(Ordering::Relaxed));
    client.close().await;
    Ok(())
}
