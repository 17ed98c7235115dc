//! Layers of a server: what they cannot hold back, what bounds them, what the core adds to what they answer.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use dovetail::{
    Context, Error, ErrorKind, Failure, Layer, Limits, LogSink, Message, Next, NextNotification, Outcome,
    Resource, Server, Tool,
};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::server_support::{Http, Link, bounded, meta, notification, request};

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

/// Holds back every notification, and answers one request by itself.
struct Stubborn;

impl Layer for Stubborn {
    fn request(&self, message: Message, next: Next) -> BoxFuture<'static, Outcome> {
        match &*message.method {
            "tools/list" => Box::pin(async { Ok(Bytes::from_static(br#"{"tools":[]}"#)) }),
            "resources/read" => {
                Box::pin(async { Err(Error::new(ErrorKind::UnknownResource, "not for you")) })
            }
            _ => next.run(message),
        }
    }

    fn notification(&self, _message: Message, _next: NextNotification) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_cancellation_waits_for_no_layer() {
    bounded(async {
        let started = Arc::new(tokio::sync::Notify::new());
        let entered = started.clone();
        let forever = Tool::typed("forever", "Never ends", move |_: Nothing, _| {
            let entered = entered.clone();
            async move {
                entered.notify_one();
                std::future::pending::<Result<(), Failure>>().await
            }
        });
        let server = Server::new("s").tool(forever).layer(Stubborn);
        let link = Link::new(&server);
        link.send(&request(1, "tools/call", json!({"name": "forever", "_meta": meta(&json!({}))}))).await;
        started.notified().await;
        link.send(&notification("notifications/cancelled", json!({"requestId": 1}))).await;
        while server.in_flight() > 0 {
            tokio::task::yield_now().await;
        }
        let http = Http::new(&server).open("2025-06-18", json!({})).await;
        let calling = {
            let http = http.clone();
            tokio::spawn(async move { http.ask("tools/call", json!({"name": "forever"})).await })
        };
        started.notified().await;
        let cancelling = tokio::spawn(async move {
            http.post(&[], &notification("notifications/cancelled", json!({"requestId": 1}))).await;
        });
        while server.in_flight() > 0 {
            tokio::task::yield_now().await;
        }
        cancelling.abort();
        calling.abort();
    })
    .await;
}

#[tokio::test]
async fn notifications_and_pings_in_the_layers_are_bounded() {
    bounded(async {
        let limits = Limits { queue: 2, ..Limits::default() };
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = lines.clone();
        let sink: LogSink =
            Arc::new(move |_, line: &str| kept.lock().expect("no panics").push(line.to_owned()));
        let server = Server::new("s").limits(limits).log(sink).layer(Stubborn);
        let mut link = Link::new(&server);
        for _ in 0..3 {
            link.send(&notification("notifications/example", json!({}))).await;
        }
        // Answers come in spite of them, and what would wait for the layers, too, is refused.
        let listed = link.ask(1, "tools/list", json!({"_meta": meta(&json!({}))})).await;
        assert_eq!(listed["result"]["tools"], json!([]));
        let refused = link.ask(2, "ping", json!({})).await;
        assert!(
            refused["error"]["message"].as_str().is_some_and(|text| text.contains("limit `queue`")),
            "{refused}"
        );
        let said = lines.lock().expect("no panics").join("\n");
        assert!(said.contains("dropped a notification"), "{said}");
    })
    .await;
}

#[tokio::test]
async fn what_a_layer_answers_or_refuses_is_completed_for_the_revision() {
    bounded(async {
        let server = Server::new("s").resource(Resource::text("note://one", "One", "first")).layer(Stubborn);
        let http = Http::new(&server);
        let own = http.modern("tools/list", json!({})).await;
        assert_eq!(own["result"]["resultType"], "complete");
        assert_eq!(own["result"]["ttlMs"], 0);
        assert_eq!(own["result"]["tools"], json!([]));
        let refused = http.modern("resources/read", json!({"uri": "x:y"})).await;
        assert_eq!(
            refused["error"],
            json!({"code": -32602, "message": "not for you", "data": {"uri": "x:y"}})
        );
        let old = http.open("2025-06-18", json!({})).await;
        assert_eq!(old.ask("tools/list", json!({})).await["result"], json!({"tools": []}));
        assert_eq!(old.ask("resources/read", json!({"uri": "x:y"})).await["error"]["code"], -32002);
    })
    .await;
}

#[tokio::test]
async fn metadata_survives_a_layer_that_writes_new_parameters() {
    bounded(async {
        let progress = Tool::typed("a", "Reports", |_: Nothing, context: Context| async move {
            context.progress(1.0, None, None);
            Ok::<_, Failure>(context.info().progress)
        });
        let renaming = |message: Message, next: Next| async move {
            assert!(!message.notification);
            next.run(message.with_params(json!({"name": "a"}))?).await
        };
        let server = Server::new("s").tool(progress).layer(renaming);
        let mut link = Link::new(&server);
        let mut asking = meta(&json!({}));
        asking["progressToken"] = json!("t");
        link.send(&request(1, "tools/call", json!({"name": "b", "_meta": asking}))).await;
        assert_eq!(link.next().await["params"]["progressToken"], "t");
        assert_eq!(link.next().await["result"]["structuredContent"], true);
    })
    .await;
}
