//! Tools and a prompt whose questions travel in results, under the names that the suite looks for.
use dovetail::{Ask, Context, Failure, Prompt, PromptArguments, QuestionKind, RawValue, Server, Tool};

use crate::asking::{form, request, spoken};
use crate::content::Nothing;

const NAME: &str = r#"{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}"#;
const CONFIRM: &str = r#"{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"]}"#;
const COLOR: &str = r#"{"type":"object","properties":{"color":{"type":"string"}},"required":["color"]}"#;
const TOPIC: &str = r#"{"type":"object","properties":{"context":{"type":"string"}},"required":["context"]}"#;

async fn elicitation(_: Nothing, context: Context) -> Result<String, Failure> {
    let answer = form(&context, "What is your name?", NAME, Some("user_name")).await?;
    Ok(format!("Hello: {}", spoken(&answer)))
}

async fn sampling(_: Nothing, context: Context) -> Result<String, Failure> {
    let answers = context
        .ask([("capital_question", Ask::sample(&request("What is the capital of France?", 100)))])
        .await
        .map_err(Failure::Protocol)?;
    Ok(format!("The model said: {}", answers.raw("capital_question").map_err(Failure::Protocol)?))
}

async fn list_roots(_: Nothing, context: Context) -> Result<String, Failure> {
    let answers = context.ask([("client_roots", Ask::roots())]).await.map_err(Failure::Protocol)?;
    let roots = answers.roots("client_roots").map_err(Failure::Protocol)?;
    Ok(format!("Roots: {}", roots.iter().map(|root| root.uri.as_str()).collect::<Vec<_>>().join(", ")))
}

async fn request_state(_: Nothing, context: Context) -> Result<String, Failure> {
    let answer = form(&context, "Please confirm", CONFIRM, Some("confirm")).await?;
    Ok(format!("state-ok: {}", spoken(&answer)))
}

async fn multiple_inputs(_: Nothing, context: Context) -> Result<String, Failure> {
    let name: &RawValue = serde_json::from_str(NAME).expect("a constant");
    let answers = context
        .ask([
            ("user_name", Ask::form_json("What is your name?", name)),
            ("greeting", Ask::sample(&request("Generate a greeting", 50))),
            ("client_roots", Ask::roots()),
        ])
        .await
        .map_err(Failure::Protocol)?;
    Ok(format!("All answered: {}", answers.raw("user_name").map_err(Failure::Protocol)?))
}

async fn multi_round(_: Nothing, context: Context) -> Result<String, Failure> {
    let name = form(&context, "Step 1: What is your name?", NAME, Some("step1")).await?;
    let color = form(&context, "Step 2: What is your favorite color?", COLOR, Some("step2")).await?;
    Ok(format!("Done: {} and {}", spoken(&name), spoken(&color)))
}

async fn capabilities(_: Nothing, context: Context) -> Result<String, Failure> {
    if context.can(QuestionKind::Sample) {
        context.sample(&request("Say hello", 50)).await.map_err(Failure::Protocol)?;
    }
    if context.can(QuestionKind::Form) {
        form(&context, "What is your name?", NAME, Some("user_name")).await?;
    }
    Ok("Everything that this client can answer was asked".to_owned())
}

async fn prompt(_: PromptArguments, context: Context) -> Result<String, Failure> {
    let answer = form(&context, "What context should the prompt use?", TOPIC, Some("user_context")).await?;
    Ok(format!("Use this context: {}", spoken(&answer)))
}

pub(crate) fn add(server: Server) -> Server {
    server
        // The suite answers this question before it is put.
        .tool(
            Tool::typed("test_input_required_result_elicitation", "Asks for a name", elicitation)
                .open_answers(),
        )
        .tool(Tool::typed("test_input_required_result_sampling", "Asks the model", sampling))
        .tool(Tool::typed("test_input_required_result_list_roots", "Asks for roots", list_roots))
        .tool(Tool::typed("test_input_required_result_request_state", "Keeps its state", request_state))
        .tool(Tool::typed(
            "test_input_required_result_multiple_inputs",
            "Asks three things at once",
            multiple_inputs,
        ))
        .tool(Tool::typed("test_input_required_result_multi_round", "Asks twice", multi_round))
        .tool(Tool::typed("test_input_required_result_tampered_state", "Guards its state", request_state))
        .tool(Tool::typed(
            "test_input_required_result_capabilities",
            "Asks what can be answered",
            capabilities,
        ))
        .prompt(Prompt::new("test_input_required_result_prompt", "Asks before it is written", prompt))
}
