//! How a server is put together and set to work.
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dovetail_protocol::rounds::Keyring;
use dovetail_protocol::{Cache, CacheScope, Error, ErrorKind, Limits};
use serde::Serialize;
use tokio::sync::mpsc;

use super::completion::Completer;
use super::connection::Connection;
use super::core::Core;
use super::{Cacheable, Extension, Handler, OnceStore, Prompt, Resource, ResourceTemplate, Tool};
use crate::bus::{Bus, Change, SharedBus};
use crate::client::{Log, LogSink};
use crate::middleware::Layer;
use crate::session::SessionStore;
use crate::session::events::EventStore;
use crate::transport::exchange::{Exchange, Origins};
use crate::transport::http::server::{Http, HttpListener};
use crate::transport::stdio::Stdio;

/// An MCP server. Clones share it.
///
/// Mistakes in tools and options (a schema that cannot be compiled, a name used twice) are kept and reported by the
/// method that makes the server serve.
#[derive(Clone)]
pub struct Server {
    pub(super) core: Arc<Core>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("name", &self.core.audience()).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Info<'a> {
    name: &'a str,
    version: &'a str,
}

/// A way to serve: [`stdio`](crate::stdio) or [`http`](crate::http).
pub trait Serve {
    /// Serves until the transport ends or the server is closed.
    fn serve(self, server: Server) -> impl Future<Output = Result<(), Error>> + Send;
}

impl Serve for Stdio {
    async fn serve(self, server: Server) -> Result<(), Error> {
        server.core.check()?;
        crate::transport::stdio::serve(server.core).await
    }
}

impl Serve for Http {
    async fn serve(self, server: Server) -> Result<(), Error> {
        server.listen(self).await?.run().await
    }
}

impl Server {
    /// A server with a name and version `0.0.0`.
    pub fn new(name: &str) -> Self {
        Self::with_version(name, "0.0.0")
    }

    /// A server with a name and a version, as clients see them.
    pub fn with_version(name: &str, version: &str) -> Self {
        let info = serde_json::to_vec(&Info { name, version }).expect("strings always serialize");
        Self::with_info(name, info.into())
    }

    /// A server with a whole `Implementation` object.
    pub(crate) fn with_info(name: &str, info: Bytes) -> Self {
        Self { core: Arc::new(Core::new(name, info)) }
    }

    /// A server from its `Implementation` object as JSON.
    ///
    /// # Errors
    /// `invalid_argument` when it has no name or version.
    pub fn from_info_json(info: &[u8]) -> Result<Self, Error> {
        #[derive(serde::Deserialize)]
        struct Required {
            name: String,
            #[serde(rename = "version")]
            _version: String,
        }
        let required: Required = serde_json::from_slice(info)
            .map_err(|error| Error::new(ErrorKind::InvalidConfig, format!("server info: {error}")))?;
        Ok(Self::with_info(&required.name, Bytes::copy_from_slice(info)))
    }

    /// Adds a tool.
    #[must_use]
    pub fn tool(self, tool: impl Into<Tool>) -> Self {
        self.core.configure(|snapshot| snapshot.add_tool(tool.into()));
        self.core.announce(Change::Tools);
        self
    }

    /// Adds a resource.
    #[must_use]
    pub fn resource(self, resource: impl Into<Resource>) -> Self {
        self.core.configure(|snapshot| snapshot.add_resource(resource.into()));
        self.core.announce(Change::Resources);
        self
    }

    /// Adds a family of resources.
    #[must_use]
    pub fn resource_template(self, template: impl Into<ResourceTemplate>) -> Self {
        self.core.configure(|snapshot| snapshot.add_template(template.into()));
        self.core.announce(Change::Resources);
        self
    }

    /// Adds a prompt.
    #[must_use]
    pub fn prompt(self, prompt: impl Into<Prompt>) -> Self {
        self.core.configure(|snapshot| snapshot.add_prompt(prompt.into()));
        self.core.announce(Change::Prompts);
        self
    }

