//! Questions of handlers in every era: several at once, steps, one run per consent, answers that come too early.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use dovetail::{
    Answer, Ask, Context, Failure, Prompt, PromptArguments, QuestionKind, RawValue, SampleRequest, Server,
    Tool, ToolAnnotations,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server_support::{Http, Link, bounded, request};

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

const FORM: &str = r#"{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}"#;

fn form() -> &'static RawValue {
    serde_json::from_str(FORM).expect("a constant")
}

fn everything() -> Value {
    json!({"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}})
}

/// Round trips of one call until it is complete; gives the results of all rounds.
async fn rounds(http: &Http, name: &str, answer: impl Fn(&str, &Value) -> Value) -> Vec<Value> {
    let mut all = Vec::new();
    let mut params = json!({"name": name});
    loop {
        let message = http.modern_with("tools/call", params.clone(), &everything()).await.message().await;
        let result = message["result"].clone();
        all.push(message);
        let Some(asked) = result["inputRequests"].as_object() else { return all };
        let answers: serde_json::Map<String, Value> =
            asked.iter().map(|(key, question)| (key.clone(), answer(key, question))).collect();
        params = json!({"name": name, "inputResponses": answers, "requestState": result["requestState"]});
    }
}

fn accept(content: Value) -> Value {
    json!({"action": "accept", "content": content})
}

fn text(message: &Value) -> &str {
    message["result"]["content"][0]["text"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn several_questions_of_all_kinds_take_one_round() {
    bounded(async {
        let server =
            Server::new("s").tool(Tool::typed("ask", "", |_: Nothing, context: Context| async move {
                let answers = context
                    .ask([
                        ("form", Ask::form_json("How many?", form())),
                        ("link", Ask::url("Pay", "https://pay.example/1")),
                        ("model", Ask::sample(&SampleRequest::new("Say hi", 10))),
                        ("roots", Ask::roots()),
                    ])
                    .await
                    .map_err(Failure::Protocol)?;
                let Answer::Accept(count) = answers.form::<Value>("form").map_err(Failure::Protocol)? else {
                    return Err(Failure::tool("declined"));
                };
                let opened = answers.url("link").map_err(Failure::Protocol)?;
                let said = answers.sample("model").map_err(Failure::Protocol)?;
                let roots = answers.roots("roots").map_err(Failure::Protocol)?;
                Ok(format!("{} {:?} {} {}", count["n"], opened, said.model, roots[0].uri))
            }));
        let all = rounds(&Http::new(&server), "ask", |key, question| {
            let method = question["method"].as_str().unwrap_or_default();
            match key {
                "form" => accept(json!({"n": 3})),
                "link" => json!({"action": "accept"}),
                "model" => {
                    assert_eq!(method, "sampling/createMessage");
                    json!({"role": "assistant", "content": {"type": "text", "text": "hi"}, "model": "m"})
                }
                _ => json!({"roots": [{"uri": "file:///r"}]}),
            }
        })
        .await;
        assert_eq!(all.len(), 2);
        assert_eq!(text(&all[1]), "3 Accept(()) m file:///r");
    })
    .await;
}

#[tokio::test]
async fn questions_of_sessions_are_requests() {
    bounded(async {
        let server =
            Server::new("s").tool(Tool::typed("ask", "", |_: Nothing, context: Context| async move {
                let roots = context.list_roots().await.map_err(Failure::Protocol)?;
                let opened =
                    context.elicit_url("Pay", "https://pay.example/1").await.map_err(Failure::Protocol)?;
                Ok(format!("{} {:?}", roots[0].uri, opened))
            }));
        let mut link = Link::open(&server, "2025-11-25", everything()).await;
        link.send(&request(1, "tools/call", json!({"name": "ask"}))).await;
        let question = link.next().await;
        assert_eq!(question["method"], "roots/list");
        link.send(
            &json!({"jsonrpc": "2.0", "id": question["id"], "result": {"roots": [{"uri": "file:///r"}]}}),
        )
        .await;
        let question = link.next().await;
        assert_eq!(question["params"]["mode"], "url");
        assert!(question["params"]["elicitationId"].is_string());
        link.send(&json!({"jsonrpc": "2.0", "id": question["id"], "result": {"action": "decline"}})).await;
        assert_eq!(text(&link.next().await), "file:///r Decline");
        // A revision without links refuses before anything is asked.
        let mut older = Link::open(&server, "2025-06-18", json!({"elicitation": {}})).await;
        let refused = older.ask(1, "tools/call", json!({"name": "ask"})).await;
        assert!(refused.get("error").is_some(), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_step_is_done_once_however_often_the_handler_runs() {
    bounded(async {
        let (runs, steps) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let (run, step) = (runs.clone(), steps.clone());
        let server = Server::new("s").tool(Tool::typed("pay", "", move |_: Nothing, context: Context| {
            let (run, step) = (run.clone(), step.clone());
            async move {
                run.fetch_add(1, Ordering::SeqCst);
                let first =
                    context.step("reserve", async || Ok(step.fetch_add(1, Ordering::SeqCst) + 41)).await?;
                for name in ["one", "two"] {
                    context.elicit_json("Sure?", form(), Some(name)).await.map_err(Failure::Protocol)?;
                }
                let second =
                    context.step("charge", async || Ok(step.fetch_add(1, Ordering::SeqCst) + 41)).await?;
                Ok(format!("{first} {second}"))
            }
        }));
        let all = rounds(&Http::new(&server), "pay", |_, _| accept(json!({"n": 1}))).await;
        assert_eq!((all.len(), text(&all[2])), (3, "41 42"));
        assert_eq!((runs.load(Ordering::SeqCst), steps.load(Ordering::SeqCst)), (3, 2));
    })
    .await;
}

#[tokio::test]
async fn consent_allows_one_run_of_a_destructive_tool() {
    bounded(async {
        let deleted = Arc::new(AtomicU32::new(0));
        let count = deleted.clone();
        let server = Server::new("s").tool(
            Tool::typed("delete", "", move |_: Nothing, context: Context| {
                let count = count.clone();
                async move {
                    if !context.confirm("Really?").await.map_err(Failure::Protocol)? {
                        return Ok("kept".to_owned());
                    }
                    Ok(format!("deleted {}", count.fetch_add(1, Ordering::SeqCst) + 1))
                }
            })
            .annotations(&ToolAnnotations { destructive_hint: Some(true), ..ToolAnnotations::default() }),
        );
        let http = Http::new(&server);
        let asked =
            http.modern_with("tools/call", json!({"name": "delete"}), &everything()).await.message().await;
        let last = json!({"name": "delete", "inputResponses": {"q1": accept(json!({}))},
            "requestState": asked["result"]["requestState"]});
        let first = http.modern_with("tools/call", last.clone(), &everything()).await.message().await;
        let again = http.modern_with("tools/call", last, &everything()).await.message().await;
        assert_eq!((text(&first), text(&again)), ("deleted 1", "deleted 1"));
        assert_eq!(deleted.load(Ordering::SeqCst), 1);
    })
    .await;
}

#[tokio::test]
async fn an_answer_counts_only_when_its_question_was_put_unless_the_tool_says_otherwise() {
    bounded(async {
        let ask = |name: &str| {
            Tool::typed(name, "", |_: Nothing, context: Context| async move {
                let answer =
                    context.elicit_json("How many?", form(), Some("n")).await.map_err(Failure::Protocol)?;
                Ok(format!("{answer:?}"))
            })
        };
        let server = Server::new("s").tool(ask("sealed")).tool(ask("open").open_answers());
        let http = Http::new(&server);
        let early = |name: &str| json!({"name": name, "inputResponses": {"n": accept(json!({"n": 1}))}});
        let sealed = http.modern_with("tools/call", early("sealed"), &everything()).await.message().await;
        assert_eq!(sealed["result"]["resultType"], "input_required");
        let open = http.modern_with("tools/call", early("open"), &everything()).await.message().await;
        assert_eq!(open["result"]["resultType"], "complete");
    })
    .await;
}

#[tokio::test]
async fn prompts_ask_too_and_state_of_one_method_is_refused_at_another() {
    bounded(async {
        let ask = |context: Context| async move {
            context.elicit_json("How many?", form(), Some("n")).await.map_err(Failure::Protocol)?;
            Ok::<_, Failure>("asked".to_owned())
        };
        let server = Server::new("s")
            .tool(Tool::typed("x", "", move |_: Nothing, context: Context| ask(context)))
            .prompt(Prompt::new("x", "", move |_: PromptArguments, context: Context| ask(context)));
        let http = Http::new(&server);
        let first =
            http.modern_with("prompts/get", json!({"name": "x"}), &everything()).await.message().await;
        assert_eq!(first["result"]["resultType"], "input_required");
        let answered = json!({"name": "x", "inputResponses": {"n": accept(json!({"n": 1}))},
            "requestState": first["result"]["requestState"]});
        let stolen = http.modern_with("tools/call", answered.clone(), &everything()).await.message().await;
        assert_eq!(stolen["error"]["code"], -31011);
        let done = http.modern_with("prompts/get", answered, &everything()).await.message().await;
        assert_eq!(done["result"]["messages"][0]["content"]["text"], "asked");
    })
    .await;
}

#[tokio::test]
async fn a_declared_question_refuses_who_cannot_answer() {
    bounded(async {
        let server = Server::new("s").tool(
            Tool::typed("x", "", |_: Nothing, _: Context| std::future::ready(Ok("ran".to_owned())))
                .asks(QuestionKind::Sample),
        );
        let answer = Http::new(&server).modern_with("tools/call", json!({"name": "x"}), &json!({})).await;
        assert_eq!(answer.status, 400);
        let error = answer.message().await["error"].clone();
        assert_eq!(
            (&error["code"], &error["data"]),
            (&json!(-32021), &json!({"requiredCapabilities": {"sampling": {}}}))
        );
    })
    .await;
}
