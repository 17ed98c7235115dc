//! A server whose one tool asks its user before it acts: `remove` on stdio, or with `--http HOST:PORT`.
use std::error::Error;
use std::sync::{Mutex, PoisonError};

use dovetail::{Context, Server, http, stdio, tool};

/// The files that exist, for this example.
static FILES: Mutex<Vec<&str>> = Mutex::new(Vec::new());

/// Delete a file after asking
#[tool]
async fn remove(path: String, context: Context) -> Result<String, Box<dyn Error + Send + Sync>> {
    let exists = FILES.lock().unwrap_or_else(PoisonError::into_inner).contains(&path.as_str());
    if !exists {
        return Err(format!("no such file: {path}").into());
    }
    if !context.confirm(&format!("Delete {path}?")).await? {
        return Ok(format!("kept {path}"));
    }
    FILES.lock().unwrap_or_else(PoisonError::into_inner).retain(|name| *name != path);
    Ok(format!("deleted {path}"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    *FILES.lock().unwrap_or_else(PoisonError::into_inner) = vec!["a.txt", "b.txt", "c.txt"];
    let server = Server::new("remove").tool(remove);
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => server.serve(stdio()).await?,
        ["--http", address] => {
            let listener = server.listen(http(address)).await?;
            eprintln!("listening on {}", listener.url());
            listener.run().await?;
        }
        _ => return Err("usage: remove [--http HOST:PORT]".into()),
    }
    Ok(())
}
