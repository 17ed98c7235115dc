//! The load: the same call over keep-alive connections, every reply checked.
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// A reply that takes longer counts as a failure.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Load {
    address: String,
    request: Vec<u8>,
    expected: Vec<u8>,
    connections: usize,
}

impl Load {
    pub(crate) fn new(url: &str, connections: usize, text_bytes: usize) -> Result<Self, String> {
        let rest = url.strip_prefix("http://").ok_or("the URL is not http")?;
        let (address, path) = rest.split_once('/').ok_or("the URL has no path")?;
        let text = "abcdefghijklmnopqrstuvwxyz012345".repeat(text_bytes.div_ceil(32));
        let text = &text[..text_bytes];
        let body = format!(
            concat!(
                r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"echo","#,
                r#""arguments":{{"text":"{}"}},"_meta":{{"#,
                r#""io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
                r#""io.modelcontextprotocol/clientInfo":{{"name":"load","version":"1"}},"#,
                r#""io.modelcontextprotocol/clientCapabilities":{{}}}}}}}}"#
            ),
            text
        );
        let head = format!(
            "POST /{path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n\
             Mcp-Method: tools/call\r\nMcp-Name: echo\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        Ok(Self {
            address: address.to_owned(),
            request: [head.as_bytes(), body.as_bytes()].concat(),
            expected: format!(r#""text":"{text}""#).into_bytes(),
            connections,
        })
    }

    /// Sends calls for a while; returns how many were answered.
    pub(crate) async fn run(&self, duration: Duration) -> Result<u64, String> {
        let until = Instant::now() + duration;
        let mut connections = JoinSet::new();
        for _ in 0..self.connections {
            let stream = TcpStream::connect(&self.address).await.map_err(|error| error.to_string())?;
            stream.set_nodelay(true).map_err(|error| error.to_string())?;
            connections.spawn(drive(stream, self.request.clone(), self.expected.clone(), until));
        }
        let mut calls = 0;
        while let Some(joined) = connections.join_next().await {
            calls += joined.map_err(|error| error.to_string())??;
        }
        Ok(calls)
    }
}

async fn drive(
    mut stream: TcpStream,
    request: Vec<u8>,
    expected: Vec<u8>,
    until: Instant,
) -> Result<u64, String> {
    let mut buffer = Vec::with_capacity(64 * 1024);
    let mut calls = 0;
    while Instant::now() < until {
        stream.write_all(&request).await.map_err(|error| error.to_string())?;
        buffer.clear();
        let reply = tokio::time::timeout(PATIENCE, read_reply(&mut stream, &mut buffer))
            .await
            .map_err(|_| "a reply did not come".to_owned())??;
        if !contains(&buffer[reply], &expected) {
            return Err(format!("a wrong reply: {}", String::from_utf8_lossy(&buffer)));
        }
        calls += 1;
    }
    Ok(calls)
}

/// Reads one response with a length, or in chunks; returns where its body stands.
async fn read_reply(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<std::ops::Range<usize>, String> {
    loop {
        let head = buffer.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
        if let Some(head) = head {
            let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
            if !text.starts_with("http/1.1 200") {
                return Err(format!("a refusal: {}", String::from_utf8_lossy(buffer)));
            }
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"))
                .and_then(|value| value.trim().parse::<usize>().ok());
            match length {
                Some(length) if buffer.len() >= head + length => return Ok(head..head + length),
                None if buffer.ends_with(b"0\r\n\r\n") => return Ok(head..buffer.len()),
                _ => {}
            }
        }
        if stream.read_buf(buffer).await.map_err(|error| error.to_string())? == 0 {
            return Err("the connection was closed".to_owned());
        }
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
