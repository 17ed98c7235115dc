//! A server whose every place is taken by calls that wait for their user: answers, cancellations and pings get
//! through, and anything else is refused at once.
//!
//! How many of the calls have already asked is the server's affair: handlers may wait for a thread of a small pool.
//! What is certain: a refusal means that every place was taken at that moment, and none of these calls ends by itself.
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use dovetail::Limits;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinSet;

use crate::process::{self, HttpServer};
use crate::raw_http::{self, Answer, Endpoint, Session, session_call};
use crate::surface::Surface;

/// Our own code for a refusal that may be tried again.
const BUSY: i64 = -31001;

/// How long nothing at all may come from the calls while something must.
const PATIENCE: Duration = Duration::from_secs(20);

/// Connections that are opened without waiting for the server; a listener has a short queue on some systems.
const BURST: usize = 64;

/// Ordinary calls until the places of an ended session must be free.
const SETTLED: i64 = 200;

/// Open files that two of these cases at a time and their servers need at most.
const FILES: u64 = 4096;

/// Runs the case against a server; the error is what was wrong.
pub(super) async fn check(server: Surface) -> Result<Vec<String>, String> {
    process::allow_open_files(FILES)?;
    let limit = Limits::default().in_flight;
    let server = HttpServer::start(&server.programs()?.server).await?;
    let endpoint = Endpoint::new(&server.url)?;
    let session = endpoint.session(&json!({"elicitation": {"form": {}}})).await?;
    let mut calls = Calls::new(session.clone());

    calls.fill(limit).await?;
    refused(&session, "over the limit").await?;
    alive(&session).await?;

    let (answered, question) = calls.question().await?;
    let yes = json!({"jsonrpc": "2.0", "id": question,
        "result": {"action": "accept", "content": {"answer": "yes"}}});
    accepted(&session, "an answer", &yes).await?;
    let answer = calls.end_of(answered).await?;
    if !answer.body.contains("accepted: yes") {
        return Err(format!("the answered call ended with {answer:?}"));
    }
    room(&session, "after an answer").await?;

    calls.fill(1).await?;
    let cancelled = *calls.open.last().ok_or("no call is open")?;
    let cancel =
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": cancelled}});
    accepted(&session, "a cancellation", &cancel).await?;
    let answer = calls.end_of(cancelled).await?;
    if answer.body.contains("\"result\"") {
        return Err(format!("the cancelled call ended with {answer:?}"));
    }
    room(&session, "after a cancellation").await?;

    calls.fill(1).await?;
    refused(&session, "over the limit once more").await?;
    alive(&session).await?;

    // Every connection is cut; only the end of the session ends the calls.
    drop(calls);
    let ended = session.end().await?;
    if !(200..300).contains(&ended.status) {
        return Err(format!("the end of the session was answered with {ended:?}"));
    }
    for id in 1..=SETTLED {
        let answer = endpoint.call(id, "add", &json!({"a": 2, "b": 3})).await?;
        if !is_busy(&answer) {
            let found = answer.message()["result"]["content"][0]["text"] == "5";
            return if found { Ok(Vec::new()) } else { Err(format!("after the session: {answer:?}")) };
        }
    }
    Err(format!("still busy {SETTLED} calls after the end of the session"))
}

fn is_busy(answer: &Answer) -> bool {
    answer.status == 503 && answer.error_code() == Some(BUSY)
}

/// A call is refused.
async fn refused(session: &Session, when: &str) -> Result<(), String> {
    let mut call = session_call(0, "echo", &json!({"text": "x"}));
    call["id"] = json!("refused");
    let answer = session.post(&call).await?;
    if is_busy(&answer) { Ok(()) } else { Err(format!("{when}, a call is answered with {answer:?}")) }
}

/// A request has a place. It is one that needs no handler, because those may all be waiting.
async fn room(session: &Session, when: &str) -> Result<(), String> {
    let answer = session.post(&json!({"jsonrpc": "2.0", "id": "list", "method": "tools/list"})).await?;
    let listed = answer.message()["result"]["tools"].is_array();
    if listed { Ok(()) } else { Err(format!("{when}, no place is free: {answer:?}")) }
}

async fn alive(session: &Session) -> Result<(), String> {
    let answer = session.post(&json!({"jsonrpc": "2.0", "id": "alive", "method": "ping"})).await?;
    let good = answer.status == 200 && answer.message()["result"].is_object();
    if good { Ok(()) } else { Err(format!("a ping is answered with {answer:?}")) }
}

