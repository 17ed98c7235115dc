//! The client of the benchmark on the official Rust SDK: `bench-client (URL | -- command arguments…)`; reads
//! `run CALLS IN_FLIGHT` and answers `done CALLS`.
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use dovetail_peer_rust::{Fault, connect};
use rmcp::model::CallToolRequestParams;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};

const TEXT: &str = "abcdefghijklmnopqrstuvwxyz012345";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fault> {
    let target: Vec<String> = std::env::args().skip(1).collect();
    let client = Arc::new(connect((), "2026-07-28", &target).await?);
    println!("ready");
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["run", calls, in_flight] = words[..] else { return Err(format!("not understood: {line}").into()) };
        let left = Arc::new(AtomicI64::new(calls.parse()?));
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..in_flight.parse::<usize>()? {
            let (client, left) = (client.clone(), left.clone());
            workers.spawn(async move {
                while left.fetch_sub(1, Ordering::Relaxed) > 0 {
                    let arguments = json!({"text": TEXT}).as_object().cloned().expect("an object");
                    let call = CallToolRequestParams::new("echo").with_arguments(arguments);
                    let result = client.call_tool(call).await.map_err(|error| error.to_string())?;
                    let text = result.content.first().and_then(|block| block.as_text());
                    if text.is_none_or(|text| text.text != TEXT) {
                        return Err("a wrong reply".to_owned());
                    }
                }
                Ok(())
            });
        }
        while let Some(worker) = workers.join_next().await {
            worker??;
        }
        println!("done {calls}");
    }
    Ok(())
}
