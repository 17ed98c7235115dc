//! Subscriptions, logging and middleware.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use dovetail::middleware::{Layer, Message, Next, NextNotification, Outcome};
use dovetail::{Context, Error, ErrorKind, Level, Resource, Server, Tool};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

use crate::server_support::{Http, Link, bounded, meta, notification, request};

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

fn tool(name: &str) -> Tool {
    Tool::typed(name, "", |_: Nothing, context: Context| {
        context.log(Level::Debug, "fine detail");
        context.log_as("parts", Level::Warning, json!({"part": 1}));
        std::future::ready(Ok("done".to_owned()))
    })
}

fn offering() -> Server {
    Server::new("news").tool(tool("a")).resource(Resource::text("note://one", "One", "first"))
}

fn listening(id: i64, filter: Value) -> Value {
    request(id, "subscriptions/listen", json!({"_meta": meta(&json!({})), "notifications": filter}))
}

#[tokio::test]
async fn a_subscription_is_acknowledged_and_gets_only_what_it_asked_for() {
    bounded(async {
        let server = offering();
        let mut link = Link::new(&server);
        let wanted = json!({"toolsListChanged": true, "promptsListChanged": true, "resourceSubscriptions": ["note://one"]});
        link.send(&listening(5, wanted)).await;
        let first = link.next().await;
        assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
        // This server has no prompts, so it cannot tell about them.
        let granted = json!({"toolsListChanged": true, "resourceSubscriptions": ["note://one"]});
        assert_eq!(first["params"]["notifications"], granted);
        server.resource_updated("note://other");
        server.resource_updated("note://one");
        let updated = link.next().await;
        assert_eq!((&updated["method"], &updated["params"]["uri"]), (&json!("notifications/resources/updated"), &json!("note://one")));
        server.add_resource(Resource::text("note://two", "Two", "second")).expect("a free URI");
        server.add_tool(tool("b")).expect("a free name");
        let changed = link.next().await;
        assert_eq!(changed["method"], "notifications/tools/list_changed");
        for message in [first, updated, changed] {
            assert_eq!(message["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], 5);
        }
        server.close(Duration::ZERO).await;
        let closed = link.next().await;
        assert_eq!((&closed["id"], &closed["result"]["_meta"]["io.modelcontextprotocol/subscriptionId"]), (&json!(5), &json!(5)));
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_subscription_gets_nothing_more() {
    bounded(async {
        let server = offering();
        let mut link = Link::new(&server);
        link.send(&listening(1, json!({"toolsListChanged": true}))).await;
        link.next().await;
        link.send(&notification("notifications/cancelled", json!({"requestId": 1}))).await;
        // The second subscription proves that the first one is gone.
        link.send(&listening(2, json!({"resourcesListChanged": true}))).await;
        link.next().await;
        server.add_tool(tool("b")).expect("a free name");
        server.add_resource(Resource::text("note://two", "Two", "second")).expect("a free URI");
        assert_eq!(link.next().await["method"], "notifications/resources/list_changed");
    })
    .await;
}

#[tokio::test]
async fn sessions_are_told_without_asking_and_subscribe_to_resources() {
    bounded(async {
        let server = offering();
        let mut link = Link::open(&server, "2025-06-18", json!({})).await;
        link.ask(1, "resources/subscribe", json!({"uri": "note://one"})).await;
        server.resource_updated("note://other");
        server.resource_updated("note://one");
        let updated = link.next().await;
        assert_eq!(updated["params"], json!({"uri": "note://one"}));
        server.add_tool(tool("b")).expect("a free name");
        assert_eq!(link.next().await["method"], "notifications/tools/list_changed");
        link.ask(2, "resources/unsubscribe", json!({"uri": "note://one"})).await;
        server.resource_updated("note://one");
        server.remove_tool("b");
        assert_eq!(link.next().await["method"], "notifications/tools/list_changed");
    })
    .await;
}

#[tokio::test]
async fn logs_are_sent_to_who_asked_for_their_level() {
    bounded(async {
        let server = offering();
        let mut link = Link::open(&server, "2025-11-25", json!({})).await;
        let call = |id| request(id, "tools/call", json!({"name": "a"}));
        link.send(&call(1)).await;
        let warning = link.next().await;
        assert_eq!(warning["params"], json!({"level": "warning", "logger": "parts", "data": {"part": 1}}));
        assert_eq!(link.next().await["id"], 1);
        link.ask(2, "logging/setLevel", json!({"level": "debug"})).await;
        link.send(&call(3)).await;
        assert_eq!(link.next().await["params"]["data"], "fine detail");
        assert_eq!(link.next().await["params"]["level"], "warning");
        assert_eq!(link.next().await["id"], 3);
        link.ask(4, "logging/setLevel", json!({"level": "error"})).await;
        link.ask(5, "tools/call", json!({"name": "a"})).await;
        // Without sessions, silence is the default.
        let mut modern = Link::new(&server);
        modern.ask(6, "tools/call", json!({"name": "a", "_meta": meta(&json!({}))})).await;
        let mut asking = meta(&json!({}));
        asking["io.modelcontextprotocol/logLevel"] = json!("notice");
        modern.send(&request(7, "tools/call", json!({"name": "a", "_meta": asking}))).await;
        assert_eq!(modern.next().await["params"]["level"], "warning");
        assert_eq!(modern.next().await["id"], 7);
    })
    .await;
}

/// Writes down what passes, changes the tool that is called, refuses one method and drops one notification.
struct Recording {
    name: &'static str,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Recording {
    fn note(&self, what: &str) {
        self.seen.lock().expect("no panics").push(format!("{} {what}", self.name));
    }
}

impl Layer for Recording {
    fn request(&self, mut message: Message, next: Next) -> BoxFuture<'static, Outcome> {
        self.note(&message.method);
        let (name, seen) = (self.name, self.seen.clone());
        if &*message.method == "prompts/list" {
            return Box::pin(async { Err(Error::new(ErrorKind::Forbidden, "not here")) });
        }
        if name == "inner" {
            let text = String::from_utf8(message.params.to_vec()).expect("UTF-8");
            message.params = Bytes::from(text.replace(r#""renamed""#, r#""a""#));
        }
        Box::pin(async move {
            let outcome = next.run(message).await;
            seen.lock()
                .expect("no panics")
                .push(format!("{name} {}", if outcome.is_ok() { "ok" } else { "failed" }));
            outcome
        })
    }

    fn notification(&self, message: Message, next: NextNotification) -> BoxFuture<'static, ()> {
        self.note(&message.method);
        next.run(message)
    }
}

#[tokio::test]
async fn layers_stand_around_requests_and_notifications_in_order() {
    bounded(async {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let layer = |name| Recording { name, seen: seen.clone() };
        let server = offering().layer(layer("outer")).layer(layer("inner"));
        let take = || std::mem::take(&mut *seen.lock().expect("no panics"));
        let http = Http::new(&server);
        let called = http.modern("tools/call", json!({"name": "renamed"})).await;
        assert_eq!(called["result"]["content"][0]["text"], "done");
        assert_eq!(take(), ["outer tools/call", "inner tools/call", "inner ok", "outer ok"]);
        let refused = http.modern_with("prompts/list", json!({}), &json!({})).await;
        assert_eq!(refused.status, 403);
        assert_eq!(take(), ["outer prompts/list"]);
        assert_eq!(http.post(&[], &notification("notifications/example", json!({}))).await.status, 202);
        assert_eq!(take(), ["outer notifications/example", "inner notifications/example"]);
        http.open("2025-06-18", json!({})).await;
        assert_eq!(take(), ["outer initialize", "inner initialize", "inner ok", "outer ok"]);
        let mut link = Link::new(&server);
        let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        link.ask(1, "initialize", hello).await;
        link.ask(2, "ping", json!({})).await;
        assert_eq!(take().len(), 8);
    })
    .await;
}
