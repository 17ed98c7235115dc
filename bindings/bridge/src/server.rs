//! Servers in foreign hands: what is registered becomes call events, answers become outcomes.
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dovetail::{CacheScope, Cacheable, Limits, Server, Side};
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::backend::{Backend, Work};
use crate::definitions::Definitions;
use crate::exchange::Rules;
use crate::host::Host;
use crate::layers::{HostLayer, LayerConfig};
use crate::log::log_sink;
use crate::session::{Scope, parse};
use crate::{BridgeError, Code, Kind, Runtime, Session, exchange, update};

/// Configuration of `server_open`; see `docs/boundary.md`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    info: Box<RawValue>,
    #[serde(default)]
    instructions: Option<String>,
    // Not flattened: raw JSON does not survive that.
    #[serde(default)]
    tools: Vec<Box<RawValue>>,
    #[serde(default)]
    resources: Vec<Box<RawValue>>,
    #[serde(default)]
    resource_templates: Vec<Box<RawValue>>,
    #[serde(default)]
    prompts: Vec<Box<RawValue>>,
    #[serde(default)]
    page_size: Option<usize>,
    #[serde(default)]
    cache: BTreeMap<String, CacheFor>,
    #[serde(default)]
    resumable: bool,
    #[serde(default)]
    state_keys: Option<String>,
    #[serde(default)]
    call_timeout_ms: Option<u64>,
    #[serde(default)]
    limits: BTreeMap<String, u64>,
    #[serde(default)]
    layers: Vec<LayerConfig>,
}

/// Configuration of `serve`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Serve {
    #[serde(default)]
    stdio: bool,
    #[serde(default)]
    http: Option<String>,
    #[serde(default)]
    exchange: bool,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    sse: bool,
    #[serde(default)]
    allowed_hosts: Vec<String>,
    #[serde(default)]
    allowed_origins: Vec<String>,
}

/// A server behind a session.
pub(crate) struct ServerBackend {
    server: Server,
    host: Host,
    rules: Rules,
}

/// How long an answer may be kept, and by whom.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CacheFor {
    ttl_ms: u64,
    scope: Scoped,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Scoped {
    Public,
    Private,
}

impl CacheFor {
    fn apply(&self, server: Server, what: &str) -> Result<Server, BridgeError> {
        let what = match what {
            "discover" => Cacheable::Discover,
            "tools" => Cacheable::Tools,
            "prompts" => Cacheable::Prompts,
            "resources" => Cacheable::Resources,
            "resourceTemplates" => Cacheable::ResourceTemplates,
            "reads" => Cacheable::Reads,
            _ => {
                return Err(BridgeError::new(
                    Code::InvalidArgument,
                    format!("nothing cacheable is named {what:?}"),
                ));
            }
        };
        let scope = match self.scope {
            Scoped::Public => CacheScope::Public,
            Scoped::Private => CacheScope::Private,
        };
        Ok(server.cache(what, Duration::from_millis(self.ttl_ms), scope))
    }
}

impl Session {
    /// Opens a server.
    ///
    /// # Errors
    /// `invalid_argument` when the configuration or a tool is not usable; `wrong_process`, `closed`.
    pub fn server(runtime: &Runtime, config: Bytes) -> Result<Self, BridgeError> {
        runtime.check()?;
        let config: Config = parse(&config, "the server configuration")?;
        let mut limits = Limits::default();
        for (name, number) in &config.limits {
            limits.configure(Side::Server, name, *number)?;
        }
        let host = Host::new(limits.queue);
        let mut server = Server::from_info_json(config.info.get().as_bytes())?.limits(limits.clone());
        if let Some(text) = &config.instructions {
            server = server.instructions(text);
        }
        if let Some(keys) = &config.state_keys {
            server = server.state_keys(keys);
        }
        if let Some(timeout) = config.call_timeout_ms {
            server = server.deadline(Duration::from_millis(timeout));
        }
        if let Some(entries) = config.page_size {
            server = server.page_size(entries);
        }
        for (what, cache) in &config.cache {
            server = cache.apply(server, what)?;
        }
        for layer in &config.layers {
            server = server.layer(HostLayer::new(layer, limits.hook, &host));
        }
        server = server.log(log_sink(&host.queue)).resumable(config.resumable);
        let definitions = Definitions {
            tools: config.tools,
            resources: config.resources,
            resource_templates: config.resource_templates,
            prompts: config.prompts,
        };
        definitions.register(&server, &host)?;
        server.check()?;
        let rules = Rules::new(&server)?;
        Ok(Self::open(runtime, host.clone(), Arc::new(ServerBackend { server, host, rules })))
    }

