//! Resources and prompts.
use dovetail::{
    Completing, Content, Context, Failure, Prompt, PromptArguments, PromptMessage, Resource,
    ResourceTemplate, Server, Variables,
};

use crate::content::{embedded, image, png};

async fn template(variables: Variables, _: Context) -> Result<String, Failure> {
    let id = variables.get("id").unwrap_or_default();
    Ok(format!(r#"{{"id":"{id}","templateTest":true,"data":"Data for ID: {id}"}}"#))
}

async fn simple(_: PromptArguments, _: Context) -> Result<&'static str, Failure> {
    Ok("This is a simple prompt for testing.")
}

async fn with_arguments(arguments: PromptArguments, _: Context) -> Result<String, Failure> {
    let of = |name| arguments.get(name).unwrap_or_default().to_owned();
    Ok(format!("Prompt with arguments: arg1='{}', arg2='{}'", of("arg1"), of("arg2")))
}

async fn with_resource(arguments: PromptArguments, _: Context) -> Result<Vec<PromptMessage>, Failure> {
    let uri = arguments.get("resourceUri").unwrap_or_default();
    Ok(vec![
        PromptMessage::user(embedded(uri, "text/plain", "Embedded resource content for testing.")),
        PromptMessage::user("Please process the embedded resource above."),
    ])
}

async fn with_image(_: PromptArguments, _: Context) -> Result<Vec<PromptMessage>, Failure> {
    Ok(vec![
        PromptMessage::user(image()),
        PromptMessage::user(Content::text("Please analyze the image above.")),
    ])
}

async fn complete(completing: Completing) -> Vec<String> {
    let known = ["paris", "park", "party", "test", "testing"];
    known.iter().filter(|word| word.starts_with(&completing.value)).map(ToString::to_string).collect()
}

pub(crate) fn add(server: Server) -> Server {
    server
        .resource(
            Resource::text(
                "test://static-text",
                "Static text",
                "This is the content of the static text resource.",
            )
            .description("Text that never changes")
            .mime_type("text/plain"),
        )
        .resource(
            Resource::blob("test://static-binary", "Static binary", "image/png", png())
                .description("Bytes that never change"),
        )
        .resource(
            Resource::text("test://watched-resource", "Watched", "Watched resource content")
                .description("Can be subscribed to")
                .mime_type("text/plain"),
        )
        .resource_template(
            ResourceTemplate::new("test://template/{id}/data", "Template", template)
                .description("Data by id")
                .mime_type("application/json"),
        )
        .prompt(Prompt::new("test_simple_prompt", "A prompt without arguments", simple))
        .prompt(
            Prompt::new("test_prompt_with_arguments", "A prompt with two arguments", with_arguments)
                .argument("arg1", "First argument", true)
                .argument("arg2", "Second argument", true)
                .complete("arg1", complete)
                .complete("arg2", complete),
        )
        .prompt(
            Prompt::new("test_prompt_with_embedded_resource", "A prompt with a resource", with_resource)
                .argument("resourceUri", "URI of the resource", true),
        )
        .prompt(Prompt::new("test_prompt_with_image", "A prompt with an image", with_image))
}
