//! The paths that are counted: each makes the same call a number of times and checks its answer.
use bytes::Bytes;
use dovetail::{Failure, Handler, Output, Server, Tool};
use dovetail_bridge::{Event, Kind, Runtime, Session, Shape};
use dovetail_protocol::Limits;
use dovetail_protocol::jsonrpc::{ToolCall, parse};
use http_body_util::BodyExt;

/// Every path by its name.
pub(crate) const ALL: [&str; 5] = ["decode", "shortcut", "exchange", "stream", "bridge"];

const CALL: &str = concat!(
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","#,
    r#""arguments":{"text":"abcdefghijklmnopqrstuvwxyz012345"},"_meta":{"#,
    r#""io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
    r#""io.modelcontextprotocol/clientInfo":{"name":"counts","version":"1"},"#,
    r#""io.modelcontextprotocol/clientCapabilities":{}}}}"#
);

const TEXT: &[u8] = br#""text":"abcdefghijklmnopqrstuvwxyz012345""#;

const TOOL: &str = r#"{"name":"echo","inputSchema":{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]}}"#;

const HEADERS: [(&str, &str); 6] = [
    ("host", "127.0.0.1"),
    ("content-type", "application/json"),
    ("accept", "application/json, text/event-stream"),
    ("mcp-protocol-version", "2026-07-28"),
    ("mcp-method", "tools/call"),
    ("mcp-name", "echo"),
];

/// Runs one path.
pub(crate) fn run(path: &str, calls: u64) -> Result<(), String> {
    let runtime = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| error.to_string())
    };
    match path {
        "decode" => {
            for _ in 0..calls {
                parse(CALL.as_bytes(), &Limits::default()).map_err(|error| error.to_string())?;
            }
            Ok(())
        }
        "shortcut" => {
            for _ in 0..calls {
                ToolCall::read(CALL.as_bytes(), &Limits::default()).ok_or("not a plain call")?;
            }
            Ok(())
        }
        "exchange" => runtime()?.block_on(exchange(calls)),
        "stream" => runtime()?.block_on(stream(calls)),
        "bridge" => bridge(calls),
        _ => Err(format!("no path is named {path:?}")),
    }
}

fn checked(answer: &[u8]) -> Result<(), String> {
    match answer.windows(TEXT.len()).any(|part| part == TEXT) {
        true => Ok(()),
        false => Err(format!("a wrong answer: {}", String::from_utf8_lossy(answer))),
    }
}

/// Gives its argument back.
struct Echo;

impl Handler for Echo {
    fn call(
        &self,
        _: dovetail::Context,
        arguments: Bytes,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<Output, Failure>> + Send>> {
        let value = arguments.slice(br#"{"text":"#.len()..arguments.len() - 1);
        Box::pin(std::future::ready(Ok(Output::Value(value))))
    }
}

fn server() -> Result<Server, String> {
    let tool = Tool::from_json(TOOL.as_bytes(), Echo).map_err(|error| error.to_string())?;
    Ok(Server::new("counts").tool(tool))
}

/// A call over HTTP without a socket.
async fn exchange(calls: u64) -> Result<(), String> {
    let exchange = server()?.exchange(&[], &[]).map_err(|error| error.to_string())?;
    let mut request = http::Request::post("/mcp");
    for (name, value) in HEADERS {
        request = request.header(name, value);
    }
    let (head, ()) = request.body(()).map_err(|error| error.to_string())?.into_parts();
    for _ in 0..calls {
        let answer = exchange.handle_whole(&head, Bytes::from_static(CALL.as_bytes())).await;
        let body = answer.into_body().collect().await.map_err(|never| never.to_string())?;
        checked(&body.to_bytes())?;
    }
    Ok(())
}

/// A call over a duplex stream of frames, as stdio is one.
async fn stream(calls: u64) -> Result<(), String> {
    let (to, mut from) = server()?.link().map_err(|error| error.to_string())?;
    for _ in 0..calls {
        to.send(Bytes::from_static(CALL.as_bytes())).await.map_err(|error| error.to_string())?;
        checked(&from.recv().await.ok_or("the server has gone")?)?;
    }
    Ok(())
}

/// A call through the boundary and back: an exchange whose tool lives in the host.
fn bridge(calls: u64) -> Result<(), String> {
    let failed = |error: dovetail_bridge::BridgeError| error.detail;
    let runtime = Runtime::new().map_err(failed)?;
    let config = format!(r#"{{"info":{{"name":"counts","version":"1"}},"tools":[{TOOL}]}}"#);
    let session = Session::server(&runtime, config.into()).map_err(failed)?;
    let head = serde_json::json!({ "method": "POST", "path": "/mcp", "headers": HEADERS }).to_string();
    let head = Bytes::from(head);
    let mut events: Vec<Event> = Vec::new();
    for key in 1..=calls {
        session.exchange(key, head.clone(), Bytes::from_static(CALL.as_bytes())).map_err(failed)?;
        let mut open = true;
        while open {
            session.wait(None);
            session.drain(64, &mut events);
            for event in events.drain(..) {
                match event.kind {
                    Kind::Call => {
                        let json = event.payload.slice(br#"{"text":"#.len()..event.payload.len() - 1);
                        session.reply(event.key, Shape::Value, json).map_err(failed)?;
                    }
                    Kind::Chunk => checked(&event.payload)?,
                    Kind::Done => open = false,
                    _ => {}
                }
            }
        }
    }
    drop(session);
    runtime.shutdown(std::time::Duration::from_secs(1));
    Ok(())
}
