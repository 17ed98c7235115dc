//! A server whose every slot waits for its user: answers, cancellations and pings get through, and new requests are
//! refused at once.
use bytes::Bytes;
use dovetail::{Answer, Context, Error, Limits, Server, http, tool};
use dovetail_tests::raw_http::{self, Endpoint, Session, session_call};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{Receiver, Sender};

use crate::programs::{LIMIT, run};

const BUSY: i64 = -31001;

/// Requests that may be handled at once.
const SLOTS: usize = 2;

#[derive(Deserialize, JsonSchema)]
struct Form {
    answer: String,
}

/// Asks its user.
#[tool]
async fn ask(what: String, context: Context) -> Result<String, Error> {
    Ok(match context.elicit::<Form>(&what).await? {
        Answer::Accept(form) => form.answer,
        Answer::Decline | Answer::Cancel => "no".to_owned(),
    })
}

/// Returns its text.
#[tool]
fn echo(text: String) -> String {
    text
}

fn server() -> Server {
    let limits = Limits { in_flight: SLOTS, ..Limits::default() };
    Server::new("admission").limits(limits).tool(ask).tool(echo)
}

fn form_capability() -> Value {
    json!({"elicitation": {"form": {}}})
}

fn accept(id: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": {"action": "accept", "content": {"answer": "yes"}}})
}

/// Starts a call that asks; gives its stream and the id of its question.
async fn asking(session: &Session, id: i64) -> (TcpStream, Value) {
    let mut stream = session.send(&session_call(id, "ask", &json!({"what": "really?"}))).await.expect("sent");
    let seen = raw_http::read_until(&mut stream, "elicitation/create").await.expect("the question");
    let data = seen.lines().filter_map(|line| line.strip_prefix("data: ")).next_back().expect("an event");
    let question: Value = serde_json::from_str(data).expect("a message");
    (stream, question["id"].clone())
}

#[test]
fn over_http_a_full_server_takes_answers_and_cancellations() {
    run(async {
        let server = server();
        let listener = server.listen(http("127.0.0.1:0")).await.expect("a listener");
        let endpoint = Endpoint::new(&listener.url()).expect("a URL");
        let serving = tokio::spawn(listener.run());
        let session = endpoint.session(&form_capability()).await.expect("a session");
        let (mut first, question) = asking(&session, 1).await;
        let (mut second, _) = asking(&session, 2).await;

        let refused = session.post(&session_call(3, "echo", &json!({"text": "x"}))).await.expect("an answer");
        assert_eq!(refused.error_code(), Some(BUSY), "{refused:?}");
        assert_eq!(refused.status, 503, "{refused:?}");

        let taken = session.post(&accept(&question)).await.expect("an answer");
        assert_eq!(taken.status, 202, "{taken:?}");
        raw_http::read_until(&mut first, r#""text":"yes""#).await.expect("the result of the first call");

        let cancel =
            json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 2}});
        let taken = session.post(&cancel).await.expect("an answer");
        assert_eq!(taken.status, 202, "{taken:?}");
        // The stream of a cancelled call ends without an answer.
        let ended = raw_http::read_until(&mut second, "\"result\"").await.expect_err("no result");
        assert!(ended.contains("ended"), "{ended}");

        let free =
            session.post(&session_call(4, "echo", &json!({"text": "again"}))).await.expect("an answer");
        assert_eq!(free.message()["result"]["content"][0]["text"], "again", "{free:?}");
        server.close(LIMIT).await;
        serving.await.expect("no panic").expect("a clean end");
    });
}

struct Link {
    to_server: Sender<Bytes>,
    from_server: Receiver<Bytes>,
}

impl Link {
    async fn send(&self, message: &Value) {
        self.to_server.send(message.to_string().into()).await.expect("the server reads");
    }

    async fn next(&mut self) -> Value {
        let frame = self.from_server.recv().await.expect("the server lives");
        serde_json::from_slice(&frame).expect("a message")
    }
}

#[test]
fn on_one_stream_a_full_server_takes_answers_cancellations_and_pings() {
    run(async {
        let server = server();
        let (to_server, from_server) = server.link().expect("a link");
        let mut link = Link { to_server, from_server };
        link.send(&json!({"jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": {
            "protocolVersion": raw_http::LEGACY, "capabilities": form_capability(),
            "clientInfo": {"name": "raw", "version": "1"}}}))
            .await;
        link.next().await;
        link.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
        let mut questions = Vec::new();
        for id in 1..=2 {
            link.send(&session_call(id, "ask", &json!({"what": "really?"}))).await;
            let question = link.next().await;
            assert_eq!(question["method"], "elicitation/create", "{question}");
            questions.push(question["id"].clone());
        }
        // More than the link itself holds.
        for id in 100..400 {
            link.send(&session_call(id, "echo", &json!({"text": "x"}))).await;
            let refused = link.next().await;
            assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(id), &json!(BUSY)), "{refused}");
        }
        link.send(&json!({"jsonrpc": "2.0", "id": "alive", "method": "ping"})).await;
        let pong = link.next().await;
        assert_eq!((&pong["id"], &pong["result"]), (&json!("alive"), &json!({})), "{pong}");

        link.send(&accept(&questions[0])).await;
        let first = link.next().await;
        assert_eq!(
            (&first["id"], &first["result"]["content"][0]["text"]),
            (&json!(1), &json!("yes")),
            "{first}"
        );
        link.send(
            &json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 2}}),
        )
        .await;
        let withdrawn = link.next().await;
        assert_eq!(withdrawn["method"], "notifications/cancelled", "{withdrawn}");
        assert_eq!(withdrawn["params"]["requestId"], questions[1], "{withdrawn}");
        // The first free slot is the one of the first call; the second needs the cancellation.
        link.send(&session_call(5, "ask", &json!({"what": "still?"}))).await;
        let question = link.next().await;
        assert_eq!(question["method"], "elicitation/create", "{question}");
        link.send(&session_call(6, "echo", &json!({"text": "free"}))).await;
        let free = link.next().await;
        assert_eq!(free["result"]["content"][0]["text"], "free", "{free}");
    });
}
