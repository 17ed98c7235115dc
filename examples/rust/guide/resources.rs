use dovetail::{Client, Context, Error, Failure, Resource, ResourceTemplate, Server, Variables};

async fn person(variables: Variables, _: Context) -> Result<String, Failure> {
    Ok(format!("note for {}", variables.get("name").unwrap_or_default()))
}

pub async fn run() -> Result<(), Error> {
    let server = Server::new("demo")
        .resource(Resource::text("note://welcome", "welcome", "Hello"))
        .resource_template(ResourceTemplate::new("note://people/{name}", "people", person));

    let client = Client::connect(server).await?;
    for resource in client.list_resources().await? {
        println!("{}", resource.uri);
    }
    for uri in ["note://welcome", "note://people/ada"] {
        let read = client.read_resource(uri).await?;
        println!("{}", read.text().unwrap_or_default());
    }
    if let Err(error) = client.read_resource("file:///nothing").await {
        println!("refused: {}", error.kind.name());
    }
    client.close().await;
    Ok(())
}
