//! The load over HTTP: the same call over a number of connections, one at a time on each, every reply checked.
use std::time::{Duration, Instant};

use memchr::memmem::Finder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::message::{self, Era};

/// How long one reply may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Load {
    address: String,
    /// One a connection: ids must differ within a session.
    requests: Vec<Vec<u8>>,
    expected: Vec<u8>,
}

/// What a run of the load did.
#[derive(Default)]
pub(crate) struct Counted {
    pub(crate) calls: u64,
    /// Time of each call in nanoseconds.
    pub(crate) times: Vec<u64>,
}

impl Counted {
    pub(crate) fn add(&mut self, more: Self) {
        self.calls += more.calls;
        self.times.extend(more.times);
    }

    /// A quantile of the times in microseconds.
    pub(crate) fn quantile_us(&mut self, quantile: f64) -> f64 {
        self.times.sort_unstable();
        let at = ((self.times.len() as f64 * quantile) as usize).min(self.times.len().saturating_sub(1));
        self.times.get(at).map_or(f64::NAN, |nanos| *nanos as f64 / 1000.0)
    }
}

fn split(url: &str) -> Result<(&str, &str), String> {
    let rest = url.strip_prefix("http://").ok_or_else(|| format!("not a plain URL: {url}"))?;
    rest.split_once('/').ok_or_else(|| format!("no path: {url}"))
}

fn request(address: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "POST /{path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

impl Load {
    /// Prepares the load; on sessions it greets the server first.
    pub(crate) async fn new(url: &str, era: Era, connections: usize, bytes: usize) -> Result<Self, String> {
        let (address, path) = split(url)?;
        let text = message::text(bytes);
        let headers = match era {
            Era::Modern => {
                "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: echo\r\n".to_owned()
            }
            Era::Session => session(address, path).await?,
        };
        let requests = (1..=connections as u64)
            .map(|id| request(address, path, &headers, &message::call(era, id, &text)))
            .collect();
        Ok(Self { address: address.to_owned(), requests, expected: message::expected(&text) })
    }

    /// Sends calls for a while, or until `most` were answered.
    pub(crate) async fn run(&self, duration: Duration, most: u64) -> Result<Counted, String> {
        let until = Instant::now() + duration;
        let share = most.div_ceil(self.requests.len() as u64);
        let mut connections = JoinSet::new();
        for request in &self.requests {
            let stream = connect(&self.address).await?;
            let (request, expected) = (request.clone(), self.expected.clone());
            connections.spawn(drive(stream, request, expected, until, share));
        }
        let mut counted = Counted::default();
        while let Some(joined) = connections.join_next().await {
            counted.add(joined.map_err(|error| error.to_string())??);
        }
        Ok(counted)
    }
}

async fn connect(address: &str) -> Result<TcpStream, String> {
    let stream = TcpStream::connect(address).await.map_err(|error| format!("{address}: {error}"))?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    Ok(stream)
}

/// Begins a session; gives the headers of its calls.
async fn session(address: &str, path: &str) -> Result<String, String> {
    let mut stream = connect(address).await?;
    begin_session(&mut stream, address, path).await
}

async fn begin_session(stream: &mut TcpStream, address: &str, path: &str) -> Result<String, String> {
    let mut buffer = Vec::new();
    let mut send = async |bytes: Vec<u8>| {
        stream.write_all(&bytes).await.map_err(|error| error.to_string())?;
        buffer.clear();
        let reply = read_reply(stream, &mut buffer).await?;
        Ok::<_, String>(String::from_utf8_lossy(&buffer[..reply.head]).into_owned())
    };
    let head = send(request(address, path, "", message::INITIALIZE)).await?;
    let id = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("mcp-session-id").then(|| value.trim().to_owned())
    });
    let mut headers = "MCP-Protocol-Version: 2025-11-25\r\n".to_owned();
    if let Some(id) = id {
        headers.push_str(&format!("Mcp-Session-Id: {id}\r\n"));
    }
    send(request(address, path, &headers, message::INITIALIZED)).await?;
    Ok(headers)
}

/// Begins this many sessions and leaves them idle; over a few connections, because some servers let each answer wait.
pub(crate) async fn sessions(url: &str, count: usize) -> Result<(), String> {
    const CONNECTIONS: usize = 16;
    let mut connections = JoinSet::new();
    for at in 0..CONNECTIONS.min(count) {
        let (url, share) = (url.to_owned(), (at..count).step_by(CONNECTIONS).len());
        connections.spawn(async move {
            let (address, path) = split(&url)?;
            let mut stream = connect(address).await?;
            for _ in 0..share {
                begin_session(&mut stream, address, path).await?;
            }
            Ok::<_, String>(())
        });
    }
    while let Some(joined) = connections.join_next().await {
        joined.map_err(|error| error.to_string())??;
    }
    Ok(())
}

/// A request of the current revision, with the headers that go with its method.
fn modern(address: &str, path: &str, method: &str, body: &str) -> Vec<u8> {
    let name = if method == "tools/call" { "Mcp-Name: announce\r\n" } else { "" };
    let headers = format!("MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: {method}\r\n{name}");
    request(address, path, &headers, body)
}

