//! Peers for the client's tests: a demo server, a scripted HTTP endpoint, and scripted child processes.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dovetail::client::LogSink;
use dovetail::server::Failure;
use dovetail::{Answer, Command, Context, Server, Tool};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedSender;

/// Fails instead of hanging.
pub(crate) async fn bounded<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), work).await.expect("the test takes no longer than 30 s")
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
pub(crate) struct Pair {
    pub(crate) a: i64,
    pub(crate) b: i64,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
pub(crate) struct Path {
    pub(crate) path: String,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
pub(crate) struct Sure {
    pub(crate) sure: bool,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
pub(crate) struct Nothing {}

/// Adds, counts with progress, asks, fails, and waits until it is dropped.
pub(crate) fn demo(dropped: Option<UnboundedSender<()>>) -> Server {
    struct Tell(Option<UnboundedSender<()>>);
    impl Drop for Tell {
        fn drop(&mut self) {
            if let Some(tell) = &self.0 {
                let _ = tell.send(());
            }
        }
    }
    Server::new("demo")
        .tool(Tool::typed("add", "Adds", |p: Pair, _: Context| async move { Ok(p.a + p.b) }))
        .tool(Tool::typed("count", "Counts", |_: Nothing, ctx: Context| async move {
            for step in 1..=3 {
                ctx.progress(f64::from(step), Some(3.0), Some("step"));
                tokio::task::yield_now().await;
            }
            Ok("done".to_owned())
        }))
        .tool(Tool::typed("remove", "Asks", |p: Path, ctx: Context| async move {
            let answer = ctx.elicit::<Sure>(&format!("Delete {}?", p.path)).await.map_err(Failure::tool)?;
            Ok(if matches!(answer, Answer::Accept(Sure { sure: true })) { "deleted" } else { "kept" }
                .to_owned())
        }))
        .tool(Tool::typed("fail", "Fails", |_: Nothing, _: Context| async move {
            Err::<String, _>(Failure::tool("it broke"))
        }))
        .tool(Tool::typed("wait", "Waits", move |_: Nothing, ctx: Context| {
            let tell = Tell(dropped.clone());
            async move {
                let _tell = tell;
                ctx.progress(1.0, None, None);
                std::future::pending::<()>().await;
                Ok(String::new())
            }
        }))
}

/// This test binary, run again as the peer of that name; see `client_child::peer`.
pub(crate) fn this_binary(peer: &str) -> Command {
    let binary = std::env::current_exe().expect("the test binary knows itself");
    Command::new(binary)
        .args(["-q", "--exact", "client_child::peer", "--nocapture"])
        .env("DOVETAIL_TEST_PEER", peer)
}

/// A script that reads one message a line into `$line`, with its id in `$id`.
pub(crate) fn script(body: &str) -> Command {
    let script = format!(
        r#"while read -r line; do id=${{line#*\"id\":}}; id=${{id%%,*}}; case "$line" in {body} esac; done"#
    );
    Command::new("/bin/sh").args(["-c", &script])
}

/// What a server of the session revisions answers, as branches of [`script`].
pub(crate) const OLD_SERVER: &str = r#"
*'"initialize"'*) echo '{"jsonrpc":"2.0","id":'$id',"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"old","version":"1"}}}';;
*notifications/*) ;;
*tools/call*) echo '{"jsonrpc":"2.0","id":'$id',"result":{"content":[{"type":"text","text":"called"}]}}';;
*server/discover*) echo '{"jsonrpc":"2.0","id":'$id',"error":{"code":-32602,"message":"not yet"}}';;
"#;

/// A log that can be looked at.
pub(crate) fn log() -> (LogSink, Arc<Mutex<Vec<String>>>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = {
        let lines = lines.clone();
        Arc::new(move |_, line: &str| lines.lock().expect("no panic while logging").push(line.to_owned()))
    };
    (sink, lines)
}

/// One HTTP request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The `id` of the message, as JSON.
    pub(crate) fn id(&self) -> String {
        let json: serde_json::Value = serde_json::from_str(&self.body).expect("a JSON body");
        json["id"].to_string()
    }

    pub(crate) fn is(&self, method: &str) -> bool {
        self.body.contains(&format!(r#""method":"{method}""#))
    }

    /// A member of `params`, as JSON.
    pub(crate) fn param(&self, name: &str) -> String {
        let json: serde_json::Value = serde_json::from_str(&self.body).expect("a JSON body");
        json["params"][name].to_string()
    }
}

/// What the scripted endpoint does with a request.
pub(crate) enum Reply {
    /// Writes this and closes.
    Say(String),
    /// Writes this, keeps the connection open, and tells when the client has closed it.
    Hold(String, UnboundedSender<()>),
}

pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Reply {
    Reply::Say(format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len()))
}

pub(crate) fn json(body: &str) -> Reply {
    answer("200 OK", "content-type: application/json\r\n", body)
}

pub(crate) fn events(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n{body}")
}

pub(crate) fn result(seen: &Seen, result: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#, seen.id())
}

pub(crate) const OLD_HELLO: &str =
    r#"{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"old","version":"1"}}"#;
pub(crate) const NEW_HELLO: &str = r#"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{},"ttlMs":0,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"new","version":"1"}}}"#;

/// The session revisions' part of a script: everything but calls.
pub(crate) fn old_server(seen: &Seen, session: &str) -> Option<Reply> {
    if seen.is("server/discover") {
        return Some(answer("400 Bad Request", "", ""));
    }
    if seen.is("initialize") {
        let session =
            if session.is_empty() { String::new() } else { format!("mcp-session-id: {session}\r\n") };
        let headers = format!("content-type: application/json\r\n{session}");
        return Some(answer("200 OK", &headers, &result(seen, OLD_HELLO)));
    }
    if seen.body.contains(r#""method":"notifications/"#) || !seen.body.contains(r#""method""#) {
        return Some(answer("202 Accepted", "", ""));
    }
    None
}

/// A scripted endpoint: one request per connection.
pub(crate) struct Endpoint {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Endpoint {
    pub(crate) async fn start(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("loopback can be bound");
        let url = format!("http://{}/mcp", socket.local_addr().expect("bound"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (script, record) = (Arc::new(script), seen.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                tokio::spawn(serve(stream, script.clone(), record.clone()));
            }
        });
        Self { url, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic while recording").clone()
    }
}

async fn serve(mut stream: TcpStream, script: Arc<impl Fn(&Seen) -> Reply>, record: Arc<Mutex<Vec<Seen>>>) {
    let mut bytes = Vec::new();
    let seen = loop {
        if let Some(seen) = parse(&bytes) {
            break seen;
        }
        let Ok(1..) = stream.read_buf(&mut bytes).await else { return };
    };
    record.lock().expect("no panic while recording").push(seen.clone());
    match script(&seen) {
        Reply::Say(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        Reply::Hold(text, gone) => {
            let _ = stream.write_all(text.as_bytes()).await;
            let mut rest = [0; 64];
            while let Ok(1..) = stream.read(&mut rest).await {}
            let _ = gone.send(());
        }
    }
}

fn parse(bytes: &[u8]) -> Option<Seen> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let method = lines.next()?.split(' ').next()?.to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().expect("a length"));
    (body.len() >= length).then(|| Seen { method, headers, body: body.to_owned() })
}
