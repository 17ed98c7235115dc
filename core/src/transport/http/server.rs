//! Our own HTTP listener: sockets around the exchange.
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use dovetail_protocol::{Error, ErrorKind};
use http::{Response, StatusCode};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::timer::HeadTimer;
use crate::client::LogLevel;
use crate::server::Core;
use crate::transport::exchange::{Exchange, ExchangeBody, Origins};

/// Connections that may be open at once; more wait in the listen backlog. More than may listen, so that calls get through.
const MAX_CONNECTIONS: usize = 16_384;

/// How long a client may take to send its request head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// The event stream of the two-endpoint transport.
const SSE_PATH: &str = "/sse";

/// Where the two-endpoint transport takes messages.
const MESSAGES_PATH: &str = "/messages";

/// How to serve over HTTP; made by [`http()`].
#[derive(Clone, Debug)]
pub struct Http {
    address: String,
    path: String,
    hosts: Vec<String>,
    origins: Vec<String>,
    sse: bool,
}

/// Serves Streamable HTTP on `address` (`127.0.0.1:8000`; port 0 picks a free one) at the path `/mcp`.
pub fn http(address: &str) -> Http {
    Http {
        address: address.to_owned(),
        path: "/mcp".to_owned(),
        hosts: Vec::new(),
        origins: Vec::new(),
        sse: false,
    }
}

impl Http {
    /// Another path than `/mcp`.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        self.path = path.to_owned();
        self
    }

    /// Whether to serve the deprecated two-endpoint transport of 2024-11-05 too, at `/sse` and `/messages`. Default:
    /// no.
    #[must_use]
    pub fn sse(mut self, sse: bool) -> Self {
        self.sse = sse;
        self
    }

    /// A name that clients may use in the Host header. Loopback names are always allowed on a loopback address; any
    /// other address needs at least one (`*`: all, when a proxy checks them).
    #[must_use]
    pub fn allowed_host(mut self, host: &str) -> Self {
        self.hosts.push(host.to_owned());
        self
    }

    /// A web origin that may call, such as `https://app.example`.
    #[must_use]
    pub fn allowed_origin(mut self, origin: &str) -> Self {
        self.origins.push(origin.to_owned());
        self
    }
}

/// A bound listener.
pub struct HttpListener {
    core: Arc<Core>,
    exchange: Exchange,
    socket: TcpListener,
    address: SocketAddr,
    path: Arc<str>,
    sse: bool,
}

impl std::fmt::Debug for HttpListener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpListener").field("url", &self.url()).finish_non_exhaustive()
    }
}

impl HttpListener {
    pub(crate) async fn bind(core: Arc<Core>, options: Http) -> Result<Self, Error> {
        if !options.path.starts_with('/') {
            return Err(Error::new(ErrorKind::InvalidConfig, "the path of an endpoint starts with a slash"));
        }
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::Transport, format!("cannot listen on {}: {error}", options.address))
        };
        let socket = TcpListener::bind(&options.address).await.map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        let loopback = address.ip().is_loopback();
        if !loopback && !core.snapshot().keys_shared() {
            core.snapshot().log().line(
                LogLevel::Warning,
                "listening beyond loopback with a key ring of this process only: calls that ask their user fail \
                 when another instance gets the answer; set state keys or DOVETAIL_STATE_KEYS",
            );
        }
        let origins = Origins { loopback, hosts: &options.hosts, origins: &options.origins };
        let exchange = Exchange::new(core.clone(), origins)?;
        Ok(Self { core, exchange, socket, address, path: options.path.into(), sse: options.sse })
    }

    /// The address that is really bound.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of the endpoint.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.path)
    }

    /// Serves until the server is closed; then open connections get the drain time of the limits.
    ///
    /// # Errors
    /// None at present; a failed accept is logged and the listener goes on.
    pub async fn run(self) -> Result<(), Error> {
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let mut connections = JoinSet::new();
        let closing = self.core.closing.clone();
        // Whether the last accept failed: a streak of failures is reported once.
        let mut failing = false;
        loop {
            let accepted = tokio::select! {
                accepted = async {
                    let place = places.clone().acquire_owned().await;
                    (place, self.socket.accept().await)
                } => accepted,
                Some(_) = connections.join_next() => continue,
                () = closing.cancelled() => break,
            };
            let (place, stream) = match accepted {
                (Ok(place), Ok((stream, _peer))) => (place, stream),
                (_, failed) => {
                    if let (Err(error), false) = (failed, failing) {
                        let text = format!(
                            "a connection could not be accepted: {error}; the system may allow this process too few \
                             open files (docs/limits.md)"
                        );
                        self.core.snapshot().log().line(LogLevel::Warning, &text);
                    }
                    failing = true;
                    // Usually the process has no file descriptors left: let others finish first.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
            };
            failing = false;
            // Latency matters more than a few packets; a failure only costs speed.
            let _ = stream.set_nodelay(true);
            let served = Arc::new((self.exchange.of_connection(), self.path.clone()));
            let (sse, closing) = (self.sse, closing.clone());
            connections.spawn(async move {
                let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                    let served = served.clone();
                    async move {
                        let (exchange, path) = &*served;
                        Ok::<_, std::convert::Infallible>(match request.uri().path() {
                            at if at == &**path => exchange.handle(request).await,
                            SSE_PATH if sse => exchange.handle_sse(request, MESSAGES_PATH),
                            MESSAGES_PATH if sse => exchange.handle_message(request).await,
                            _ => not_found(),
                        })
                    }
                });
                let mut connection = std::pin::pin!(
                    http1::Builder::new()
                        .timer(HeadTimer::default())
                        .header_read_timeout(HEAD_TIMEOUT)
                        .serve_connection(TokioIo::new(stream), service)
                );
                tokio::select! {
                    // A connection that breaks is the client's affair.
                    _ = connection.as_mut() => {}
                    () = closing.cancelled() => {
                        connection.as_mut().graceful_shutdown();
                        let _ = connection.await;
                    }
                }
                drop(place);
            });
        }
        drop(self.socket);
        // Connections that are still open afterwards are cut when the set is dropped.
        self.core.drain(async { while connections.join_next().await.is_some() {} }).await;
        Ok(())
    }
}

fn not_found() -> Response<ExchangeBody> {
    let mut response = Response::new(ExchangeBody::Whole(None));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