    /// Completes arguments that have no completer of their own. The handler gets the parameters of the request and
    /// returns a list of strings, or a whole `completion` object.
    #[must_use]
    pub fn completion(self, handler: impl Handler) -> Self {
        self.core.configure(|snapshot| {
            snapshot.set_completer(Completer::new(handler));
            Ok(())
        });
        self
    }

    /// Guidance for the model on how to use this server (`server/discover`).
    #[must_use]
    pub fn instructions(self, text: &str) -> Self {
        self.core.configure(|snapshot| {
            snapshot.set_instructions(text);
            Ok(())
        });
        self
    }

    /// Other limits than the defaults. Set them before tools are added.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        self.core.sessions.set_limits(&limits);
        self.core.configure(|snapshot| {
            snapshot.set_limits(limits);
            Ok(())
        });
        self
    }

    /// The key ring for sealed request state, `id:base64key[,id2:base64key2]` with keys of 32 bytes: the first key
    /// seals, all open. Instances behind one address must share it. Default: the environment variable
    /// `DOVETAIL_STATE_KEYS`, or a random key of this process.
    #[must_use]
    pub fn state_keys(self, text: &str) -> Self {
        self.core.configure(|snapshot| {
            snapshot.set_keys(Keyring::from_secret_text(text)?);
            Ok(())
        });
        self
    }

    /// Ends a run of a handler that takes longer, with [`ErrorKind::DeadlineExceeded`]. Default: no deadline.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        self.core.configure(|snapshot| {
            snapshot.set_deadline(deadline);
            Ok(())
        });
        self
    }

    /// Where to report what is nobody's result. Default: the `tracing` subscriber of the program.
    #[must_use]
    pub fn log(self, sink: LogSink) -> Self {
        self.core.configure(|snapshot| {
            snapshot.set_log(Log::to(sink));
            Ok(())
        });
        self
    }

    /// Entries of one page of every list; 0 puts everything on one page. Default: 0.
    #[must_use]
    pub fn page_size(self, entries: usize) -> Self {
        self.core.configure(|snapshot| {
            snapshot.set_page_size(entries);
            Ok(())
        });
        self
    }

    /// Whether every answer within a session of an older revision comes on a stream that can be resumed, so that a
    /// broken connection loses nothing. Otherwise an answer without anything before it is plain JSON, which is
    /// smaller and faster. Default: no.
    #[must_use]
    pub fn resumable(self, resumable: bool) -> Self {
        self.core.configure(|snapshot| {
            snapshot.set_resumable(resumable);
            Ok(())
        });
        self
    }

    /// How long, and by whom, results of one kind may be reused (`server/utilities/caching`). Default: not at all.
    #[must_use]
    pub fn cache(self, what: Cacheable, ttl: Duration, scope: CacheScope) -> Self {
        let ttl_ms = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
        self.core.configure(|snapshot| {
            snapshot.set_cache(what, Cache { ttl_ms, scope });
            Ok(())
        });
        self
    }

    /// Gives handlers a value of the application, one of each type; see [`Context::state`](crate::Context::state).
    #[must_use]
    pub fn state<T: Send + Sync + 'static>(self, state: T) -> Self {
        self.core.configure(|snapshot| {
            snapshot.set_state(state);
            Ok(())
        });
        self
    }

    /// Adds a layer around every request and notification, inside of those that were added before.
    #[must_use]
    pub fn layer(self, layer: impl Layer) -> Self {
        self.core.configure(|snapshot| {
            snapshot.add_layer(Arc::new(layer));
            Ok(())
        });
        self
    }

    /// Adds an extension: its capability, its methods, its layers.
    #[must_use]
    pub fn extension(self, extension: Extension) -> Self {
        self.core.configure(|snapshot| snapshot.add_extension(extension));
        self
    }

    /// Another way for news to travel than within this process. Set it before the server serves.
    #[must_use]
    pub fn bus(self, bus: impl Bus) -> Self {
        self.core.set_bus(SharedBus::new(bus));
        self
    }

    /// Where the events of resumable streams wait to be sent again. Default: bounded memory. Set it before the
    /// server serves.
    #[must_use]
    pub fn event_store(self, store: impl EventStore) -> Self {
        self.core.sessions.set_events(Arc::new(store));
        self
    }

    /// Where the sessions of older revisions are remembered beyond this process. Default: nowhere. Set it before the
    /// server serves.
    #[must_use]
    pub fn session_store(self, store: impl SessionStore) -> Self {
        self.core.sessions.set_store(Arc::new(store));
        self
    }

    /// Where answers that allow one run only are remembered. Default: bounded memory.
    #[must_use]
    pub fn once_store(self, store: impl OnceStore) -> Self {
        self.core.configure(|snapshot| {
            snapshot.set_once(Arc::new(store));
            Ok(())
        });
        self
    }

    /// Serves until the transport ends or the server is closed.
    ///
    /// # Errors
    /// `invalid_argument` for mistakes in tools and options, `transport` when the transport cannot be opened.
    pub async fn serve(&self, transport: impl Serve) -> Result<(), Error> {
        transport.serve(self.clone()).await
    }

    /// Binds an HTTP listener without serving yet, to learn its address.
    ///
    /// # Errors
    /// As [`Server::serve`].
    pub async fn listen(&self, options: Http) -> Result<HttpListener, Error> {
        self.core.check()?;
        HttpListener::bind(self.core.clone(), options).await
    }

    /// This server as an HTTP exchange without a socket, for other people's HTTP stacks. Host and Origin are
    /// checked as by a listener on loopback, with these additional names.
    ///
    /// # Errors
    /// `invalid_argument` for mistakes in tools and options.
    pub fn exchange(&self, allowed_hosts: &[String], allowed_origins: &[String]) -> Result<Exchange, Error> {
        self.core.check()?;
        Exchange::new(
            self.core.clone(),
            Origins { loopback: true, hosts: allowed_hosts, origins: allowed_origins },
        )
    }

    /// Connects to this server within the process: frames to the server, and frames from it. Needs a tokio runtime.
    ///
    /// # Errors
    /// `invalid_argument` for mistakes in tools and options.
    pub fn link(&self) -> Result<(mpsc::Sender<Bytes>, mpsc::Receiver<Bytes>), Error> {
        /// Frames that wait in each direction before the writer is held back.
        const DEPTH: usize = 64;
        self.core.check()?;
        let (to_server, mut inbound) = mpsc::channel::<Bytes>(DEPTH);
        let (outbound, from_server) = mpsc::channel::<Bytes>(DEPTH);
        let connection = Connection::new(self.core.clone(), None);
        let outbox = connection.outbox();
        let (closing, core) = (self.core.closing.clone(), self.core.clone());
        tokio::spawn(async move {
            while let Some(frame) = outbox.next().await {
                if outbound.send(frame).await.is_err() {
                    break;
                }
            }
        });
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    frame = inbound.recv() => match frame {
                        Some(frame) => connection.receive(frame),
                        None => break,
                    },
                    () = closing.cancelled() => {
                        core.drain(connection.answered()).await;
                        break;
                    }
                }
            }
            connection.close();
        });
        Ok((to_server, from_server))
    }

    /// Ends serving: listeners stop accepting, running requests get until `deadline`, then they are dropped.
    pub async fn close(&self, deadline: Duration) {
        self.core.closing.cancel();
        // What is still running after the deadline is dropped with its connection.
        let _ = tokio::time::timeout(deadline, self.core.idle()).await;
        self.core.sessions.clear();
        self.core.ended.cancel();
    }

    /// The first mistake in tools and options, if there is one.
    ///
    /// # Errors
    /// `invalid_argument`.
    pub fn check(&self) -> Result<(), Error> {
        self.core.check()
    }

    /// Requests being handled now.
    pub fn in_flight(&self) -> usize {
        self.core.in_flight()
    }
}
