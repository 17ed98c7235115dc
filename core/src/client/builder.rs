//! Options of a client.

use std::fmt;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use dovetail_protocol::rounds::QuestionKind;
use dovetail_protocol::types::{Level, Root};
use dovetail_protocol::{Error, ErrorKind, Feature, Limits, RawValue, Revision};
use ring::digest::{SHA256, digest};
use serde::Serialize;

use super::Client;
use super::connect::connect;
use super::connection::Identity;
use super::context::{Context, Memory, set_level};
use super::elicit::{self, ElicitHandler};
use super::hub::{Ears, Hub, LogRecord};
use super::inputs::{self, InputHandler, Inputs, RootsHandler, SampleHandler, UrlHandler};
use super::json::{self, push_string};
use super::log::{Log, LogSink};
use super::options::{Options, Settings};
use super::target::Target;
use crate::middleware::Layer;

/// Options, and then [`connect`](Self::connect). Made by [`Client::builder`].
#[must_use = "a builder does nothing until it connects"]
pub struct ClientBuilder {
    target: Target,
    name: String,
    version: String,
    pub(crate) pin: Option<Revision>,
    options: Options,
    pub(crate) headers: Vec<(String, String)>,
    inputs: Inputs,
    extensions: Vec<(String, Result<Box<RawValue>, Error>)>,
    ears: Ears,
    cache: bool,
    authorization: Option<String>,
    level: Option<Level>,
    stream: Option<bool>,
    limits: Limits,
    pub(crate) respawn: bool,
    pub(crate) sse: bool,
    log: Log,
}

