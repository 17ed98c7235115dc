//! Sessions over HTTP: streams, resumption, batches, owners, and the two-endpoint transport.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use dovetail::{Context, Error, Resource, Server, SessionStore, Tool};
use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::server_support::{Http, bounded, notification, request};

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

/// A server whose tool `work` reports, waits for a permit, reports again and ends.
fn working(permits: &Arc<Semaphore>) -> Server {
    let permits = permits.clone();
    Server::new("work")
        .tool(Tool::typed("work", "", move |_: Nothing, context: Context| {
            let permits = permits.clone();
            async move {
                context.progress(1.0, None, None);
                permits.acquire().await.map_err(dovetail::Failure::tool)?.forget();
                context.progress(2.0, None, None);
                Ok("worked".to_owned())
            }
        }))
        .tool(Tool::typed("plain", "", |_: Nothing, _: Context| std::future::ready(Ok("plain".to_owned()))))
}

fn work(id: i64) -> serde_json::Value {
    request(id, "tools/call", json!({"name": "work", "_meta": {"progressToken": "p"}}))
}

fn id_of(event: &str) -> &str {
    event.lines().find_map(|line| line.strip_prefix("id: ")).expect("an event with an id")
}

#[tokio::test]
async fn a_broken_stream_is_resumed_where_it_broke() {
    bounded(async {
        let permits = Arc::new(Semaphore::new(0));
        let server = working(&permits);
        let http = Http::new(&server).open("2025-11-25", json!({})).await;
        let mut first = http.post(&[], &work(1)).await;
        let priming = first.event().await.expect("a priming event");
        assert!(priming.contains("retry: ") && priming.ends_with("data: "), "{priming}");
        let progress = first.event().await.expect("progress");
        assert!(progress.contains(r#""progress":1"#));
        drop(first);
        permits.add_permits(1);
        // What was already received is not sent again; what was not is.
        let mut second = http.send("GET", &[("last-event-id", id_of(&progress))], "").await;
        assert!(second.event().await.expect("progress").contains(r#""progress":2"#));
        let answer = second.next().await.expect("the answer");
        assert_eq!((&answer["id"], &answer["result"]["content"][0]["text"]), (&json!(1), &json!("worked")));
        assert_eq!(second.event().await, None);
        let all = http.send("GET", &[("last-event-id", id_of(&priming))], "").await;
        assert_eq!(all.message().await, answer);
        assert_eq!(http.send("GET", &[("last-event-id", "elsewhere")], "").await.status, 400);
    })
    .await;
}

#[tokio::test]
async fn an_answer_alone_is_plain_json_unless_it_must_be_resumable() {
    bounded(async {
        let server = working(&Arc::new(Semaphore::new(0)));
        let http = Http::new(&server).open("2025-11-25", json!({})).await;
        let call = request(1, "tools/call", json!({"name": "plain"}));
        assert_eq!(http.post(&[], &call).await.head["content-type"], "application/json");
        let http = Http::new(&server.resumable(true)).open("2025-11-25", json!({})).await;
        assert_eq!(http.post(&[], &call).await.head["content-type"], "text/event-stream");
    })
    .await;
}

#[tokio::test]
async fn the_standing_stream_carries_news_and_moves_to_its_newest_connection() {
    bounded(async {
        let server = working(&Arc::new(Semaphore::new(0)));
        let http = Http::new(&server).open("2025-06-18", json!({})).await;
        let mut old = http.send("GET", &[], "").await;
        assert!(server.enable_tool("plain", false));
        assert_eq!(old.next().await.expect("news")["method"], "notifications/tools/list_changed");
        let mut new = http.send("GET", &[], "").await;
        assert_eq!(old.next().await, None);
        assert!(server.enable_tool("plain", true));
        assert_eq!(new.next().await.expect("news")["method"], "notifications/tools/list_changed");
        assert_eq!(http.send("DELETE", &[], "").await.status, 204);
        assert_eq!(http.send("GET", &[], "").await.status, 404);
        assert_eq!(http.post(&[], &request(2, "ping", json!({}))).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_session_belongs_to_who_opened_it() {
    bounded(async {
        let server = working(&Arc::new(Semaphore::new(0)));
        let ada = Http::new(&server).named("ada").open("2025-11-25", json!({})).await;
        let ping = request(1, "ping", json!({}));
        assert_eq!(ada.post(&[], &ping).await.status, 200);
        let eve = ada.clone().named("eve");
        assert_eq!(eve.post(&[], &ping).await.status, 404);
        assert_eq!(eve.send("GET", &[], "").await.status, 404);
        assert_eq!(eve.send("DELETE", &[], "").await.status, 404);
        assert_eq!(ada.post(&[], &ping).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn batches_exist_on_one_revision_only() {
    bounded(async {
        let server = working(&Arc::new(Semaphore::new(0)));
        let batch = json!([
            request(1, "ping", json!({})),
            notification("notifications/example", json!({})),
            request(2, "tools/call", json!({"name": "plain"})),
            request(3, "no/such", json!({})),
        ]);
        let http = Http::new(&server).open("2025-03-26", json!({})).await;
        let answer = http.post(&[], &batch).await.message().await;
        let ids: Vec<_> = answer.as_array().expect("an array").iter().map(|one| one["id"].clone()).collect();
        assert_eq!(ids, [json!(1), json!(2), json!(3)]);
        assert_eq!(answer[2]["error"]["code"], -32601);
        let only = json!([notification("notifications/example", json!({}))]);
        assert_eq!(http.post(&[], &only).await.status, 202);
        let newer = Http::new(&server).open("2025-06-18", json!({})).await;
        let refused = newer.post(&[], &batch).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.message().await["error"]["code"], -32600);
    })
    .await;
}

#[tokio::test]
async fn the_two_endpoint_transport_answers_on_its_stream() {
    bounded(async {
        let server = working(&Arc::new(Semaphore::new(0)));
        let listener = server.listen(dovetail::http("127.0.0.1:0").sse(true)).await.expect("a free port");
        let address = listener.address();
        let serving = tokio::spawn(listener.run());
        let mut stream = crate::server_raw::Stream::get(address, "/sse").await;
        let endpoint = stream.event().await;
        let path = endpoint.strip_prefix("event: endpoint\ndata: ").expect("where to send").to_owned();
        assert!(path.starts_with("/messages?session="));
        let hello = json!({"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        let status = crate::server_raw::post(address, &path, &request(1, "initialize", hello).to_string()).await;
        assert_eq!(status, 202);
        let answer = stream.event().await;
        assert!(answer.contains(r#""protocolVersion":"2024-11-05""#), "{answer}");
        assert_eq!(crate::server_raw::post(address, "/messages?session=other", "{}").await, 404);
        server.close(std::time::Duration::from_secs(1)).await;
        serving.await.expect("no panic").expect("served");
    })
    .await;
}

#[tokio::test]
async fn the_two_endpoint_transport_is_off_by_default() {
    bounded(async {
        let server = working(&Arc::new(Semaphore::new(0)));
        let listener = server.listen(dovetail::http("127.0.0.1:0")).await.expect("a free port");
        let address = listener.address();
        let serving = tokio::spawn(listener.run());
        assert_eq!(crate::server_raw::post(address, "/messages?session=x", "{}").await, 404);
        server.close(std::time::Duration::from_secs(1)).await;
        serving.await.expect("no panic").expect("served");
    })
    .await;
}

/// A store that two instances share.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<HashMap<String, Bytes>>>);

impl SessionStore for Shared {
    fn put(&self, id: &str, record: Bytes) -> BoxFuture<'static, Result<(), Error>> {
        self.0.lock().expect("no panics").insert(id.to_owned(), record);
        Box::pin(std::future::ready(Ok(())))
    }

    fn get(&self, id: &str) -> BoxFuture<'static, Result<Option<Bytes>, Error>> {
        Box::pin(std::future::ready(Ok(self.0.lock().expect("no panics").get(id).cloned())))
    }

    fn remove(&self, id: &str) -> BoxFuture<'static, ()> {
        self.0.lock().expect("no panics").remove(id);
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test]
async fn a_session_in_a_shared_store_outlives_its_instance() {
    bounded(async {
        let store = Shared::default();
        let instance = || {
            let resource = Resource::text("note://one", "One", "first");
            working(&Arc::new(Semaphore::new(0))).resource(resource).session_store(store.clone())
        };
        let first = Http::new(&instance()).named("ada").open("2025-06-18", json!({})).await;
        first.ask("resources/subscribe", json!({"uri": "note://one"})).await;
        let next = instance();
        let second = first.clone().at(&next);
        assert_eq!(second.clone().named("eve").post(&[], &request(1, "ping", json!({}))).await.status, 404);
        let mut stream = second.send("GET", &[], "").await;
        next.resource_updated("note://one");
        assert_eq!(stream.next().await.expect("news")["params"]["uri"], "note://one");
        assert_eq!(second.send("DELETE", &[], "").await.status, 204);
        let third = first.clone().at(&instance());
        assert_eq!(third.post(&[], &request(2, "ping", json!({}))).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn an_exchange_is_a_tower_service() {
    bounded(async {
        let server = working(&Arc::new(Semaphore::new(0)));
        let mut exchange = server.exchange(&[], &[]).expect("a server without mistakes");
        let request =
            http::Request::get("/mcp").header("host", "evil.example").body(String::new()).expect("a request");
        let response = tower_service::Service::call(&mut exchange, request).await.expect("infallible");
        assert_eq!(response.status(), 403);
    })
    .await;
}
