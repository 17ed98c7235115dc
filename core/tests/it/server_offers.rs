//! Resources, prompts, completions, lists and extensions, as they travel.

use std::time::Duration;

use bytes::Bytes;
use dovetail::{
    CacheScope, Cacheable, Completing, Content, Context, Extension, Failure, Handler, Output, Prompt,
    PromptArguments, RawValue, Resource, ResourceTemplate, Server, Tool, ToolResult, Variables,
};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server_support::{Http, Link, bounded};

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

fn tool(name: &str) -> Tool {
    Tool::typed(name, "", |_: Nothing, _: Context| std::future::ready(Ok("done".to_owned())))
}

fn library() -> Server {
    Server::new("library")
        .cache(Cacheable::Reads, Duration::from_secs(3), CacheScope::Public)
        .resource(Resource::text("note://one", "One", "first").mime_type("text/plain"))
        .resource(
            Resource::blob("note://two", "Two", "image/png", &b"\x89PNG"[..])
                .cache(Duration::ZERO, CacheScope::Private),
        )
        .resource_template(
            ResourceTemplate::new("note://{kind}/{id}", "Notes", |of: Variables, _: Context| async move {
                Ok(format!("{} {} {}", of.uri(), of.get("kind").unwrap_or("?"), of.get("id").unwrap_or("?")))
            })
            .complete("kind", |_: Completing| async { vec!["red".to_owned(), "blue".to_owned()] }),
        )
        .prompt(
            Prompt::new("greet", "Greets", |of: PromptArguments, _: Context| async move {
                Ok(format!("Hello {}", of.get("who").unwrap_or("nobody")))
            })
            .argument("who", "Whom", true)
            .complete("who", |completing: Completing| async move {
                vec![format!("{}-{:?}", completing.value, completing.context)]
            }),
        )
}

#[tokio::test]
async fn resources_are_read_by_uri_and_by_pattern() {
    bounded(async {
        let http = Http::new(&library());
        let one = http.modern("resources/read", json!({"uri": "note://one"})).await;
        assert_eq!(
            one["result"]["contents"],
            json!([{"uri": "note://one", "mimeType": "text/plain", "text": "first"}])
        );
        assert_eq!((&one["result"]["ttlMs"], &one["result"]["cacheScope"]), (&json!(3000), &json!("public")));
        let two = http.modern("resources/read", json!({"uri": "note://two"})).await;
        assert_eq!(two["result"]["contents"][0]["blob"], "iVBORw==");
        assert_eq!((&two["result"]["ttlMs"], &two["result"]["cacheScope"]), (&json!(0), &json!("private")));
        let third = http.modern("resources/read", json!({"uri": "note://green/7%2F8"})).await;
        assert_eq!(third["result"]["contents"][0]["text"], "note://green/7%2F8 green 7/8");
    })
    .await;
}

#[tokio::test]
async fn a_resource_that_is_not_there_has_the_code_of_its_revision() {
    bounded(async {
        let http = Http::new(&library());
        let lost = http.modern("resources/read", json!({"uri": "note:nothing"})).await;
        assert_eq!(
            (&lost["error"]["code"], &lost["error"]["data"]["uri"]),
            (&json!(-32602), &json!("note:nothing"))
        );
        let old = http.open("2025-06-18", json!({})).await;
        let lost = old.ask("resources/read", json!({"uri": "note:nothing"})).await;
        assert_eq!(lost["error"]["code"], -32002);
    })
    .await;
}

