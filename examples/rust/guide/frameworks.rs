use dovetail::{Client, Error, ErrorKind, Server, tool};
use serde_json::json;

/// Add two numbers
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

pub async fn run() -> Result<(), Error> {
    let server = Server::new("demo").tool(add);
    // A tower service. In production: the names under which you are reached, and the origins of your pages.
    let mcp = server.exchange(&[], &[])?;
    let app = axum::Router::new().route_service("/mcp", mcp);

    let failed = |error: std::io::Error| Error::new(ErrorKind::Transport, error.to_string());
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
    let url = format!("http://{}/mcp", socket.local_addr().map_err(failed)?);
    let serving = tokio::spawn(axum::serve(socket, app).into_future());

    let client = Client::connect(url).await?;
    let sum: i64 = client.call("add", json!({"a": 1, "b": 2})).await?.data()?;
    println!("{sum}");
    client.close().await;
    serving.abort();
    Ok(())
}