    /// Serves over stdio or HTTP until the transport ends or the session is closed. [`Kind::Ready`] comes under
    /// `key` when it listens, the completion when it ended. `{"exchange": true}` opens nothing: it says which hosts
    /// and origins [`Session::exchange`] answers to as long as it lasts.
    ///
    /// # Errors
    /// As [`Session::request`]; `invalid_state` when this is no server, or exchanges have their rules already.
    pub fn serve(&self, key: u64, config: Bytes) -> Result<(), BridgeError> {
        let server = self.server_behind()?;
        let config: Serve = parse(&config, "the serve configuration")?;
        let queue = self.queue();
        let work: Work = match (config.stdio, config.http.clone(), config.exchange) {
            (false, None, true) => {
                let set = self.rules()?.set(&server, &config.allowed_hosts, &config.allowed_origins)?;
                Box::pin(async move {
                    let _set = set;
                    queue.push(Kind::Ready, 0, key, Bytes::from_static(b"{}"));
                    // Until it is cancelled, or completed by the end of the session.
                    std::future::pending().await
                })
            }
            (true, None, false) => Box::pin(async move {
                queue.push(Kind::Ready, 0, key, Bytes::from_static(b"{}"));
                server.serve(dovetail::stdio()).await?;
                Ok(Bytes::new())
            }),
            (false, Some(address), false) => Box::pin(async move {
                let listener = server.listen(config.http_options(&address)).await?;
                let ready = serde_json::json!({ "url": listener.url() }).to_string();
                queue.push(Kind::Ready, 0, key, ready.into());
                listener.run().await?;
                Ok(Bytes::new())
            }),
            _ => {
                return Err(BridgeError::new(
                    Code::InvalidArgument,
                    "serve needs one of {\"stdio\": true}, {\"http\": \"host:port\"} and {\"exchange\": true}",
                ));
            }
        };
        self.start(key, work)
    }

    /// Runs one HTTP request through the server without a socket: [`Kind::Head`], [`Kind::Chunk`]s and the
    /// completion come under `key`. `head` is `{method, path, headers: [[name, value]…], principal?}`. Cancelling `key` says
    /// that the peer has gone.
    ///
    /// # Errors
    /// As [`Session::request`]; `invalid_state` when this is no server.
    pub fn exchange(&self, key: u64, head: Bytes, body: Bytes) -> Result<(), BridgeError> {
        let exchange = self.rules()?.exchange();
        let work = exchange::run(exchange, &head, body, self.queue(), key)?;
        self.start(key, work)
    }
}

impl Serve {
    fn http_options(&self, address: &str) -> dovetail::Http {
        let mut http = dovetail::http(address).sse(self.sse);
        if let Some(path) = &self.path {
            http = http.path(path);
        }
        for host in &self.allowed_hosts {
            http = http.allowed_host(host);
        }
        for origin in &self.allowed_origins {
            http = http.allowed_origin(origin);
        }
        http
    }
}

impl Backend for ServerBackend {
    fn request(
        &self,
        _scope: Scope,
        name: &str,
        _params: Bytes,
        _options: Bytes,
    ) -> Result<Work, BridgeError> {
        Err(BridgeError::new(Code::InvalidArgument, format!("a server has no operation named {name}")))
    }

    fn close(&self, deadline: Duration) -> BoxFuture<'static, ()> {
        let server = self.server.clone();
        Box::pin(async move { server.close(deadline).await })
    }

    fn update(&self, json: &[u8]) -> Result<(), BridgeError> {
        update::apply(&self.server, &self.host, json)
    }

    fn server(&self) -> Option<Server> {
        Some(self.server.clone())
    }

    fn rules(&self) -> Option<Rules> {
        Some(self.rules.clone())
    }

    fn status(&self) -> String {
        format!(r#""inFlight":{}"#, self.server.in_flight())
    }
}