#[tokio::test]
async fn prompts_are_written_and_completed() {
    bounded(async {
        let http = Http::new(&library());
        let hello = http.modern("prompts/get", json!({"name": "greet", "arguments": {"who": "Ada"}})).await;
        let expected = json!([{"role": "user", "content": {"type": "text", "text": "Hello Ada"}}]);
        assert_eq!(hello["result"]["messages"], expected);
        assert_eq!(http.modern("prompts/get", json!({"name": "greet"})).await["error"]["code"], -32602);
        assert_eq!(http.modern("prompts/get", json!({"name": "grate"})).await["error"]["code"], -32602);
        let completed = http
            .modern(
                "completion/complete",
                json!({"ref": {"type": "ref/prompt", "name": "greet"},
                "argument": {"name": "who", "value": "A"}, "context": {"arguments": {"x": "1"}}}),
            )
            .await;
        assert_eq!(completed["result"]["completion"]["values"], json!([r#"A-{"x": "1"}"#]));
        let completed = http
            .modern(
                "completion/complete",
                json!({"ref": {"type": "ref/resource", "uri": "note://{kind}/{id}"},
                "argument": {"name": "kind", "value": ""}}),
            )
            .await;
        assert_eq!(completed["result"]["completion"]["values"], json!(["red", "blue"]));
        let nothing = http
            .modern(
                "completion/complete",
                json!({"ref": {"type": "ref/prompt", "name": "gone"},
                "argument": {"name": "who", "value": ""}}),
            )
            .await;
        assert_eq!(nothing["error"]["code"], -32602);
    })
    .await;
}

#[tokio::test]
async fn capabilities_follow_from_what_is_registered() {
    bounded(async {
        let of = async |server: &Server| -> Value {
            Http::new(server).modern("server/discover", json!({})).await["result"]["capabilities"].clone()
        };
        let library = of(&library()).await;
        assert!(library.get("tools").is_none());
        assert_eq!(library["resources"], json!({"subscribe": true, "listChanged": true}));
        assert_eq!(library["prompts"], json!({"listChanged": true}));
        assert!(library.get("completions").is_some());
        let tools = of(&Server::new("tools").tool(tool("a"))).await;
        assert!(
            tools.get("tools").is_some()
                && tools.get("resources").is_none()
                && tools.get("prompts").is_none()
        );
        let answer = Http::new(&Server::new("tools").tool(tool("a"))).modern("prompts/list", json!({})).await;
        assert_eq!(answer["error"]["code"], -32601);
    })
    .await;
}

fn names(page: &Value) -> Vec<&str> {
    page["result"]["tools"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|tool| tool["name"].as_str())
        .collect()
}

#[tokio::test]
async fn pages_are_walked_to_the_end_and_cursors_are_checked() {
    bounded(async {
        let server = ["a", "b", "c", "d", "e"]
            .iter()
            .fold(Server::new("paged"), |server, name| server.tool(tool(name)));
        let server = server.page_size(2);
        let http = Http::new(&server);
        let first = http.modern("tools/list", json!({})).await;
        assert_eq!(names(&first), ["a", "b"]);
        let cursor = first["result"]["nextCursor"].clone();
        let second = http.modern("tools/list", json!({"cursor": cursor})).await;
        assert_eq!(names(&second), ["c", "d"]);
        let last = http.modern("tools/list", json!({"cursor": second["result"]["nextCursor"]})).await;
        assert_eq!((names(&last), last["result"].get("nextCursor")), (vec!["e"], None));
        assert_eq!(http.modern("tools/list", json!({"cursor": "elsewhere"})).await["error"]["code"], -32602);
    })
    .await;
}

#[tokio::test]
async fn what_is_hidden_or_removed_is_neither_listed_nor_called() {
    bounded(async {
        let server = Server::new("changing").tool(tool("a")).tool(tool("b"));
        let http = Http::new(&server);
        let list = async || names(&http.modern("tools/list", json!({})).await).join(",");
        assert_eq!(list().await, "a,b");
        assert!(server.enable_tool("a", false));
        assert_eq!(list().await, "b");
        assert_eq!(http.modern("tools/call", json!({"name": "a"})).await["error"]["code"], -32602);
        server.add_tool(tool("c")).expect("a free name");
        assert!(server.add_tool(tool("c")).is_err());
        assert!(server.enable_tool("a", true) && server.remove_tool("b") && !server.remove_tool("b"));
        assert!(!server.enable_tool("b", true));
        assert_eq!(list().await, "a,c");
        // A mistake while serving does not stop the server.
        assert!(server.check().is_ok());
    })
    .await;
}

#[tokio::test]
async fn whole_results_reach_each_revision_in_its_own_form() {
    bounded(async {
        let server = Server::new("s").tool(Tool::typed("mixed", "", |_: Nothing, _: Context| {
            let link = dovetail::types::Resource::new("note://one", "One");
            let content = vec![Content::text("a"), Content::link(&link)];
            std::future::ready(Ok(ToolResult::from(content)))
        }));
        let modern = Http::new(&server).modern("tools/call", json!({"name": "mixed"})).await;
        assert_eq!(modern["result"]["content"][1]["type"], "resource_link");
        let old = Http::new(&server).open("2025-03-26", json!({})).await;
        let result = old.ask("tools/call", json!({"name": "mixed"})).await;
        assert_eq!(result["result"]["content"][1]["type"], "text");
        assert!(result["result"].get("resultType").is_none());
    })
    .await;
}

struct Echoing;

impl Handler for Echoing {
    fn call(&self, context: Context, params: Bytes) -> BoxFuture<'static, Result<Output, Failure>> {
        Box::pin(async move {
            assert!(context.confirm("May I?").await.is_err(), "extensions may not ask");
            Ok(Output::Whole(params))
        })
    }
}

#[tokio::test]
async fn an_extension_brings_a_capability_and_methods() {
    bounded(async {
        let settings = RawValue::from_string(r#"{"deep":true}"#.to_owned()).expect("JSON");
        let extension = Extension::new("com.example/echo").capability(settings).method("echo/do", Echoing);
        let server = Server::new("s").tool(tool("a")).extension(extension);
        let http = Http::new(&server);
        let hello = http.modern("server/discover", json!({})).await;
        assert_eq!(
            hello["result"]["capabilities"]["extensions"],
            json!({"com.example/echo": {"deep": true}})
        );
        let echoed =
            http.modern_with("echo/do", json!({"x": 1}), &json!({"elicitation": {}})).await.message().await;
        assert_eq!(echoed["result"]["x"], 1);
        assert_eq!(http.modern_with("echo/other", json!({}), &json!({})).await.status, 404);
        assert!(Server::new("s").extension(Extension::new("noprefix")).check().is_err());
    })
    .await;
}

#[tokio::test]
async fn mirrored_arguments_are_checked_against_their_headers() {
    bounded(async {
        let schema = |annotation: &str| {
            let json = format!(r#"{{"type":"object","properties":{{"region":{{"type":"string","x-mcp-header":{annotation}}}}}}}"#);
            RawValue::from_string(json).expect("JSON")
        };
        let http = Http::new(&Server::new("s").tool(tool("query").input_schema(schema(r#""Region""#))));
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "query",
            "arguments": {"region": "Århus"}, "_meta": crate::server_support::meta(&json!({}))}});
        let fixed = [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", "query")];
        let with = |value: Option<&'static str>| {
            let mut headers = fixed.to_vec();
            headers.extend(value.map(|value| ("mcp-param-region", value)));
            let (http, call) = (http.clone(), call.clone());
            async move { http.post(&headers, &call).await }
        };
        assert_eq!(with(Some("=?base64?w4VyaHVz?=")).await.status, 200);
        for wrong in [None, Some("Aarhus"), Some("=?base64?w4VyaHVz")] {
            let answer = with(wrong).await;
            assert_eq!(answer.status, 400);
            assert_eq!(answer.message().await["error"]["code"], -32020);
        }
        assert!(Server::new("s").tool(tool("query").input_schema(schema(r#""no spaces""#))).check().is_err());
    })
    .await;
}

#[tokio::test]
async fn state_of_the_application_is_found_by_its_type() {
    bounded(async {
        struct Greeting(&'static str);
        let server = Server::new("s").state(Greeting("hi")).tool(Tool::typed(
            "a",
            "",
            |_: Nothing, context: Context| {
                let found = context.state::<Greeting>().map_or("none", |greeting| greeting.0);
                std::future::ready(Ok(found.to_owned()))
            },
        ));
        let mut link = Link::open(&server, "2024-11-05", json!({})).await;
        let answer = link.ask(1, "tools/call", json!({"name": "a"})).await;
        assert_eq!(answer["result"]["content"][0]["text"], "hi");
    })
    .await;
}

#[tokio::test]
async fn a_panic_is_an_error_of_its_request_alone() {
    bounded(async {
        let read = |_: Context| -> std::future::Ready<Result<String, Failure>> { panic!("on purpose") };
        let complete = |_: Completing| -> std::future::Ready<Vec<String>> { panic!("on purpose") };
        let prompt = Prompt::new("p", "", |_: PromptArguments, _: Context| std::future::ready(Ok("fine")));
        let server = Server::new("s")
            .log(std::sync::Arc::new(|_, _| {}))
            .resource(Resource::new("note://one", "One", read))
            .prompt(prompt.argument("a", "", false).complete("a", complete));
        let http = Http::new(&server);
        let read = http.modern("resources/read", json!({"uri": "note://one"})).await;
        assert_eq!(read["error"]["code"], -32603);
        let completed = http
            .modern(
                "completion/complete",
                json!({"ref": {"type": "ref/prompt", "name": "p"},
                "argument": {"name": "a", "value": ""}}),
            )
            .await;
        assert_eq!(completed["error"]["code"], -32603);
        let prompt = http.modern("prompts/get", json!({"name": "p"})).await;
        assert_eq!(prompt["result"]["messages"][0]["content"]["text"], "fine");
        assert_eq!(server.in_flight(), 0);
    })
    .await;
}
