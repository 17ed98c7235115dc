//! The client: one server, reached over HTTP, a child process, or in this process.
//!
//! Owns calls and what they need around them: negotiation (`connect`), rounds of questions (`call`), the two kinds
//! of connection (`frames`, `http`). Must never decide a protocol question that `dovetail-protocol` can decide.

mod builder;
mod call;
mod connect;
mod connection;
mod elicit;
mod era;
mod frames;
mod http;
mod log;
mod reading;
mod result;
mod serve;
mod target;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use dovetail_protocol::revision::{Outcome, decode_result};
use dovetail_protocol::{Error, ErrorKind, Revision, methods};
use serde::Serialize;

pub use builder::ClientBuilder;
pub use call::Call;
pub use elicit::{ElicitAction, ElicitAnswer, ElicitHandler, ElicitRequest};
pub(crate) use log::Log;
pub use log::{LogLevel, LogSink};
pub use result::{CallResult, Progress, ServerInfo, ToolInfo};
pub use target::{Command, Target};

use connection::{Connection, Outgoing};
use frames::Context;

/// A connection to one server. Clones share it; the last one to be dropped ends it, and the server process if there
/// is one.
///
/// ```no_run
/// # async fn run() -> Result<(), dovetail::Error> {
/// use dovetail::Client;
/// use std::collections::HashMap;
///
/// let client = Client::connect("http://127.0.0.1:8000/mcp").await?;
/// let total: i64 = client.call("add", HashMap::from([("a", 1), ("b", 2)])).await?.data()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    connection: Arc<dyn Connection>,
    info: ServerInfo,
    context: Context,
    timeout: Duration,
}

impl Client {
    /// Connects with default options. See [`ClientBuilder::connect`].
    ///
    /// # Errors
    /// As [`ClientBuilder::connect`].
    pub async fn connect(target: impl Into<Target>) -> Result<Self, Error> {
        Self::builder(target).connect().await
    }

    /// Options first. A string is an http(s) URL; a process takes a [`Command`].
    pub fn builder(target: impl Into<Target>) -> ClientBuilder {
        ClientBuilder::new(target.into())
    }

    fn new(connection: Arc<dyn Connection>, info: ServerInfo, context: Context, timeout: Duration) -> Self {
        Self { inner: Arc::new(Inner { connection, info, context, timeout }) }
    }

    /// Calls a tool. `arguments` must serialize to a JSON object; `()` means none. Awaiting the [`Call`] sends it.
    ///
    /// # Errors
    /// `tool_error` with the tool's own words when it failed, unless [`Call::raw`]; `unknown_tool` or
    /// `invalid_params` when the server refuses; `deadline_exceeded`; `missing_client_capability` when the server asks
    /// the user something and there is no handler; and whatever ended the connection.
    pub fn call(&self, name: impl Into<String>, arguments: impl Serialize) -> Call {
        Call::new(self.clone(), name.into(), arguments)
    }

    /// All tools, walking the pages. Cancel-safe.
    ///
    /// # Errors
    /// `limit_exceeded` after the limit `pages`; `malformed` when the server sends a cursor twice.
    pub async fn list_tools(&self) -> Result<Vec<ToolInfo>, Error> {
        let mut tools = Vec::new();
        let mut fields = Vec::new();
        let mut seen = HashSet::new();
        for _ in 0..self.context().limits.pages {
            let request = Outgoing {
                revision: self.revision(),
                method: methods::TOOLS_LIST,
                name: None,
                fields: &fields,
                timeout: self.timeout(),
                progress: None,
                cancellable: true,
            };
            let raw = self.connection().exchange(request).await?;
            let Outcome::Complete(page) = decode_result(self.revision(), &raw)? else {
                return Err(Error::new(ErrorKind::Malformed, "the server asks for input to list its tools"));
            };
            let Some(cursor) = ToolInfo::page(page, &mut tools)? else { return Ok(tools) };
            fields.clear();
            fields.extend_from_slice(br#""cursor":"#);
            call::push_json(&mut fields, &cursor);
            if !seen.insert(cursor) {
                return Err(Error::new(ErrorKind::Malformed, "the list of tools runs in a circle"));
            }
        }
        let pages = self.context().limits.pages;
        Err(Error::new(
            ErrorKind::LimitExceeded,
            format!("the list of tools has more than {pages} pages (limit pages)"),
        ))
    }

    /// What the server says about itself.
    pub fn server_info(&self) -> &ServerInfo {
        &self.inner.info
    }

    /// The revision both sides speak.
    pub fn revision(&self) -> Revision {
        self.inner.info.revision
    }

    /// Ends the connection for all clones: open calls fail as closed, a session is given back, a process is asked to
    /// end and then made to. Takes no longer than about the limit `drain`. Calling it again does nothing.
    pub async fn close(&self) {
        self.inner.connection.close().await;
    }

    fn connection(&self) -> &dyn Connection {
        &*self.inner.connection
    }

    fn context(&self) -> &Context {
        &self.inner.context
    }

    fn timeout(&self) -> Duration {
        self.inner.timeout
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("server", &self.inner.info.name)
            .field("revision", &self.revision())
            .finish()
    }
}
