use dovetail::{Client, Context, Error, Failure, Prompt, PromptArguments, Role, Server};
use serde_json::json;

async fn greet(arguments: PromptArguments, _: Context) -> Result<String, Failure> {
    Ok(format!("Greet {}.", arguments.get("name").unwrap_or_default()))
}

pub async fn run() -> Result<(), Error> {
    let prompt = Prompt::new("greet", "Greet somebody", greet).argument("name", "Whom to greet", true);
    let client = Client::connect(Server::new("demo").prompt(prompt)).await?;
    for prompt in client.list_prompts().await? {
        println!("{}: {}", prompt.name, prompt.description.unwrap_or_default());
    }
    let greeting = client.get_prompt("greet", json!({"name": "Ada"})).await?;
    for message in greeting.messages() {
        let role = if message.role == Role::User { "user" } else { "assistant" };
        println!("{role}: {}", message.content.as_text().unwrap_or_default());
    }
    client.close().await;
    Ok(())
}
