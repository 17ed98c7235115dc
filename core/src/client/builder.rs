//! Options of a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use dovetail_protocol::meta::ClientCapabilities;
use dovetail_protocol::{Error, Limits, Revision};
use serde::Serialize;

use super::Client;
use super::connect::connect;
use super::connection::Identity;
use super::elicit::ElicitHandler;
use super::frames::Context;
use super::log::{Log, LogSink};
use super::target::Target;

/// Options, and then [`connect`](Self::connect). Made by [`Client::builder`].
#[must_use = "a builder does nothing until it connects"]
pub struct ClientBuilder {
    target: Target,
    name: String,
    version: String,
    pub(crate) pin: Option<Revision>,
    timeout: Option<Duration>,
    pub(crate) headers: Vec<(String, String)>,
    handler: Option<Arc<dyn ElicitHandler>>,
    limits: Limits,
    pub(crate) respawn: bool,
    log: Log,
}

impl ClientBuilder {
    pub(crate) fn new(target: Target) -> Self {
        Self {
            target,
            name: "dovetail".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pin: None,
            timeout: None,
            headers: Vec::new(),
            handler: None,
            limits: Limits::default(),
            respawn: true,
            log: Log::default(),
        }
    }

    /// What servers are told about this program. Default: the name and version of this crate.
    pub fn info(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.name = name.into();
        self.version = version.into();
        self
    }

    /// Allows only this revision. By default the best common one is found out.
    pub fn revision(mut self, revision: Revision) -> Self {
        self.pin = Some(revision);
        self
    }

    /// How long to wait for an answer, unless a call says otherwise. The time a question waits for the user does not
    /// count. Default: `call_timeout` of the limits, 60 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Adds a header to every HTTP request, such as `Authorization`. Other targets ignore it.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Answers the questions of servers; with it, the client declares that it can show forms.
    pub fn on_elicit(mut self, handler: impl ElicitHandler + 'static) -> Self {
        self.handler = Some(Arc::new(handler));
        self
    }

    /// Other limits than the defaults.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Whether a process that ended at the first message is started once more, to be spoken to the older way.
    /// Default: yes.
    pub fn respawn(mut self, respawn: bool) -> Self {
        self.respawn = respawn;
        self
    }

    /// Receives what servers write to standard error, their log messages, and what had to be skipped. Default: the
    /// `tracing` subscriber of the program.
    pub fn log(mut self, sink: LogSink) -> Self {
        self.log = Log::to(sink);
        self
    }

    /// Connects and negotiates the revision. Dropping the future ends whatever was started.
    ///
    /// # Errors
    /// `invalid_config` for a target or header that cannot work; `transport`, `http` or `child_exited` when there is
    /// no server; `negotiation` when there is no common revision; `deadline_exceeded` when it does not answer.
    pub async fn connect(self) -> Result<Client, Error> {
        let context = self.context();
        let timeout = self.timeout.unwrap_or(context.limits.call_timeout);
        let (connection, info) = connect(&self.target, &self, &context, timeout).await?;
        Ok(Client::new(connection, info, context, timeout))
    }

    fn context(&self) -> Context {
        #[derive(Serialize)]
        struct Info<'a> {
            name: &'a str,
            version: &'a str,
        }
        let info = Info { name: &self.name, version: &self.version };
        let capabilities =
            ClientCapabilities { elicitation_form: self.handler.is_some(), ..ClientCapabilities::default() };
        Context {
            identity: Identity {
                info: serde_json::to_vec(&info).expect("strings always serialize"),
                capabilities: capabilities.to_json(),
            },
            limits: self.limits.clone(),
            log: self.log.clone(),
            handler: self.handler.clone(),
        }
    }
}

impl fmt::Debug for ClientBuilder {
    /// Header values are left out: they often are credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("ClientBuilder")
            .field("target", &self.target)
            .field("pin", &self.pin)
            .field("headers", &headers)
            .finish_non_exhaustive()
    }
}
