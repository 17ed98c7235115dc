use dovetail::client::Change;
use dovetail::{Client, Error, Filter, Resource, Server, tool};

/// The first tool
#[tool]
async fn first() -> &'static str {
    "first"
}

/// A tool that comes later
#[tool]
async fn second() -> &'static str {
    "second"
}

pub async fn run() -> Result<(), Error> {
    let server =
        Server::new("demo").tool(first).resource(Resource::text("note://welcome", "welcome", "Hello"));
    let client = Client::connect(&server).await?;
    let mut listening = client
        .listen(Filter {
            tools_list_changed: true,
            resource_subscriptions: vec!["note://welcome".to_owned()],
            ..Filter::default()
        })
        .await?;

    server.add_tool(second)?;
    if let Some(Change::ToolsListChanged) = listening.next().await.transpose()? {
        println!("tools changed");
    }
    server.resource_updated("note://welcome");
    if let Some(Change::ResourceUpdated { uri }) = listening.next().await.transpose()? {
        println!("updated {uri}");
    }
    listening.close().await?;
    client.close().await;
    Ok(())
}