async fn accepted(session: &Session, what: &str, message: &Value) -> Result<(), String> {
    let answer = session.post(message).await?;
    if answer.status == 202 { Ok(()) } else { Err(format!("{what} is answered with {answer:?}")) }
}

/// What happened to a call.
enum Step {
    /// It asked; the value is the id of its question.
    Asked(i64, Value),
    /// Its response is complete.
    Ended(i64, Result<Answer, String>),
}

/// Calls that ask and wait, each on a connection of its own. Dropping this cuts the connections.
struct Calls {
    session: Session,
    last_id: i64,
    /// Neither refused nor ended.
    open: BTreeSet<i64>,
    /// Questions that wait for their answer, with their calls.
    questions: VecDeque<(i64, Value)>,
    steps: UnboundedReceiver<Step>,
    report: UnboundedSender<Step>,
    readers: JoinSet<()>,
}

impl Calls {
    fn new(session: Session) -> Self {
        // Bounded by two steps for each call.
        let (report, steps) = mpsc::unbounded_channel();
        let (open, questions) = (BTreeSet::new(), VecDeque::new());
        Self { session, last_id: 0, open, questions, steps, report, readers: JoinSet::new() }
    }

    /// Takes as many places as are free, and no more: with one call too many, the refusal of whichever comes last
    /// says that all others are in.
    async fn fill(&mut self, places: usize) -> Result<(), String> {
        for sent in 0..=places {
            if sent % BURST == BURST - 1 {
                // Connections are taken in turn: all before this one are through the listener when it is answered.
                alive(&self.session).await?;
            }
            self.last_id += 1;
            let id = self.last_id;
            let stream = self.session.send(&session_call(id, "ask", &json!({"what": "really?"}))).await?;
            self.open.insert(id);
            self.readers.spawn(follow(id, stream, self.report.clone()));
        }
        let (id, answer) = self.ended().await?;
        if is_busy(&answer) { Ok(()) } else { Err(format!("call {id} of a full server: {answer:?}")) }
    }

    /// A question that waits, and its call.
    async fn question(&mut self) -> Result<(i64, Value), String> {
        loop {
            if let Some(question) = self.questions.pop_front() {
                return Ok(question);
            }
            if let Some((id, answer)) = self.step().await? {
                return Err(format!("call {id} ended by itself: {answer:?}"));
            }
        }
    }

    /// The response of a call, which must be the next one that ends.
    async fn end_of(&mut self, wanted: i64) -> Result<Answer, String> {
        let (id, answer) = self.ended().await?;
        if id == wanted {
            Ok(answer)
        } else {
            Err(format!("call {id} ended instead of {wanted}: {answer:?}"))
        }
    }

    async fn ended(&mut self) -> Result<(i64, Answer), String> {
        loop {
            if let Some(ended) = self.step().await? {
                return Ok(ended);
            }
        }
    }

    /// Waits for the next thing that happens; gives the response when it is an end.
    async fn step(&mut self) -> Result<Option<(i64, Answer)>, String> {
        let step = tokio::time::timeout(PATIENCE, self.steps.recv()).await;
        match step.map_err(|_| self.silence())?.ok_or("nobody reports")? {
            Step::Asked(id, question) => {
                self.questions.push_back((id, question));
                Ok(None)
            }
            Step::Ended(id, answer) => {
                self.open.remove(&id);
                self.questions.retain(|(call, _)| *call != id);
                answer.map(|answer| Some((id, answer))).map_err(|error| format!("call {id}: {error}"))
            }
        }
    }

    fn silence(&self) -> String {
        let (open, asked) = (self.open.len(), self.questions.len());
        format!(
            "nothing came for {} s; {open} calls are open, {asked} of them have asked",
            PATIENCE.as_secs()
        )
    }
}

/// Reads the response of a call to its end.
async fn follow(id: i64, mut stream: TcpStream, report: UnboundedSender<Step>) {
    let mut bytes = Vec::new();
    let mut asked = false;
    while let Ok(1..) = stream.read_buf(&mut bytes).await {
        if !asked && let Some(question) = question(&bytes) {
            asked = true;
            // Nobody listens any more when the case is over.
            let _ = report.send(Step::Asked(id, question));
        }
    }
    let _ = report.send(Step::Ended(id, raw_http::parse(&bytes)));
}

/// The id of the question in an event stream, once it has come whole.
fn question(bytes: &[u8]) -> Option<Value> {
    String::from_utf8_lossy(bytes)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok())
        .find(|message| message["method"] == "elicitation/create")
        .map(|message| message["id"].clone())
}
