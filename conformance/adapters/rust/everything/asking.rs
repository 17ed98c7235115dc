//! Tools that ask their client, linear in every era.
use dovetail::{Answer, Content, Context, Failure, QuestionKind, RawValue, SampleRequest, Server, Tool};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::content::Nothing;

const CONTACT: &str = r#"{"type":"object","properties":{
    "username":{"type":"string","description":"User name"},
    "email":{"type":"string","format":"email","description":"User email"}
},"required":["username","email"]}"#;

const DEFAULTS: &str = r#"{"type":"object","properties":{
    "name":{"type":"string","description":"User name","default":"John Doe"},
    "age":{"type":"integer","description":"User age","default":30},
    "score":{"type":"number","description":"User score","default":95.5},
    "status":{"type":"string","description":"User status","enum":["active","inactive","pending"],"default":"active"},
    "verified":{"type":"boolean","description":"Verification status","default":true}
}}"#;

const ENUMS: &str = r#"{"type":"object","properties":{
    "untitledSingle":{"type":"string","enum":["option1","option2","option3"]},
    "titledSingle":{"type":"string","oneOf":[
        {"const":"value1","title":"First Option"},
        {"const":"value2","title":"Second Option"},
        {"const":"value3","title":"Third Option"}]},
    "legacyEnum":{"type":"string","enum":["opt1","opt2","opt3"],"enumNames":["Option One","Option Two","Option Three"]},
    "untitledMulti":{"type":"array","items":{"type":"string","enum":["option1","option2","option3"]}},
    "titledMulti":{"type":"array","items":{"anyOf":[
        {"const":"value1","title":"First Choice"},
        {"const":"value2","title":"Second Choice"},
        {"const":"value3","title":"Third Choice"}]}}
}}"#;

#[derive(Deserialize, JsonSchema)]
struct Prompted {
    prompt: String,
}

#[derive(Deserialize, JsonSchema)]
struct Messaged {
    message: String,
}

/// A question to the client's model.
pub(crate) fn request(text: &str, max_tokens: u64) -> SampleRequest {
    SampleRequest::new(text, max_tokens)
}

/// What a form was answered with, in words.
pub(crate) fn spoken(answer: &Answer<Box<RawValue>>) -> String {
    match answer {
        Answer::Accept(content) => format!("action=accept, content={}", content.get()),
        Answer::Decline => "action=decline".to_owned(),
        Answer::Cancel => "action=cancel".to_owned(),
    }
}

/// Asks with a form of constant schema.
pub(crate) async fn form(
    context: &Context,
    message: &str,
    schema: &str,
    name: Option<&str>,
) -> Result<Answer<Box<RawValue>>, Failure> {
    let schema: &RawValue = serde_json::from_str(schema).expect("a constant");
    context.elicit_json(message, schema, name).await.map_err(Failure::Protocol)
}

async fn sampling(input: Prompted, context: Context) -> Result<String, Failure> {
    let answer = context.sample(&request(&input.prompt, 100)).await.map_err(Failure::Protocol)?;
    let text =
        answer.content.0.iter().find_map(Content::as_text).map_or_else(String::new, |text| text.into_owned());
    Ok(format!("LLM response: {text}"))
}

async fn elicitation(input: Messaged, context: Context) -> Result<String, Failure> {
    Ok(format!("User response: {}", spoken(&form(&context, &input.message, CONTACT, None).await?)))
}

async fn defaults(_: Nothing, context: Context) -> Result<String, Failure> {
    let answer = form(&context, "Please review the form with defaults", DEFAULTS, None).await?;
    Ok(format!("Elicitation completed: {}", spoken(&answer)))
}

async fn enums(_: Nothing, context: Context) -> Result<String, Failure> {
    let answer = form(&context, "Please select options", ENUMS, None).await?;
    Ok(format!("Elicitation completed: {}", spoken(&answer)))
}

async fn needs_sampling(_: Nothing, _: Context) -> Result<String, Failure> {
    Ok("The client can sample".to_owned())
}

pub(crate) fn add(server: Server) -> Server {
    server
        .tool(Tool::typed("test_sampling", "Asks the client's model", sampling))
        .tool(Tool::typed("test_elicitation", "Asks the user", elicitation))
        .tool(Tool::typed("test_elicitation_sep1034_defaults", "Asks with defaults", defaults))
        .tool(Tool::typed("test_elicitation_sep1330_enums", "Asks with choices", enums))
        .tool(Tool::typed("test_streaming_elicitation", "Asks while it could report", defaults))
        .tool(
            Tool::typed("test_missing_capability", "Needs a client that can sample", needs_sampling)
                .asks(QuestionKind::Sample),
        )
}
