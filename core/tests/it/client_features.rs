//! Everything but tools: our client and our server together, in every revision, over every transport.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dovetail::client::Change;
use dovetail::middleware::{Layer, Message, Next, NextNotification, Outcome};
use dovetail::server::Failure;
use dovetail::types::{Level, SampleAnswer, SampleRequest};
use dovetail::{
    CacheScope, Cacheable, Client, ClientBuilder, Context, ElicitAction, Filter, Group, Prompt, Reference,
    Resource, ResourceTemplate, Revision, Server, Tool, http,
};
use futures_util::future::BoxFuture;
use serde_json::json;

use crate::client_support::{Nothing, bounded};

/// Both transports, in all revisions since `first`; each with a server of its own.
async fn since(
    first: Revision,
    make: impl Fn() -> Server,
    check: impl AsyncFn(Server, ClientBuilder, String),
) {
    for over_http in [false, true] {
        for revision in Revision::ALL.iter().filter(|revision| **revision >= first) {
            let server = make();
            let builder = if over_http {
                let listener = server.listen(http("127.0.0.1:0")).await.expect("loopback can be bound");
                let url = listener.url();
                tokio::spawn(listener.run());
                Client::builder(url)
            } else {
                Client::builder(&server)
            };
            let label = format!("{} {revision}", if over_http { "http" } else { "memory" });
            bounded(check(server, builder.revision(*revision), label)).await;
        }
    }
}

fn library() -> Server {
    Server::new("library")
        .page_size(1)
        .resource(Resource::text("test://a", "a", "text of a"))
        .resource(Resource::blob("test://b", "b", "image/png", vec![1, 2, 255]))
        .resource_template(ResourceTemplate::new("test://item/{id}", "items", |variables, _| async move {
            Ok(format!("item {}", variables.get("id").unwrap_or_default()))
        }))
        .prompt(
            Prompt::new("greet", "Greets", |arguments, _| async move {
                Ok(format!("Hello {}!", arguments.get("name").unwrap_or("you")))
            })
            .argument("name", "Whom", true)
            .complete("name", |completing| async move {
                ["ann", "anna", "bob"]
                    .into_iter()
                    .filter(|name| name.starts_with(&completing.value))
                    .map(str::to_owned)
                    .collect()
            }),
        )
        .prompt(Prompt::new("other", "", |_, _| async { Ok("x".to_owned()) }))
}

#[tokio::test]
async fn resources_prompts_and_completions_come_back_typed() {
    since(Revision::V2024_11_05, library, async |_, builder, label| {
        let client = builder.connect().await.expect(&label);
        let resources = client.list_resources().await.expect(&label);
        let uris: Vec<_> = resources.iter().map(|resource| resource.uri.as_str()).collect();
        assert_eq!(uris, ["test://a", "test://b"], "{label}");
        assert_eq!(
            client.page::<dovetail::types::Resource>(None).await.expect(&label).items.len(),
            1,
            "{label}"
        );
        assert_eq!(
            client.read_resource("test://a").await.expect(&label).text(),
            Some("text of a"),
            "{label}"
        );
        let blob = client.read_resource("test://b").await.expect(&label);
        assert_eq!(blob.bytes().expect(&label).as_ref(), [1, 2, 255], "{label}");
        let templates = client.list_resource_templates().await.expect(&label);
        assert_eq!(templates[0].uri_template, "test://item/{id}", "{label}");
        let item = client.read_resource("test://item/42").await.expect(&label);
        assert_eq!(item.text(), Some("item 42"), "{label}");
        let error = client.read_resource("test://nothing").await.expect_err(&label);
        assert!(error.rpc.is_some_and(|wire| matches!(wire.code, -32602 | -32002)), "{label}");

        let prompts = client.list_prompts().await.expect(&label);
        assert_eq!((prompts.len(), prompts[0].arguments[0].name.as_str()), (2, "name"), "{label}");
        let prompt = client.get_prompt("greet", json!({"name": "Ann"})).await.expect(&label);
        assert_eq!(prompt.messages()[0].content.as_text().as_deref(), Some("Hello Ann!"), "{label}");
        let about = Reference::Prompt { name: "greet".to_owned() };
        let completion = client.complete(about, "name", "an").context("other", "x").await.expect(&label);
        assert_eq!(completion.values, ["ann", "anna"], "{label}");
        client.ping().await.expect(&label);
        client.close().await;
    })
    .await;
}