/// Sends one request over a connection of its own; gives the body of the reply.
async fn once(url: &str, method: &str, body: &str) -> Result<Vec<u8>, String> {
    let (address, path) = split(url)?;
    let mut stream = connect(address).await?;
    stream.write_all(&modern(address, path, method, body)).await.map_err(|error| error.to_string())?;
    let mut buffer = Vec::new();
    let reply = read_reply(&mut stream, &mut buffer).await?;
    if !reply.good {
        return Err(format!("a wrong reply: {}", String::from_utf8_lossy(&buffer)));
    }
    Ok(buffer.split_off(reply.head))
}

/// How many tools a server lists.
pub(crate) async fn list_tools(url: &str) -> Result<usize, String> {
    let body = once(url, "tools/list", &message::list()).await?;
    Ok(memchr::memmem::find_iter(&body, br#""inputSchema""#).count())
}

/// Clients that listen for changes of the list of tools.
#[derive(Default)]
pub(crate) struct Listeners(Vec<TcpStream>);

impl Listeners {
    /// Opens this many more; each was acknowledged.
    pub(crate) async fn open(&mut self, url: &str, count: usize) -> Result<(), String> {
        let (address, path) = split(url)?;
        let request = modern(address, path, "subscriptions/listen", &message::listen());
        for _ in 0..count {
            let mut stream = connect(address).await?;
            stream.write_all(&request).await.map_err(|error| error.to_string())?;
            heard(&mut stream, b"notifications/subscriptions/acknowledged").await?;
            self.0.push(stream);
        }
        Ok(())
    }

    /// Has a change announced; gives the time until every one of them has heard of it.
    pub(crate) async fn told(&mut self, url: &str) -> Result<Duration, String> {
        let began = Instant::now();
        once(url, "tools/call", &message::announce()).await?;
        for stream in &mut self.0 {
            heard(stream, b"notifications/tools/list_changed").await?;
        }
        Ok(began.elapsed())
    }
}

/// Reads a stream until it has said this.
async fn heard(stream: &mut TcpStream, what: &[u8]) -> Result<(), String> {
    let mut buffer = Vec::new();
    let reading = async {
        while memchr::memmem::find(&buffer, what).is_none() {
            if stream.read_buf(&mut buffer).await.map_err(|error| error.to_string())? == 0 {
                return Err(format!("a stream ended after: {}", String::from_utf8_lossy(&buffer)));
            }
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, reading).await.map_err(|_| "a stream says nothing".to_owned())?
}

async fn drive(
    mut stream: TcpStream,
    request: Vec<u8>,
    expected: Vec<u8>,
    until: Instant,
    most: u64,
) -> Result<Counted, String> {
    let finder = Finder::new(&expected);
    let mut buffer = Vec::with_capacity(64 * 1024);
    let mut counted = Counted::default();
    let mut began = Instant::now();
    while began < until && counted.calls < most {
        stream.write_all(&request).await.map_err(|error| error.to_string())?;
        buffer.clear();
        let reply = read_reply(&mut stream, &mut buffer).await?;
        if !reply.good || finder.find(&buffer[reply.head..]).is_none() {
            return Err(format!("a wrong reply: {}", String::from_utf8_lossy(&buffer)));
        }
        let ended = Instant::now();
        counted.times.push(u64::try_from((ended - began).as_nanos()).unwrap_or(u64::MAX));
        counted.calls += 1;
        began = ended;
    }
    Ok(counted)
}

/// Where a reply's body begins, and whether its status is a success.
struct Reply {
    head: usize,
    good: bool,
}

/// How the end of a body is known.
enum End {
    At(usize),
    LastChunk,
}

/// Reads one whole response, with a length or in chunks. Signs of life are no reply.
async fn read_reply(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<Reply, String> {
    let reply = tokio::time::timeout(PATIENCE, read_whole(stream, buffer)).await;
    reply.map_err(|_| "a reply did not come".to_owned())?
}

async fn read_whole(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<Reply, String> {
    let mut found: Option<(Reply, End)> = None;
    loop {
        if found.is_none()
            && let Some(at) = memchr::memmem::find(buffer, b"\r\n\r\n")
        {
            let head = at + 4;
            let end = length_of(&buffer[..head]).map_or(End::LastChunk, |length| End::At(head + length));
            let good = buffer.get(9) == Some(&b'2');
            // No content has neither.
            let end = if buffer[9..].starts_with(b"204") { End::At(head) } else { end };
            found = Some((Reply { head, good }, end));
        }
        if let Some((_, end)) = &found {
            let complete = match end {
                End::At(end) => buffer.len() >= *end,
                End::LastChunk => buffer.ends_with(b"\r\n0\r\n\r\n"),
            };
            if complete {
                return found.map(|(reply, _)| reply).ok_or_else(|| "no reply".to_owned());
            }
        }
        if stream.read_buf(buffer).await.map_err(|error| error.to_string())? == 0 {
            return Err(format!("the connection was closed after: {}", String::from_utf8_lossy(buffer)));
        }
    }
}

fn length_of(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"\r\ncontent-length:";
    let at = head.windows(NAME.len()).position(|window| window.eq_ignore_ascii_case(NAME))?;
    let rest = &head[at + NAME.len()..];
    let end = memchr::memchr(b'\r', rest)?;
    std::str::from_utf8(&rest[..end]).ok()?.trim().parse().ok()
}
