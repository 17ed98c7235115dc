//! Requests to one HTTP endpoint.
//!
//! Owns the connection pool, TLS, and the bounds of what comes back. Must never follow a redirect (credentials and
//! answers would go where nobody sent them), and never know what a message means.

use std::error::Error as _;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use dovetail_protocol::{Error, ErrorKind, Limits};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::client::UNSENT;

/// Common servers close idle connections after 5 s; a request sent just then would be lost without a trace.
const IDLE: Duration = Duration::from_secs(4);
/// Bytes of the body of an error answer that are looked at.
const ERROR_BODY: usize = 64 << 10;
/// Bytes of the head of an answer, and of one read of its body.
const HEAD: usize = 128 << 10;

/// Headers that belong to the transport; a program may not set them.
const RESERVED: &[HeaderName] = &[
    header::ACCEPT,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::HOST,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// An endpoint, its own headers, and the connections to it.
pub(crate) struct Endpoint {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    uri: Uri,
    headers: HeaderMap,
}

impl Endpoint {
    /// Checks the address and the program's headers. Connects nothing yet. Fails with `InvalidConfig`.
    pub(crate) fn new(url: &str, headers: &[(String, String)], limits: &Limits) -> Result<Self, Error> {
        let invalid = |detail: String| Error::new(ErrorKind::InvalidConfig, detail);
        let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        if !matches!(scheme.as_deref(), Some("http" | "https")) {
            let detail = "a string is only ever an http:// or https:// URL; to start a process, connect to \
                          Command::new(program).args([…])";
            return Err(invalid(detail.to_owned()));
        }
        let url = url.split('#').next().unwrap_or(url);
        let uri: Uri = url.parse().map_err(|error| invalid(format!("the URL cannot be read: {error}")))?;
        if uri.authority().is_none_or(|authority| authority.as_str().contains('@')) {
            return Err(invalid(
                "the URL must have a host and no user name; send credentials as a header".into(),
            ));
        }
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let parsed: HeaderName =
                name.parse().map_err(|_| invalid(format!("{name:?} is not the name of an HTTP header")))?;
            if RESERVED.contains(&parsed) || parsed.as_str().starts_with("mcp-") {
                return Err(invalid(format!("the header {parsed} is set by the client itself")));
            }
            let mut value: HeaderValue =
                value.parse().map_err(|_| invalid(format!("the value of header {parsed} is not valid")))?;
            value.set_sensitive(true);
            map.append(parsed, value);
        }
        let size: usize = map.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if size > limits.headers {
            return Err(invalid(format!(
                "the headers have {size} bytes; {} are allowed (limit headers)",
                limits.headers
            )));
        }
        map.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .http1_max_buf_size(HEAD)
            .build(connector()?);
        Ok(Self { client, uri, headers: map })
    }

    /// Another address at the same origin, with the same headers and connections. Fails with `Malformed` when it is
    /// elsewhere: credentials must not go there.
    pub(crate) fn sibling(&self, reference: &str) -> Result<Self, Error> {
        let wrong = |detail: &str| Error::new(ErrorKind::Malformed, detail.to_owned());
        let (scheme, authority) = (self.uri.scheme_str().unwrap_or(""), self.uri.authority());
        let authority = authority.map_or("", |authority| authority.as_str());
        let reference = reference.trim_ascii().split('#').next().unwrap_or("");
        let text = if reference.contains("://") {
            reference.to_owned()
        } else if let Some(rest) = reference.strip_prefix("//") {
            format!("{scheme}://{rest}")
        } else if reference.starts_with('/') {
            format!("{scheme}://{authority}{reference}")
        } else if reference.starts_with('?') {
            format!("{scheme}://{authority}{}{reference}", self.uri.path())
        } else {
            let folder = self.uri.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{scheme}://{authority}{folder}/{reference}")
        };
        let uri: Uri = text.parse().map_err(|_| wrong("the server names an address that cannot be read"))?;
        let origin = |uri: &Uri| {
            let scheme = uri.scheme_str().map(str::to_ascii_lowercase);
            let default = if scheme.as_deref() == Some("https") { 443 } else { 80 };
            (scheme, uri.host().map(str::to_ascii_lowercase), uri.port_u16().unwrap_or(default))
        };
        if origin(&uri) != origin(&self.uri) || uri.authority().is_none_or(|a| a.as_str().contains('@')) {
            return Err(wrong("the server names an address at another origin, which is not used"));
        }
        Ok(Self { client: self.client.clone(), uri, headers: self.headers.clone() })
    }

    /// Sends one request and waits for the head of its answer. Dropping the future, or the answer before its end,
    /// closes the connection it uses.
    pub(crate) async fn send(&self, method: Method, extra: HeaderMap, body: Bytes) -> Result<Answer, Error> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = self.uri.clone();
        let mut headers = self.headers.clone();
        headers.extend(extra);
        *request.headers_mut() = headers;
        let response = self.client.request(request).await.map_err(|error| {
            let unsent = error.is_connect();
            let mut detail =
                format!("cannot reach {}", self.uri.authority().map_or("the server", |a| a.as_str()));
            let mut cause = error.source();
            while let Some(error) = cause {
                detail.push_str(": ");
                detail.push_str(&error.to_string());
                cause = error.source();
            }
            let failed = Error::new(ErrorKind::Transport, detail);
            if unsent { failed.with_context(UNSENT.0, UNSENT.1) } else { failed }
        })?;
        let (head, body) = response.into_parts();
        Ok(Answer { status: head.status, headers: head.headers, body })
    }
}

