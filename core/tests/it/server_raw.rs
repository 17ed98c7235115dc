//! Just enough HTTP over a socket to see what a listener does.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// An event stream under way.
pub(crate) struct Stream(BufReader<TcpStream>);

impl Stream {
    pub(crate) async fn get(address: SocketAddr, path: &str) -> Self {
        let mut socket = TcpStream::connect(address).await.expect("a listener");
        let head = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\n\r\n");
        socket.write_all(head.as_bytes()).await.expect("written");
        let mut reader = BufReader::new(socket);
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).await.expect("a head");
        }
        Self(reader)
    }

    /// The next event; each one comes in a chunk of its own.
    pub(crate) async fn event(&mut self) -> String {
        let mut size = String::new();
        self.0.read_line(&mut size).await.expect("a chunk");
        let size = usize::from_str_radix(size.trim(), 16).expect("a size");
        let mut chunk = vec![0; size + 2];
        self.0.read_exact(&mut chunk).await.expect("a chunk");
        String::from_utf8(chunk).expect("UTF-8").trim_end().to_owned()
    }
}

/// Posts JSON and says which status came back.
pub(crate) async fn post(address: SocketAddr, path: &str, body: &str) -> u16 {
    let mut socket = TcpStream::connect(address).await.expect("a listener");
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\naccept: application/json, \
         text/event-stream\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(head.as_bytes()).await.expect("written");
    let mut line = String::new();
    BufReader::new(socket).read_line(&mut line).await.expect("a status line");
    line.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}
