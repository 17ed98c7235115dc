//! The client: one server, reached over HTTP, a child process, or in this process.
//!
//! Owns calls and what they need around them: negotiation (`connect`), rounds of questions (`call`), the two kinds
//! of connection (`frames`, `http`). Must never decide a protocol question that `dovetail-protocol` can decide.

mod builder;
mod call;
mod connect;
mod connection;
mod context;
mod elicit;
mod era;
mod feed;
mod frames;
mod group;
mod http;
mod hub;
mod inputs;
mod json;
mod legacy_sse;
mod listen;
mod listing;
mod log;
mod names;
mod options;
mod overhear;
mod pending;
mod reading;
mod reports;
mod request;
mod result;
mod retry;
mod serve;
mod target;
mod tools;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use dovetail_protocol::{Error, ErrorKind, Feature, RawValue, Revision, methods};
use serde::Serialize;

pub use builder::ClientBuilder;
pub use call::Call;
pub(crate) use connection::UNSENT;
pub use dovetail_protocol::rounds::QuestionKind;
pub use dovetail_protocol::subscribe::{Change, Filter};
pub use dovetail_protocol::types::{
    Annotations, Blocks, Completion, Content, Contents, Icon, Level, Prompt, PromptArgument, PromptMessage,
    Reference, Resource, ResourceTemplate, Role, Root, SampleAnswer, SampleMessage, SampleRequest,
    ServerCapabilities, ToolAnnotations,
};
pub use elicit::{ElicitAction, ElicitAnswer, ElicitHandler, ElicitRequest};
pub use group::{Group, Grouped};
pub use hub::{Incoming, LogRecord};
pub use inputs::{InputHandler, RootsHandler, SampleHandler, UrlHandler, UrlRequest};
pub use listen::{Listening, Notifications};
pub use listing::{Listed, Page};
pub(crate) use log::Log;
pub use log::{LogLevel, LogSink};
pub use options::Options;
pub use pending::Pending;
pub use result::{CallResult, Progress, PromptResult, ReadResult, ServerInfo, ToolInfo};
pub use target::{Command, Target};

use connection::Connection;
use context::Context;
use json::push_string;
use options::Settings;
use request::Job;
use tools::Tools;

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
    settings: Arc<Settings>,
}

struct Inner {
    connection: Arc<dyn Connection>,
    info: ServerInfo,
    context: Context,
    tools: Tools,
    /// Streams that [`Client::subscribe`] keeps open, by URI.
    subscriptions: Mutex<HashMap<String, Listening>>,
    /// Whether the stream between requests may be opened when it is needed.
    streams: bool,
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

    fn new(
        connection: Arc<dyn Connection>,
        info: ServerInfo,
        context: Context,
        settings: Settings,
        streams: bool,
    ) -> Self {
        let (tools, subscriptions) = (Tools::default(), Mutex::default());
        let inner = Inner { connection, info, context, tools, subscriptions, streams };
        Self { inner: Arc::new(inner), settings: Arc::new(settings) }
    }

    /// The same connection with other options for requests.
    ///
    /// # Errors
    /// `invalid_params` for metadata that is not an object or has keys of the protocol.
    pub fn with_options(&self, options: Options) -> Result<Self, Error> {
        let settings = Arc::new(self.settings.with(options)?);
        Ok(Self { inner: self.inner.clone(), settings })
    }

