//! A server with as many tools as it is told, for the growth of costs: `bench-many HOST:PORT TOOLS`.
//!
//! Two of them are `echo`, and `announce`, which tells everybody who listens that the list of tools has changed.
use dovetail::bus::Change;
use dovetail::{Server, Tool, http};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
struct Said {
    text: String,
}

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, tools] = arguments.as_slice() else {
        return Err("usage: bench-many HOST:PORT TOOLS".into());
    };
    let server = Server::with_version("many", "1.0.0");
    let echo = |said: Said, _| async move { Ok(said.text) };
    server.add_tool(Tool::typed("echo", "Returns its text.", echo))?;
    let told = server.clone();
    server.add_tool(Tool::typed("announce", "Says that the list has changed.", move |_: Nothing, _| {
        told.announce(Change::Tools);
        async { Ok("told".to_owned()) }
    }))?;
    for number in 2..tools.parse()? {
        server.add_tool(Tool::typed(&format!("tool_{number}"), "One of many; returns its text.", echo))?;
    }
    let listener = server.listen(http(address)).await?;
    eprintln!("listening on {}", listener.url());
    listener.run().await?;
    Ok(())
}