impl ClientBuilder {
    pub(crate) fn new(target: Target) -> Self {
        Self {
            target,
            name: "dovetail".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pin: None,
            options: Options::default(),
            headers: Vec::new(),
            inputs: Inputs::default(),
            extensions: Vec::new(),
            ears: Ears::default(),
            cache: true,
            authorization: None,
            level: None,
            stream: None,
            limits: Limits::default(),
            respawn: true,
            sse: true,
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
        self.options.timeout = Some(timeout);
        self
    }

    /// Adds a header to every HTTP request, such as `Authorization`. Other targets ignore it.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// How long a request may take altogether, whatever it reports. Default: 10 min.
    pub fn max_total(mut self, total: Duration) -> Self {
        self.options.max_total = Some(total);
        self
    }

    /// Whether a progress report starts the timeout of its request anew. Default: yes.
    pub fn reset_on_progress(mut self, reset: bool) -> Self {
        self.options.reset_on_progress = Some(reset);
        self
    }

    /// How often a request is sent again that failed for a moment; see [`Options::retries`]. Default: 2.
    pub fn retries(mut self, retries: u32) -> Self {
        self.options.retries = Some(retries);
        self
    }

    /// Answers the forms of servers; with it, the client declares that it can show forms.
    pub fn on_elicit(mut self, handler: impl ElicitHandler + 'static) -> Self {
        self.inputs.set(QuestionKind::Form, elicit::form(handler));
        self
    }

    /// Answers when servers ask the user to open a page; with it, the client declares that it can show links.
    pub fn on_elicit_url(mut self, handler: impl UrlHandler + 'static) -> Self {
        self.inputs.set(QuestionKind::Url, inputs::url(handler));
        self
    }

    /// Hears when the user has finished with a page, by the id of the question, from servers that tell. Must not
    /// block.
    pub fn on_elicit_complete(mut self, handler: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.ears.on_finished = Some(Arc::new(handler));
        self
    }

    /// Puts prompts of servers to a model; with it, the client declares that it has one.
    pub fn on_sample(mut self, handler: impl SampleHandler + 'static) -> Self {
        self.inputs.set(QuestionKind::Sample, inputs::sample(handler));
        self
    }

    /// Whether the model of [`on_sample`](Self::on_sample) can be given tools. Default: no.
    pub fn sample_tools(mut self, tools: bool) -> Self {
        self.inputs.sample_tools = tools;
        self
    }

    /// Tells servers the directories they may work in.
    pub fn on_roots(mut self, handler: impl RootsHandler + 'static) -> Self {
        self.inputs.set(QuestionKind::Roots, inputs::roots(handler));
        self
    }

    /// Directories that never change; see [`on_roots`](Self::on_roots).
    pub fn roots(self, roots: Vec<Root>) -> Self {
        self.on_roots(move || ready(Ok(roots.clone())))
    }

    /// Answers one kind of question in its wire form. Replaces the typed handler of that kind.
    pub fn on_input_json(mut self, kind: QuestionKind, handler: impl InputHandler + 'static) -> Self {
        self.inputs.set(kind, Arc::new(handler));
        self
    }

    /// Hears log messages of servers as they were sent. Must not block.
    pub fn on_log(mut self, handler: impl Fn(LogRecord) + Send + Sync + 'static) -> Self {
        self.ears.on_log = Some(Arc::new(handler));
        self
    }

    /// The least serious log messages that are wanted; see [`Client::set_log_level`].
    pub fn log_level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// Adds a layer around every request that goes out and every notification that comes in. The first is outermost.
    pub fn layer(mut self, layer: impl Layer) -> Self {
        self.ears.chain.add(Arc::new(layer));
        self
    }

    /// Declares an extension with its settings, a JSON object; `()` means none.
    pub fn extension(mut self, id: impl Into<String>, settings: impl Serialize) -> Self {
        let settings = json::object(settings, "settings of an extension");
        let none = || RawValue::from_string("{}".to_owned()).expect("an object");
        self.extensions.push((id.into(), settings.map(|settings| settings.unwrap_or_else(none))));
        self
    }

    /// Whether answers are kept as long as the server says they stay fresh. Default: yes.
    pub fn cache(mut self, cache: bool) -> Self {
        self.cache = cache;
        self
    }

    /// Names whose answers the cache holds, for programs that bring credentials in other ways than the
    /// `Authorization` header. Default: a digest of that header.
    pub fn authorization(mut self, partition: impl Into<String>) -> Self {
        self.authorization = Some(partition.into());
        self
    }

    /// Whether an event stream is kept open on which servers of the session revisions speak between requests. Default:
    /// when there is a handler for anything servers ask, and as soon as something listens.
    pub fn stream(mut self, stream: bool) -> Self {
        self.stream = Some(stream);
        self
    }

    /// Whether the transport of the first revision (HTTP+SSE, deprecated) is tried where there is no other. Default:
    /// yes.
    pub fn sse(mut self, sse: bool) -> Self {
        self.sse = sse;
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
    /// `invalid_argument` for a target or header that cannot work; `transport`, `http` or `child_exited` when there is
    /// no server; `negotiation` when there is no common revision; `deadline_exceeded` when it does not answer.
    pub async fn connect(mut self) -> Result<Client, Error> {
        let settings = Settings::new(&self.limits).with(std::mem::take(&mut self.options))?;
        let context = self.context()?;
        let timeout = settings.timeout;
        let (connection, info) = connect(&self.target, &self, &context, timeout).await?;
        context.hub.settle(info.revision);
        if let Some(level) = self.level {
            context.memory.set_level(level);
            if info.revision.has(Feature::SetLevel) && info.offers(|offered| offered.logging) {
                set_level(&*connection, info.revision, level, timeout).await?;
            }
        }
        if self.stream.unwrap_or_else(|| context.inputs.any()) {
            connection.overhear().await;
        }
        Ok(Client::new(connection, info, context, settings, self.stream != Some(false)))
    }

    fn context(&mut self) -> Result<Context, Error> {
        #[derive(Serialize)]
        struct Info<'a> {
            name: &'a str,
            version: &'a str,
        }
        let info = Info { name: &self.name, version: &self.version };
        let identity = Identity {
            info: serde_json::to_vec(&info).expect("strings always serialize"),
            capabilities: self.capabilities()?,
        };
        let mut ears = std::mem::take(&mut self.ears);
        ears.partition = self.cache.then(|| self.partition());
        Ok(Context {
            identity: Arc::new(identity),
            limits: self.limits.clone(),
            log: self.log.clone(),
            inputs: Arc::new(self.inputs.clone()),
            hub: Hub::new(ears, self.log.clone(), &self.limits),
            memory: Arc::new(Memory::default()),
        })
    }

    fn capabilities(&mut self) -> Result<Vec<u8>, Error> {
        let mut out = self.inputs.capabilities().to_json();
        if self.extensions.is_empty() {
            return Ok(out);
        }
        out.pop();
        if out.len() > 1 {
            out.push(b',');
        }
        out.extend_from_slice(br#""extensions":{"#);
        for (at, (id, settings)) in self.extensions.drain(..).enumerate() {
            if at > 0 {
                out.push(b',');
            }
            push_string(&mut out, &id);
            out.push(b':');
            let invalid = |error: Error| Error::new(ErrorKind::InvalidConfig, error.detail);
            out.extend_from_slice(settings.map_err(invalid)?.get().as_bytes());
        }
        out.extend_from_slice(b"}}");
        Ok(out)
    }

    /// Whose answers the cache holds. Digests, because credentials must not lie around.
    fn partition(&self) -> String {
        if let Some(partition) = &self.authorization {
            return partition.clone();
        }
        let credentials = self.headers.iter().filter(|(name, _)| {
            ["authorization", "cookie"].iter().any(|known| name.eq_ignore_ascii_case(known))
        });
        let joined: Vec<u8> = credentials.flat_map(|(_, value)| [value.as_bytes(), b"\n"].concat()).collect();
        digest(&SHA256, &joined).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
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
