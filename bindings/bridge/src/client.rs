//! Clients in foreign hands.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use dovetail::{
    Client, ClientBuilder, Error, ErrorKind, Group, InputHandler, Limits, LogRecord, QuestionKind, Revision,
    Side,
};
use futures_util::future::{BoxFuture, join_all, try_join_all};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::watch;

use crate::backend::{Answer, Backend, CallContext, Work};
use crate::host::Host;
use crate::layers::{HostLayer, LayerConfig};
use crate::log::log_sink;
use crate::peer::{Connected, Peer};
use crate::session::{Scope, parse};
use crate::target::{Place, Places, TargetConfig};
use crate::{BridgeError, Code, Kind, Runtime, Session, client_ops};

/// Configuration of `client_open`; see `docs/boundary.md`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    target: Box<RawValue>,
    #[serde(default)]
    info: Option<Info>,
    #[serde(default)]
    inputs: Vec<Input>,
    #[serde(default)]
    revision: Option<String>,
    #[serde(default)]
    timeout_ms: Option<u64>,
    #[serde(default)]
    max_total_ms: Option<u64>,
    #[serde(default)]
    reset_on_progress: Option<bool>,
    #[serde(default)]
    sample_tools: bool,
    #[serde(default)]
    cache: Option<bool>,
    #[serde(default)]
    log_level: Option<String>,
    #[serde(default)]
    respawn: Option<bool>,
    #[serde(default)]
    layers: Vec<LayerConfig>,
    #[serde(default)]
    limits: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Info {
    name: String,
    version: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Input {
    Form,
    Url,
    Sample,
    Roots,
}

#[derive(Serialize)]
struct MessageBody<'a> {
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    logger: Option<&'a str>,
    data: &'a RawValue,
}

/// A question as the host sees it.
#[derive(Serialize, Default)]
struct InputBody<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ElicitParams {
    message: String,
    #[serde(default)]
    requested_schema: Option<Box<RawValue>>,
    #[serde(default)]
    url: Option<String>,
}

fn message_body(record: &LogRecord) -> Bytes {
    let body =
        MessageBody { level: record.level.as_str(), logger: record.logger.as_deref(), data: &record.data };
    serde_json::to_vec(&body).expect("strings and JSON always serialize").into()
}

struct ClientBackend {
    connected: Connected,
    open: Arc<Mutex<Option<Peer>>>,
}

impl Session {
    /// Opens a client; the completion under `key` says whether it is connected and carries the server's info.
    /// Operations may be started before. `server` is the server of this process for the target `{"server": true}`.
    ///
    /// # Errors
    /// `invalid_argument` when the configuration is not usable; `wrong_process`, `closed`.
    pub fn client(
        runtime: &Runtime,
        key: u64,
        config: Bytes,
        server: Option<&Self>,
    ) -> Result<Self, BridgeError> {
        runtime.check()?;
        let config: Config = parse(&config, "the client configuration")?;
        let target: TargetConfig = parse(config.target.get().as_bytes(), "the target")?;
        let places = target.resolve(runtime, server)?;
        let mut limits = Limits::default();
        for (name, number) in &config.limits {
            limits.configure(Side::Client, name, *number)?;
        }
        let host = Host::new(limits.queue);
        let connecting = config.connect(places, &limits, &host)?;
        let (sender, connected) = watch::channel(None);
        let open = Arc::new(Mutex::new(None));
        let backend = ClientBackend { connected, open: open.clone() };
        let session = Self::open(runtime, host, Arc::new(backend));
        let connecting: Work = Box::pin(async move {
            let outcome = connecting.await;
            if let Ok(peer) = &outcome {
                *open.lock().unwrap_or_else(PoisonError::into_inner) = Some(peer.clone());
            }
            let payload = outcome.as_ref().map_err(Clone::clone).and_then(Peer::info);
            // Operations that wait for the connection read it there; without any, nobody does.
            let _ = sender.send(Some(outcome));
            payload
        });
        session.start(key, connecting)?;
        Ok(session)
    }
}

