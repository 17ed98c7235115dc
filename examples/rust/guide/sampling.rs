use dovetail::{Client, Context, Error, Root, SampleAnswer, SampleRequest, Server, tool};
use serde_json::json;

/// Summarize with the client's model
#[tool]
async fn summarize(context: Context) -> Result<String, Error> {
    let answer = context.sample(&SampleRequest::new("Summarize the report.", 100)).await?;
    Ok(answer.content.0.iter().filter_map(|block| block.as_text()).collect())
}

/// Say where the client lets us work
#[tool(name = "where")]
async fn where_to(context: Context) -> Result<String, Error> {
    let roots = context.list_roots().await?;
    Ok(roots.into_iter().next().map(|root| root.uri).unwrap_or_default())
}

async fn model(_: SampleRequest) -> Result<SampleAnswer, Error> {
    Ok(SampleAnswer::text("a-model", "short"))
}

pub async fn run() -> Result<(), Error> {
    let client = Client::builder(Server::new("demo").tool(summarize).tool(where_to))
        .on_sample(model)
        .roots(vec![Root::new("file:///project")])
        .connect()
        .await?;
    for tool in ["summarize", "where"] {
        println!("{}", client.call(tool, json!({})).await?.text());
    }
    client.close().await;
    Ok(())
}
