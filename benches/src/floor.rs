//! The floor: what a server costs that does nothing but read a call, find its id and its text, and answer.
//!
//! `floor --http HOST:PORT` is raw hyper 1, `floor --stdio` a loop over lines. It checks nothing and knows one tool; it
//! answers a greeting so that every load can begin with one.
#![allow(clippy::print_stdout, reason = "standard output is what the floor of stdio speaks over")]
use std::convert::Infallible;
use std::io::{BufRead, BufWriter, Write};
use std::process::ExitCode;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::net::TcpListener;

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    method: &'a str,
    #[serde(borrow, default)]
    params: Option<Params<'a>>,
}

#[derive(Deserialize)]
struct Params<'a> {
    #[serde(borrow, default)]
    arguments: Option<Arguments<'a>>,
}

#[derive(Deserialize)]
struct Arguments<'a> {
    #[serde(borrow, default)]
    text: Option<&'a RawValue>,
}

const GREETING: &str =
    r#"{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"floor","version":"1"}}"#;

/// The answer to a message; `None` for a notification.
fn answer(message: &[u8]) -> Option<Vec<u8>> {
    let message: Message<'_> = serde_json::from_slice(message).ok()?;
    let id = message.id?.get();
    let text = message.params.and_then(|params| params.arguments).and_then(|arguments| arguments.text);
    let mut out = Vec::with_capacity(128 + text.map_or(0, |text| text.get().len()));
    out.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
    out.extend_from_slice(id.as_bytes());
    out.extend_from_slice(br#","result":"#);
    if message.method == "tools/call" {
        out.extend_from_slice(br#"{"content":[{"type":"text","text":"#);
        out.extend_from_slice(text.map_or("\"\"", RawValue::get).as_bytes());
        out.extend_from_slice(br#"}],"resultType":"complete"}"#);
    } else {
        out.extend_from_slice(GREETING.as_bytes());
    }
    out.push(b'}');
    Some(out)
}

async fn handle(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let mut response = Response::new(Full::from(answer(&body).unwrap_or_default()));
    let json = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, json);
    Ok(response)
}

async fn serve(address: &str) -> std::io::Result<()> {
    let socket = TcpListener::bind(address).await?;
    eprintln!("listening on http://{}/mcp", socket.local_addr()?);
    loop {
        let (stream, _) = socket.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            // A connection that breaks is the load's affair.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(handle)).await;
        });
    }
}

fn stdio() -> std::io::Result<()> {
    let mut input = std::io::BufReader::with_capacity(64 * 1024, std::io::stdin().lock());
    let mut output = BufWriter::with_capacity(64 * 1024, std::io::stdout().lock());
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        if let Some(answer) = answer(&line) {
            output.write_all(&answer)?;
            output.write_all(b"\n")?;
        }
        line.clear();
        // What came together is answered together.
        if input.buffer().is_empty() {
            output.flush()?;
        }
    }
    output.flush()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ended = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--stdio"] => stdio(),
        ["--http", address] => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .and_then(|runtime| runtime.block_on(serve(address))),
        _ => Err(std::io::Error::other("usage: floor --stdio | --http HOST:PORT")),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