impl Config {
    /// The work of connecting to what a target names.
    fn connect(
        &self,
        places: Places,
        limits: &Limits,
        host: &Host,
    ) -> Result<BoxFuture<'static, Result<Peer, BridgeError>>, BridgeError> {
        let members = match places {
            Places::One(place) => {
                let builder = self.builder(place, limits, host)?;
                return Ok(Box::pin(async move { Ok(Peer::One(builder.connect().await?)) }));
            }
            Places::Many(members) => members,
        };
        let mut builders = Vec::with_capacity(members.len());
        for (name, place) in members {
            builders.push((name, self.builder(place, limits, host)?));
        }
        Ok(Box::pin(async move {
            let connecting = builders.into_iter().map(|(name, builder)| async move {
                match builder.connect().await {
                    Ok(client) => Ok((name, client)),
                    Err(mut error) => {
                        error.detail = format!("{name}: {}", error.detail);
                        Err(error.with_context("server", name))
                    }
                }
            });
            let mut group = Group::new();
            for (name, client) in try_join_all(connecting).await? {
                group = group.add(name, client)?;
            }
            Ok(Peer::Many(Arc::new(group)))
        }))
    }

    fn builder(&self, place: Place, limits: &Limits, host: &Host) -> Result<ClientBuilder, BridgeError> {
        let mut builder = Client::builder(place.target).limits(limits.clone());
        for (name, value) in &place.headers {
            builder = builder.header(name, value);
        }
        if let Some(info) = &self.info {
            builder = builder.info(&info.name, &info.version);
        }
        match self.revision.as_deref() {
            None | Some("auto") => {}
            Some(pin) => {
                let revision = Revision::parse(pin).ok_or_else(|| {
                    BridgeError::new(
                        Code::InvalidArgument,
                        format!("there is no protocol revision {pin:?} here"),
                    )
                })?;
                builder = builder.revision(revision);
            }
        }
        if let Some(timeout) = self.timeout_ms {
            builder = builder.timeout(Duration::from_millis(timeout));
        }
        if let Some(respawn) = self.respawn {
            builder = builder.respawn(respawn);
        }
        if let Some(total) = self.max_total_ms {
            builder = builder.max_total(Duration::from_millis(total));
        }
        if let Some(reset) = self.reset_on_progress {
            builder = builder.reset_on_progress(reset);
        }
        if let Some(cache) = self.cache {
            builder = builder.cache(cache);
        }
        if let Some(level) = &self.log_level {
            builder = builder.log_level(client_ops::level_of(level)?);
        }
        for input in &self.inputs {
            let kind = match input {
                Input::Form => QuestionKind::Form,
                Input::Url => QuestionKind::Url,
                Input::Sample => QuestionKind::Sample,
                Input::Roots => QuestionKind::Roots,
            };
            let handler = HostInput { kind: *input, host: host.clone() };
            builder = builder.on_input_json(kind, handler);
        }
        builder = builder.sample_tools(self.sample_tools);
        for layer in &self.layers {
            builder = builder.layer(HostLayer::new(layer, limits.hook, host));
        }
        let messages = host.queue.clone();
        builder = builder.on_log(move |record| {
            // A host that does not fetch its events loses messages, nothing else.
            let _ = messages.offer(Kind::Message, message_body(&record));
        });
        Ok(builder.log(log_sink(&host.queue)))
    }
}

impl Backend for ClientBackend {
    fn request(&self, scope: Scope, name: &str, params: Bytes, options: Bytes) -> Result<Work, BridgeError> {
        client_ops::prepare(self.connected.clone(), scope, name, &params, &options)
    }

    fn close(&self, deadline: Duration) -> BoxFuture<'static, ()> {
        let peer = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        let clients = peer.map(|peer| peer.all()).unwrap_or_default();
        Box::pin(async move {
            // Whatever does not end in time is ended when the last handle is dropped.
            let _ = tokio::time::timeout(deadline, join_all(clients.iter().map(Client::close))).await;
        })
    }
}

/// A host that answers questions of one kind for its user.
struct HostInput {
    kind: Input,
    host: Host,
}

/// A question is not a call: it has no progress and asks nothing.
struct InputContext;

fn no_call() -> BridgeError {
    BridgeError::new(Code::InvalidState, "a question of the server is not a call")
}

impl CallContext for InputContext {
    fn info(&self) -> Bytes {
        Bytes::from_static(b"{}")
    }

    fn progress(&self, _progress: f64, _total: Option<f64>, _message: Option<String>) {}

    fn log(&self, _body: &[u8]) -> Result<(), BridgeError> {
        Err(no_call())
    }

    fn record(&self, _body: &[u8]) -> Result<(), BridgeError> {
        Err(no_call())
    }

    fn ask(&self, _question: Bytes) -> Result<Work, BridgeError> {
        Err(no_call())
    }
}

impl HostInput {
    fn body(&self, params: &RawValue) -> Result<Bytes, Error> {
        let elicit = || {
            serde_json::from_str::<ElicitParams>(params.get()).map_err(|error| {
                Error::new(ErrorKind::InvalidParams, format!("the server's question: {error}"))
            })
        };
        let body = match self.kind {
            Input::Form => {
                let ElicitParams { message, requested_schema, .. } = elicit()?;
                InputBody {
                    kind: "form",
                    message: Some(message),
                    schema: requested_schema,
                    ..InputBody::default()
                }
            }
            Input::Url => {
                let ElicitParams { message, url, .. } = elicit()?;
                InputBody { kind: "url", message: Some(message), url, ..InputBody::default() }
            }
            Input::Sample => InputBody { kind: "sample", params: Some(params), ..InputBody::default() },
            Input::Roots => InputBody { kind: "roots", ..InputBody::default() },
        };
        Ok(serde_json::to_vec(&body).expect("strings and JSON always serialize").into())
    }
}

impl InputHandler for HostInput {
    fn answer(&self, params: Box<RawValue>) -> BoxFuture<'static, Result<Box<RawValue>, Error>> {
        let body = match self.body(&params) {
            Ok(body) => body,
            Err(error) => return Box::pin(std::future::ready(Err(error))),
        };
        let (pending, answered) = self.host.calls.begin(Arc::new(InputContext));
        self.host.queue.push(Kind::Input, 0, pending.id, body);
        Box::pin(async move {
            let answer = answered.await;
            drop(pending);
            match answer {
                Ok(Answer::Value(json) | Answer::Whole(json)) => {
                    serde_json::from_slice(&json).map_err(|error| {
                        Error::new(ErrorKind::InvalidParams, format!("the answer to a question: {error}"))
                    })
                }
                Ok(Answer::Failed(failure)) => Err(Error::new(
                    ErrorKind::Internal,
                    format!("the handler for questions failed: {}", failure.into_error().detail),
                )),
                Ok(Answer::Outcome) | Err(_) => {
                    Err(Error::new(ErrorKind::Closed, "the client is going away"))
                }
            }
        })
    }
}
