//! HTTP by hand over a socket: requests that no client library would send, and connections that are dropped.
use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The revision without sessions.
pub const MODERN: &str = "2026-07-28";

/// The revision with sessions.
pub const LEGACY: &str = "2025-11-25";

/// How long any single answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The endpoint of a server.
#[derive(Clone, Debug)]
pub struct Endpoint {
    authority: String,
    path: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The whole body.
    pub body: String,
}

impl Answer {
    /// The JSON-RPC message in it: the body, or the last event of a stream; `null` when there is none.
    pub fn message(&self) -> Value {
        let last = self.body.lines().filter_map(|line| line.strip_prefix("data:")).next_back();
        serde_json::from_str(last.unwrap_or(&self.body)).unwrap_or(Value::Null)
    }

    /// The wire code of the error in it.
    pub fn error_code(&self) -> Option<i64> {
        self.message()["error"]["code"].as_i64()
    }
}

/// Headers of one request; a name may stand twice.
pub type Headers = Vec<(String, String)>;

/// The headers that every request needs.
pub fn plain_headers() -> Headers {
    vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("accept".to_owned(), "application/json, text/event-stream".to_owned()),
    ]
}

/// A call of a tool in the revision without sessions: body and headers, everything right.
pub fn modern_call(id: i64, tool: &str, arguments: &Value, capabilities: &Value) -> (Value, Headers) {
    let body = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {
        "name": tool, "arguments": arguments, "_meta": modern_meta(capabilities)}});
    let mut headers = plain_headers();
    for (name, value) in [("mcp-protocol-version", MODERN), ("mcp-method", "tools/call"), ("mcp-name", tool)]
    {
        headers.push((name.to_owned(), value.to_owned()));
    }
    (body, headers)
}

/// The metadata of a request in the revision without sessions.
pub fn modern_meta(capabilities: &Value) -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": capabilities,
    })
}

impl Endpoint {
    /// The endpoint behind a URL of plain HTTP.
    ///
    /// # Errors
    /// Any other URL.
    pub fn new(url: &str) -> Result<Self, String> {
        let rest = url.strip_prefix("http://").ok_or("a URL of plain HTTP is expected")?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Ok(Self { authority: authority.to_owned(), path: path.to_owned() })
    }

    /// Sends a POST with one body and hands the open connection back.
    ///
    /// # Errors
    /// When the connection cannot be made.
    pub async fn send(&self, headers: &Headers, body: &[u8]) -> Result<TcpStream, String> {
        self.request("POST", headers, body).await
    }

    async fn request(&self, method: &str, headers: &Headers, body: &[u8]) -> Result<TcpStream, String> {
        let mut request = format!("{method} {} HTTP/1.1\r\n", self.path);
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request.push_str(&format!("host: {}\r\n", self.authority));
        }
        let sized = ["content-length", "transfer-encoding"];
        if !headers.iter().any(|(name, _)| sized.contains(&name.as_str())) {
            request.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("connection: close\r\n\r\n");
        let mut stream = TcpStream::connect(&self.authority).await.map_err(|error| error.to_string())?;
        stream.write_all(request.as_bytes()).await.map_err(|error| error.to_string())?;
        // A server may refuse a body that it has not read; its answer is what counts.
        let _ = stream.write_all(body).await;
        Ok(stream)
    }

    /// Sends a POST and reads the whole answer.
    ///
    /// # Errors
    /// When there is no answer within 20 s, or it is no HTTP.
    pub async fn post(&self, headers: &Headers, body: &[u8]) -> Result<Answer, String> {
        answer_on(self.send(headers, body).await?).await
    }

    /// Calls a tool in the revision without sessions.
    ///
    /// # Errors
    /// As [`Endpoint::post`].
    pub async fn call(&self, id: i64, tool: &str, arguments: &Value) -> Result<Answer, String> {
        let (body, headers) = modern_call(id, tool, arguments, &json!({}));
        self.post(&headers, body.to_string().as_bytes()).await
    }

