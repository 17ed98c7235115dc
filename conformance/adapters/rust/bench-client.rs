//! The client of the benchmark: `bench-client URL | -- command arguments…`; reads lines `run CALLS IN_FLIGHT`, makes so many
//! calls of `echo` with so many in flight, and says when they are done.
#![allow(clippy::print_stdout, reason = "its standard output is read by the benchmark")]
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use dovetail::{Client, Command, Target};
use serde::Serialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::task::JoinSet;

type Fault = Box<dyn std::error::Error + Send + Sync>;

const TEXT: &str = "abcdefghijklmnopqrstuvwxyz012345";

#[derive(Serialize)]
struct Echo {
    text: &'static str,
}

async fn work(client: Client, left: Arc<AtomicI64>) -> Result<(), Fault> {
    while left.fetch_sub(1, Ordering::Relaxed) > 0 {
        let text: String = client.call("echo", Echo { text: TEXT }).await?.data()?;
        if text != TEXT {
            return Err("a wrong reply".into());
        }
    }
    Ok(())
}

async fn run(client: &Client, calls: i64, in_flight: usize) -> Result<(), Fault> {
    let left = Arc::new(AtomicI64::new(calls));
    let mut workers = JoinSet::new();
    for _ in 0..in_flight {
        workers.spawn(work(client.clone(), left.clone()));
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let target: Target = match &arguments[..] {
        [dashes, program, rest @ ..] if dashes == "--" => {
            Command::new(program).args(rest.iter().cloned()).into()
        }
        [url] => url.as_str().into(),
        _ => return Err("usage: bench-client URL | -- command arguments…".into()),
    };
    let client = Client::connect(target).await?;
    println!("ready");
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["run", calls, in_flight] = words[..] else {
            return Err(format!("not understood: {line}").into());
        };
        run(&client, calls.parse()?, in_flight.parse()?).await?;
        println!("done {calls}");
    }
    client.close().await;
    Ok(())
}