    /// Calls a tool. `arguments` must serialize to a JSON object; `()` means none. Awaiting the [`Call`] sends it.
    ///
    /// # Errors
    /// `tool_error` with the tool's own words when it failed, unless [`Call::raw`]; `unknown_tool` or
    /// `invalid_params` when the server refuses; `deadline_exceeded`; `missing_client_capability` when the server asks
    /// the user something and there is no handler; and whatever ended the connection.
    pub fn call(&self, name: impl Into<String>, arguments: impl Serialize) -> Call {
        Call::new(self, name.into(), arguments)
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// `unknown_resource` when there is none with this URI (modern servers say `invalid_params`).
    pub fn read_resource(&self, uri: impl Into<String>) -> Pending<ReadResult> {
        let uri = uri.into();
        let mut fields = br#""uri":"#.to_vec();
        push_string(&mut fields, &uri);
        let job = self.job(methods::RESOURCES_READ, fields).named(&uri);
        Pending::new(self, Ok(job), |_, raw| ReadResult::new(raw))
    }

    /// Gets a prompt. `arguments` must serialize to a JSON object of strings; `()` means none.
    ///
    /// # Errors
    /// `invalid_params` when the server does not know it, or an argument is missing.
    pub fn get_prompt(&self, name: impl Into<String>, arguments: impl Serialize) -> Pending<PromptResult> {
        let name = name.into();
        let job = json::object(arguments, "arguments of a prompt").map(|arguments| {
            let mut fields = br#""name":"#.to_vec();
            push_string(&mut fields, &name);
            if let Some(arguments) = &arguments {
                fields.extend_from_slice(br#","arguments":"#);
                fields.extend_from_slice(arguments.get().as_bytes());
            }
            self.job(methods::PROMPTS_GET, fields).named(&name)
        });
        Pending::new(self, job, |_, raw| PromptResult::new(raw))
    }

    /// Asks for values of an argument that is being typed.
    pub fn complete(
        &self,
        reference: Reference,
        argument: impl Into<String>,
        value: impl Into<String>,
    ) -> Pending<Completion> {
        let job = self.job(methods::COMPLETION_COMPLETE, Vec::new());
        let decode = |_: &Self, raw: Box<RawValue>| dovetail_protocol::types::parse_completion(&raw);
        Pending::new(self, Ok(job), decode).completing(reference, argument.into(), value.into())
    }

    /// Any request, for methods this SDK does not know. `params` must serialize to a JSON object; `()` means none.
    /// Questions of the server are answered on the way. Gives the result as the server sent it.
    pub fn request(&self, method: impl Into<String>, params: impl Serialize) -> Pending<Box<RawValue>> {
        let job = json::object(params, "parameters").map(|params| {
            let fields = params.map_or_else(Vec::new, |raw| json::inner(raw.get().as_bytes()).to_vec());
            Job::new(method.into(), fields, self.settings().clone())
        });
        Pending::new(self, job, |_, raw| Ok(raw))
    }

    /// Any notification. `params` must serialize to a JSON object; `()` means none.
    ///
    /// # Errors
    /// `transport` or `http` when it could not be delivered.
    pub async fn notify(&self, method: &str, params: impl Serialize) -> Result<(), Error> {
        let params = json::object(params, "parameters")?;
        let params = params.as_deref().map_or(&b""[..], |raw| raw.get().as_bytes());
        self.connection().notify(self.revision(), method, params).await
    }

    /// Asks whether the server is alive, with whatever its revision has for that.
    ///
    /// # Errors
    /// Whatever ended the connection; `deadline_exceeded` when it does not answer.
    pub async fn ping(&self) -> Result<(), Error> {
        let method = if self.revision().has(Feature::Ping) { methods::PING } else { methods::DISCOVER };
        let mut job = self.job(method, Vec::new());
        job.cached = false;
        self.perform(job).await.map(drop)
    }

    /// The least serious log messages that are wanted, from now on. On modern revisions, servers are silent unless
    /// each request asks; this makes them ask.
    ///
    /// # Errors
    /// `method_not_found` from a server of the session revisions that does not log.
    pub async fn set_log_level(&self, level: Level) -> Result<(), Error> {
        if self.revision().has(Feature::SetLevel) {
            context::set_level(self.connection(), self.revision(), level, self.settings.timeout).await?;
        }
        self.context().memory.set_level(level);
        Ok(())
    }

    /// Listens to what changes at the server. What it does not offer is left out of [`Listening::granted`].
    ///
    /// # Errors
    /// `limit_exceeded` over the limit `subscriptions`; `deadline_exceeded` when the server does not acknowledge.
    pub async fn listen(&self, filter: Filter) -> Result<Listening, Error> {
        let inner = &self.inner;
        let offered = inner.info.offered();
        let (connection, context) = (inner.connection.clone(), inner.context.clone());
        let connection_too = self.overhears();
        listen::open(
            connection,
            context,
            self.revision(),
            &offered,
            filter,
            self.settings.timeout,
            connection_too,
        )
        .await
    }

    /// Has the server report changes of one resource, to [`notifications`](Self::notifications). Twice is the same as
    /// once.
    ///
    /// # Errors
    /// As [`listen`](Self::listen); `method_not_found` when the server has no subscriptions.
    pub async fn subscribe(&self, uri: impl Into<String>) -> Result<(), Error> {
        let uri = uri.into();
        if self.subscriptions().contains_key(&uri) {
            return Ok(());
        }
        let filter = Filter { resource_subscriptions: vec![uri.clone()], ..Filter::default() };
        let listening = self.listen(filter).await?;
        if !listening.granted().resource_subscriptions.contains(&uri) {
            let detail = "the server does not report changes of this resource";
            return Err(Error::new(ErrorKind::MethodNotFound, detail));
        }
        self.subscriptions().insert(uri, listening);
        Ok(())
    }

    /// Takes [`subscribe`](Self::subscribe) back.
    ///
    /// # Errors
    /// Whatever ended the connection.
    pub async fn unsubscribe(&self, uri: &str) -> Result<(), Error> {
        let listening = self.subscriptions().remove(uri);
        match listening {
            Some(listening) => listening.close().await,
            None => Ok(()),
        }
    }

    /// Every notification that comes in from now on, as it comes in.
    pub fn notifications(&self) -> Notifications {
        let notifications = Notifications(self.context().hub.listen());
        if self.overhears() {
            // Opening starts now; nobody here can wait for it.
            drop(self.connection().overhear());
        }
        notifications
    }

    /// Tells the server that the directories have changed, where the revision has a message for that.
    ///
    /// # Errors
    /// `transport` or `http` when it could not be delivered.
    pub async fn roots_changed(&self) -> Result<(), Error> {
        if !self.revision().has(Feature::ServerRequests) {
            return Ok(());
        }
        self.connection().notify(self.revision(), methods::ROOTS_LIST_CHANGED, b"").await
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

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn tools(&self) -> &Tools {
        &self.inner.tools
    }

    fn job(&self, method: &'static str, fields: Vec<u8>) -> Job {
        Job::new(method, fields, self.settings().clone())
    }

    /// Whether the stream between requests may be opened when it is needed.
    fn overhears(&self) -> bool {
        self.inner.streams
    }

    fn subscriptions(&self) -> std::sync::MutexGuard<'_, HashMap<String, Listening>> {
        self.inner.subscriptions.lock().unwrap_or_else(PoisonError::into_inner)
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