    /// Opens a session; its headers go with every later request.
    ///
    /// # Errors
    /// As [`Endpoint::post`], and when the server opens none.
    pub async fn session(&self, capabilities: &Value) -> Result<Session, String> {
        let hello = json!({"jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": {
            "protocolVersion": LEGACY, "capabilities": capabilities,
            "clientInfo": {"name": "raw", "version": "1"}}});
        let answer = self.post(&plain_headers(), hello.to_string().as_bytes()).await?;
        let id = answer.headers.get("mcp-session-id").ok_or_else(|| format!("no session: {answer:?}"))?;
        let mut headers = plain_headers();
        headers.push(("mcp-session-id".to_owned(), id.clone()));
        headers.push(("mcp-protocol-version".to_owned(), LEGACY.to_owned()));
        let session = Session { endpoint: self.clone(), headers };
        session.post(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await?;
        Ok(session)
    }
}

/// A session of the older revision.
#[derive(Clone, Debug)]
pub struct Session {
    /// Where it is.
    pub endpoint: Endpoint,
    /// What its requests carry.
    pub headers: Headers,
}

/// A call of a tool within a session.
pub fn session_call(id: i64, tool: &str, arguments: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
}

impl Session {
    /// Posts one message and reads the whole answer.
    ///
    /// # Errors
    /// As [`Endpoint::post`].
    pub async fn post(&self, message: &Value) -> Result<Answer, String> {
        self.endpoint.post(&self.headers, message.to_string().as_bytes()).await
    }

    /// Posts one message and hands the open connection back.
    ///
    /// # Errors
    /// As [`Endpoint::send`].
    pub async fn send(&self, message: &Value) -> Result<TcpStream, String> {
        self.endpoint.send(&self.headers, message.to_string().as_bytes()).await
    }

    /// Ends the session (DELETE) and reads the whole answer.
    ///
    /// # Errors
    /// As [`Endpoint::post`].
    pub async fn end(&self) -> Result<Answer, String> {
        answer_on(self.endpoint.request("DELETE", &self.headers, b"").await?).await
    }
}

async fn answer_on(stream: TcpStream) -> Result<Answer, String> {
    tokio::time::timeout(PATIENCE, read(stream)).await.map_err(|_| "no answer in time".to_owned())?
}

/// Reads one whole answer; the server closes the connection after it.
///
/// # Errors
/// When it is no HTTP.
pub async fn read(mut stream: TcpStream) -> Result<Answer, String> {
    let mut bytes = Vec::new();
    // A reset after the answer takes nothing away from it.
    let _ = stream.read_to_end(&mut bytes).await;
    parse(&bytes)
}

/// An answer from everything that came on its connection.
///
/// # Errors
/// When it is no HTTP.
pub fn parse(bytes: &[u8]) -> Result<Answer, String> {
    let end = find(bytes, b"\r\n\r\n").ok_or_else(|| format!("no HTTP answer: {:?}", lossy(bytes)))?;
    let head = lossy(&bytes[..end]);
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let rest = &bytes[end + 4..];
    let chunked = headers.get("transfer-encoding").is_some_and(|value| value.contains("chunked"));
    let body = if chunked { unchunked(rest) } else { rest.to_vec() };
    Ok(Answer { status: status.ok_or("no status")?, headers, body: lossy(&body) })
}

/// Reads from an open event stream until `wanted` has come; gives everything read so far.
///
/// # Errors
/// When the stream ends, or it has not come within 20 s.
pub async fn read_until(stream: &mut TcpStream, wanted: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    let reading = async {
        loop {
            let seen = lossy(&bytes);
            if seen.contains(wanted) {
                return Ok(seen);
            }
            match stream.read_buf(&mut bytes).await {
                Ok(0) | Err(_) => {
                    return Err(format!("the stream ended before {wanted:?}: {}", lossy(&bytes)));
                }
                Ok(_) => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.map_err(|_| format!("{wanted:?} did not come"))?
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = find(rest, b"\r\n") {
        let size = usize::from_str_radix(lossy(&rest[..end]).trim(), 16).unwrap_or(0);
        let from = end + 2;
        if size == 0 || rest.len() < from + size {
            break;
        }
        body.extend_from_slice(&rest[from..from + size]);
        rest = rest.get(from + size + 2..).unwrap_or_default();
    }
    body
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