#[tokio::test]
async fn changes_reach_whoever_listens() {
    since(Revision::V2024_11_05, library, async |server, builder, label| {
        let client = builder.connect().await.expect(&label);
        let filter = Filter {
            prompts_list_changed: true,
            resource_subscriptions: vec!["test://a".to_owned()],
            ..Filter::default()
        };
        let mut listening = client.listen(filter).await.expect(&label);
        assert!(listening.granted().prompts_list_changed, "{label}");
        server.remove_prompt("other");
        assert_eq!(
            listening.next().await.expect(&label).expect(&label),
            Change::PromptsListChanged,
            "{label}"
        );
        server.resource_updated("test://b");
        server.resource_updated("test://a");
        let updated = Change::ResourceUpdated { uri: "test://a".to_owned() };
        assert_eq!(listening.next().await.expect(&label).expect(&label), updated, "{label}");
        listening.close().await.expect(&label);

        let mut notifications = client.notifications();
        client.subscribe("test://b").await.expect(&label);
        server.resource_updated("test://b");
        let heard = loop {
            let heard = notifications.next().await.expect(&label);
            if heard.method == "notifications/resources/updated" {
                break heard;
            }
        };
        assert!(heard.params.expect(&label).get().contains("test://b"), "{label}");
        client.unsubscribe("test://b").await.expect(&label);
        client.close().await;
        assert!(notifications.next().await.is_none(), "{label}");
    })
    .await;
}

/// Counts requests by method.
#[derive(Clone, Default)]
struct Count(Arc<Mutex<Vec<String>>>);

impl Count {
    fn of(&self, method: &str) -> usize {
        self.0.lock().expect("free").iter().filter(|known| *known == method).count()
    }
}

impl Layer for Count {
    fn request(&self, message: Message, next: Next) -> BoxFuture<'static, Outcome> {
        self.0.lock().expect("free").push(message.method.as_ref().to_owned());
        next.run(message)
    }
}

#[tokio::test]
async fn fresh_answers_are_not_asked_for_again_until_something_changes() {
    bounded(async {
        let count = Count::default();
        let hour = Duration::from_secs(3600);
        let server = library()
            .cache(Cacheable::Prompts, hour, CacheScope::Private)
            .cache(Cacheable::Reads, hour, CacheScope::Public)
            .layer(count.clone());
        let client = Client::connect(&server).await.expect("a server");
        for _ in 0..3 {
            assert_eq!(client.list_prompts().await.expect("prompts").len(), 2);
            client.read_resource("test://a").await.expect("a resource");
            client.list_resources().await.expect("resources");
        }
        assert_eq!(count.of("prompts/list"), 2, "two pages, once each");
        assert_eq!(count.of("resources/read"), 1);
        assert_eq!(count.of("resources/list"), 6, "no hint, no cache");
        client.read_resource("test://a").fresh().await.expect("a resource");
        assert_eq!(count.of("resources/read"), 2);

        let mut listening = client
            .listen(Filter { prompts_list_changed: true, ..Filter::default() })
            .await
            .expect("a stream");
        server.remove_prompt("other");
        listening.next().await.expect("open").expect("a change");
        assert_eq!(client.list_prompts().await.expect("prompts").len(), 1);
        assert_eq!(count.of("prompts/list"), 3);

        let without = Client::builder(&server).cache(false).connect().await.expect("a server");
        without.read_resource("test://a").await.expect("a resource");
        without.read_resource("test://a").await.expect("a resource");
        assert_eq!(count.of("resources/read"), 4);
    })
    .await;
}

fn asking() -> Server {
    Server::new("asking")
        .tool(Tool::typed("log", "Logs", |_: Nothing, context: Context| async move {
            context.log(Level::Debug, "quiet");
            context.log_as("here", Level::Warning, json!({"loud": true}));
            Ok("logged".to_owned())
        }))
        .tool(Tool::typed("ask", "Asks the model", |_: Nothing, context: Context| async move {
            let roots = context.list_roots().await.map_err(Failure::tool)?;
            let answer = context.sample(&SampleRequest::new("how?", 10)).await.map_err(Failure::tool)?;
            let text = answer.content.0.first().and_then(|content| content.as_text().map(String::from));
            Ok(format!("{} {}", roots[0].uri, text.unwrap_or_default()))
        }))
        .tool(Tool::typed("open", "Asks to open a page", |_: Nothing, context: Context| async move {
            let answer =
                context.elicit_url("Look", "https://example.test/x?a=1").await.map_err(Failure::tool)?;
            Ok(format!("{answer:?}"))
        }))
}