fn connector() -> Result<HttpsConnector<HttpConnector>, Error> {
    static CONNECTOR: OnceLock<HttpsConnector<HttpConnector>> = OnceLock::new();
    if let Some(connector) = CONNECTOR.get() {
        return Ok(connector.clone());
    }
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let tls = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
        .map_err(|error| Error::new(ErrorKind::Internal, format!("TLS cannot be set up: {error}")))?;
    let connector = tls.https_or_http().enable_http1().wrap_connector(tcp);
    Ok(CONNECTOR.get_or_init(|| connector).clone())
}

/// What the body of an answer claims to be.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Content {
    Json,
    Events,
    Other,
}

/// The head of an answer, and its body still to come.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Incoming,
}

impl Answer {
    pub(crate) fn content(&self) -> Content {
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let kind = kind.split(';').next().unwrap_or("").trim();
        if kind.eq_ignore_ascii_case("application/json") {
            Content::Json
        } else if kind.eq_ignore_ascii_case("text/event-stream") {
            Content::Events
        } else {
            Content::Other
        }
    }

    /// The next piece of the body; `None` at its end. Cancel-safe.
    pub(crate) async fn chunk(&mut self) -> Option<Result<Bytes, Error>> {
        loop {
            let frame = match self.body.frame().await? {
                Ok(frame) => frame,
                Err(error) => {
                    let detail = format!("the connection broke in the middle of an answer: {error}");
                    return Some(Err(Error::new(ErrorKind::Transport, detail)));
                }
            };
            if let Ok(data) = frame.into_data() {
                return Some(Ok(data));
            }
        }
    }

    /// The whole body, `limit` bytes at most.
    pub(crate) async fn whole(&mut self, limit: usize) -> Result<Bytes, Error> {
        let large = || {
            Error::new(
                ErrorKind::LimitExceeded,
                format!("the answer has more than {limit} bytes (limit body)"),
            )
        };
        if self.body.size_hint().lower() > limit as u64 {
            return Err(large());
        }
        let Some(first) = self.chunk().await.transpose()? else { return Ok(Bytes::new()) };
        if self.body.is_end_stream() && first.len() <= limit {
            return Ok(first);
        }
        let mut all = BytesMut::from(first);
        while let Some(chunk) = self.chunk().await.transpose()? {
            if all.len() + chunk.len() > limit {
                return Err(large());
            }
            all.extend_from_slice(&chunk);
        }
        if all.len() > limit { Err(large()) } else { Ok(all.freeze()) }
    }

    /// The body of an error answer, or what could be had of it.
    pub(crate) async fn error_body(&mut self) -> Bytes {
        self.whole(ERROR_BODY).await.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn siblings_stay_at_their_origin() {
        let endpoint =
            Endpoint::new("http://Example.test/a/sse?x=1", &[], &Limits::default()).expect("a URL");
        for (reference, expected) in [
            ("/messages?s=1", "http://Example.test/messages?s=1"),
            ("messages", "http://Example.test/a/messages"),
            ("?s=1", "http://Example.test/a/sse?s=1"),
            ("http://example.test:80/m", "http://example.test:80/m"),
            ("//example.test/m#f", "http://example.test/m"),
        ] {
            let sibling = endpoint.sibling(reference).expect(reference);
            assert_eq!(sibling.uri.to_string(), expected.parse::<Uri>().expect("a URL").to_string());
        }
        for bad in [
            "https://example.test/m",
            "http://other.test/m",
            "//u@example.test/",
            "http://example.test:81/m",
            "ftp://x",
        ] {
            assert_eq!(endpoint.sibling(bad).err().expect(bad).kind, ErrorKind::Malformed);
        }
    }
}
