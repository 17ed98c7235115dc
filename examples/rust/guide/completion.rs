use dovetail::{Client, Completing, Context, Error, Failure, Prompt, PromptArguments, Reference, Server};

async fn learn(arguments: PromptArguments, _: Context) -> Result<String, Failure> {
    Ok(format!("Teach me {}.", arguments.get("language").unwrap_or_default()))
}

async fn languages(typed: Completing) -> Vec<String> {
    let known = ["python", "pytorch", "rust"];
    known.iter().filter(|name| name.starts_with(&typed.value)).map(ToString::to_string).collect()
}

pub async fn run() -> Result<(), Error> {
    let prompt = Prompt::new("learn", "Learn a language", learn)
        .argument("language", "Which one", true)
        .complete("language", languages);

    let client = Client::connect(Server::new("demo").prompt(prompt)).await?;
    let prompt = Reference::Prompt { name: "learn".to_owned() };
    let completion = client.complete(prompt, "language", "py").await?;
    println!("{}", completion.values.join(", "));
    client.close().await;
    Ok(())
}