#[tokio::test]
async fn log_messages_come_from_the_level_that_was_asked_for() {
    since(Revision::V2024_11_05, asking, async |_, builder, label| {
        let records = Arc::new(Mutex::new(Vec::new()));
        let sink = records.clone();
        let builder =
            builder.log_level(Level::Info).on_log(move |record| sink.lock().expect("free").push(record));
        let client = builder.connect().await.expect(&label);
        client.call("log", ()).await.expect(&label);
        // On HTTP of the session revisions, a message may come on either stream.
        let record = loop {
            if let Some(record) = records.lock().expect("free").first().cloned() {
                break record;
            }
            tokio::task::yield_now().await;
        };
        assert_eq!((record.level, record.logger.as_deref()), (Level::Warning, Some("here")), "{label}");
        assert_eq!(record.data.get(), r#"{"loud":true}"#, "{label}");
        client.set_log_level(Level::Error).await.expect(&label);
        client.call("log", ()).await.expect(&label);
        assert_eq!(records.lock().expect("free").len(), 1, "{label}");
    })
    .await;
}

#[tokio::test]
async fn models_and_directories_are_asked_for() {
    since(Revision::V2024_11_05, asking, async |_, builder, label| {
        let builder = builder.roots(vec![dovetail::types::Root::new("file:///work")]).on_sample(
            |request: SampleRequest| async move {
                let text = request.messages[0].content.0[0].as_text().map(String::from).unwrap_or_default();
                Ok(SampleAnswer::text("model", format!("{text} so")))
            },
        );
        let client = builder.connect().await.expect(&label);
        let text = client.call("ask", ()).await.expect(&label).text();
        assert_eq!(text, "file:///work how? so", "{label}");
    })
    .await;
}

#[tokio::test]
async fn pages_are_shown_before_they_are_opened() {
    since(Revision::V2025_11_25, asking, async |_, builder, label| {
        let seen = Arc::new(Mutex::new(String::new()));
        let shown = seen.clone();
        let client = builder.on_elicit_url(move |request: dovetail::UrlRequest| {
            *shown.lock().expect("free") = format!("{} {}", request.message, request.url);
            async { Ok(ElicitAction::Decline) }
        });
        let client = client.connect().await.expect(&label);
        assert_eq!(client.call("open", ()).await.expect(&label).text(), "Decline", "{label}");
        assert_eq!(*seen.lock().expect("free"), "Look https://example.test/x?a=1", "{label}");
    })
    .await;
}

/// Rewrites arguments on the way out, results on the way in, and drops half of what the server says.
struct Meddler(AtomicUsize);

impl Layer for Meddler {
    fn request(&self, mut message: Message, next: Next) -> BoxFuture<'static, Outcome> {
        if &*message.method == "prompts/get" {
            message.params = r#"{"name":"greet","arguments":{"name":"Layer"}}"#.into();
        }
        Box::pin(async move {
            let result = next.run(message).await?;
            let text = String::from_utf8(result.to_vec()).expect("JSON");
            Ok(text.replace("Hello", "Good day,").into())
        })
    }

    fn notification(&self, message: Message, next: NextNotification) -> BoxFuture<'static, ()> {
        match self.0.fetch_add(1, Ordering::SeqCst) % 2 {
            0 => Box::pin(std::future::ready(())),
            _ => next.run(message),
        }
    }
}

#[tokio::test]
async fn layers_stand_between_the_program_and_the_server() {
    since(Revision::V2024_11_05, library, async |server, builder, label| {
        let count = Count::default();
        let builder = builder.layer(count.clone()).layer(Meddler(AtomicUsize::new(0)));
        let client = builder.connect().await.expect(&label);
        let prompt = client.get_prompt("other", ()).await.expect(&label);
        assert_eq!(prompt.messages()[0].content.as_text().as_deref(), Some("Good day, Layer!"), "{label}");
        assert_eq!(count.of("prompts/get"), 1, "{label}");
        if client.revision().is_modern() {
            return;
        }
        let mut listening = client
            .listen(Filter { prompts_list_changed: true, resources_list_changed: true, ..Filter::default() })
            .await
            .expect(&label);
        server.remove_prompt("other");
        server.remove_resource("test://b");
        let first = listening.next().await.expect(&label).expect(&label);
        assert_eq!(first, Change::ResourcesListChanged, "{label}: the first notification was dropped");
    })
    .await;
}

#[tokio::test]
async fn a_group_calls_the_server_that_has_the_tool() {
    bounded(async {
        let server = |name: &'static str, tools: &[&str]| {
            tools.iter().fold(Server::new(name), |server, tool| {
                server.tool(Tool::typed(tool, "", move |_: Nothing, _| async move { Ok(name.to_owned()) }))
            })
        };
        let (a, b) = (server("a", &["x", "y"]), server("b", &["x", "z"]));
        let group = Group::new().add("a", Client::connect(&a).await.expect("a server")).expect("a name");
        let group = group.add("b", Client::connect(&b).await.expect("a server")).expect("a name");
        let names: Vec<_> =
            group.list_tools().await.expect("tools").into_iter().map(|tool| tool.name).collect();
        assert_eq!(names, ["a_x", "y", "b_x", "z"]);
        for (name, owner) in [("a_x", "a"), ("b_x", "b"), ("z", "b")] {
            assert_eq!(group.call(name, ()).await.expect("known").await.expect("an answer").text(), owner);
        }
        assert!(group.call("x", ()).await.is_err(), "ambiguous");
        group.close().await;
    })
    .await;
}
