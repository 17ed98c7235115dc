//! Opening a connection and finding out which revision to speak.
//!
//! Owns the order of steps; every decision is the pure function [`after_probe`]. Must never fall back when a revision
//! is pinned. Specification: versioning, and "Backward Compatibility" of both transports.

use std::sync::Arc;
use std::time::Duration;

use dovetail_protocol::negotiate::{
    Next, ProbeOutcome, ServerHello, Transport, after_probe, initialize_params, parse_discover_result,
    parse_initialize_result,
};
use dovetail_protocol::revision::{Outcome, decode_result};
use dovetail_protocol::{Error, ErrorKind, Feature, RawValue, Revision, WireError, methods};
use serde::Deserialize;

use super::builder::ClientBuilder;
use super::connection::{Connection, Identity, Outgoing};
use super::context::Context;
use super::era::{self, Key};
use super::frames::{Frames, Source};
use super::http::Http;
use super::json::inner;
use super::legacy_sse::LegacySse;
use super::log::LogLevel;
use super::result::ServerInfo;
use super::target::Target;
use crate::transport::child;
use crate::transport::http::client::Endpoint;

/// A server may name another version than the one it was probed with, once.
const PROBES: usize = 2;

type Connected = (Arc<dyn Connection>, ServerInfo);

pub(crate) async fn connect(
    target: &Target,
    options: &ClientBuilder,
    context: &Context,
    timeout: Duration,
) -> Result<Connected, Error> {
    let connecting = Connecting { target, options, context, timeout };
    let key = match target {
        Target::Url(url) => Some(Key::url(url)),
        Target::Command(command) => Some(Key::command(command)),
        Target::Server(_) => None,
    };
    let pinned_legacy = options.pin.filter(|revision| !revision.is_modern());
    if let Some(revision) = pinned_legacy {
        let connection = connecting.open()?;
        return connecting.greet(connection, revision).await;
    }
    if let Some(key) = key.filter(|key| options.pin.is_none() && era::is_legacy(*key)) {
        let connection = connecting.open()?;
        match connecting.greet(connection, Revision::LEGACY[0]).await {
            Ok(connected) => return Ok(connected),
            Err(error) => {
                era::forget(key);
                let text = format!("a server that needed a handshake before now failed it: {}", error.detail);
                context.log.line(LogLevel::Warning, &text);
            }
        }
    }
    let connected = connecting.probe().await?;
    if let Some(key) = key.filter(|_| !connected.1.revision.is_modern()) {
        era::remember(key);
    }
    Ok(connected)
}

/// What came of a probe.
struct Probed {
    outcome: ProbeOutcome,
    hello: Option<ServerHello>,
    error: Option<Error>,
}

struct Connecting<'a> {
    target: &'a Target,
    options: &'a ClientBuilder,
    context: &'a Context,
    timeout: Duration,
}

impl Connecting<'_> {
    fn open(&self) -> Result<Arc<dyn Connection>, Error> {
        let context = self.context.clone();
        Ok(match self.target {
            Target::Url(url) => Arc::new(Http::new(self.endpoint(url)?, context)),
            Target::Command(command) => {
                let process = child::spawn(command, &context.limits, &context.log)?;
                let source = Source::Child(Box::new(process.lines));
                Arc::new(Frames::start(context, process.input, source, Some(process.handle)))
            }
            Target::Server(server) => {
                let (out, frames) = server.link()?;
                Arc::new(Frames::start(context, out, Source::Memory(frames), None))
            }
        })
    }

    fn endpoint(&self, url: &str) -> Result<Endpoint, Error> {
        Endpoint::new(url, &self.options.headers, &self.context.limits)
    }

    /// The modern way first.
    async fn probe(&self) -> Result<Connected, Error> {
        let connection = self.open()?;
        let mut revision = self.options.pin.unwrap_or(Revision::LATEST);
        for _ in 0..PROBES {
            let probed = self.discover(&*connection, revision).await?;
            match after_probe(self.transport(), probed.outcome, self.options.pin) {
                Next::Modern(chosen) => match probed.hello {
                    Some(hello) => {
                        connection.settle(chosen);
                        return Ok((connection, server_info(chosen, hello)));
                    }
                    None => revision = chosen,
                },
                Next::Legacy => {
                    let greeted = self.greet(connection.clone(), Revision::LEGACY[0]).await;
                    return match greeted {
                        Ok(connected) => Ok(connected),
                        Err(error) => self.late(connection, revision, error),
                    };
                }
                Next::LegacyRespawn => return self.respawn(probed.error).await,
                Next::Fail(failure) => {
                    // The same failure as the connection saw it knows more: exit status, standard error, advice.
                    let seen = probed.error.filter(|error| error.kind == failure.kind);
                    return Err(seen.unwrap_or(failure));
                }
            }
        }
        Err(Error::new(ErrorKind::Negotiation, "the server refuses the very revision it offers"))
    }

    fn transport(&self) -> Transport {
        match self.target {
            Target::Url(_) => Transport::Http,
            Target::Command(_) | Target::Server(_) => Transport::Stdio,
        }
    }

    async fn discover(&self, connection: &dyn Connection, revision: Revision) -> Result<Probed, Error> {
        let timeout = match self.transport() {
            Transport::Stdio => self.context.limits.probe_timeout.min(self.timeout),
            // Nothing is concluded from silence here, so there is no hurry either.
            Transport::Http => self.timeout,
        };
        let request = Outgoing::plain(revision, methods::DISCOVER, b"", timeout);
        let answer = connection.exchange(request).await;
        let error = match answer.and_then(|raw| hello_of(revision, &raw)) {
            Ok(hello) => {
                let outcome = ProbeOutcome::Discovered { supported: hello.supported.clone() };
                return Ok(Probed { outcome, hello: Some(hello), error: None });
            }
            Err(error) => error,
        };
        let outcome = match (&error.rpc, error.http_status, error.kind) {
            (rpc, Some(status), _) => ProbeOutcome::HttpStatus { status, error: rpc.clone() },
            (Some(wire), None, _) => ProbeOutcome::RpcError(wire.clone()),
            (None, None, ErrorKind::DeadlineExceeded) => ProbeOutcome::Timeout,
            (None, None, ErrorKind::ChildExited) if !connection.has_spoken() => ProbeOutcome::Exited,
            // An answer that is no discovery: whatever this server speaks, it is not modern.
            (None, None, ErrorKind::Malformed) => ProbeOutcome::RpcError(WireError {
                code: ErrorKind::Malformed.wire_code(revision),
                message: error.detail.clone(),
                data: None,
            }),
            _ => return Err(error),
        };
        Ok(Probed { outcome, hello: None, error: Some(error) })
    }

    /// A server that does not know the handshake, but answered the probe after all, is a modern one.
    fn late(
        &self,
        connection: Arc<dyn Connection>,
        revision: Revision,
        error: Error,
    ) -> Result<Connected, Error> {
        let Some(hello) = connection.late().and_then(|raw| hello_of(revision, &raw).ok()) else {
            return Err(error);
        };
        let outcome = ProbeOutcome::Discovered { supported: hello.supported.clone() };
        match after_probe(self.transport(), outcome, self.options.pin) {
            Next::Modern(chosen) => {
                self.context
                    .log
                    .line(LogLevel::Info, "the server answered late, and speaks a modern revision");
                connection.settle(chosen);
                Ok((connection, server_info(chosen, hello)))
            }
            Next::Legacy | Next::LegacyRespawn | Next::Fail(_) => Err(error),
        }
    }

    /// The handshake of the session revisions, on the older HTTP transport where the newer one is not there.
    async fn greet(&self, connection: Arc<dyn Connection>, revision: Revision) -> Result<Connected, Error> {
        let mut greeted = handshake(&*connection, &self.context.identity, revision, self.timeout).await;
        // Servers should choose a revision of their own, but some only name them.
        if let Some(other) = greeted.as_ref().err().and_then(|error| self.named(error, revision)) {
            greeted = handshake(&*connection, &self.context.identity, other, self.timeout).await;
        }
        let (connection, info) = match (greeted, self.target) {
            (Ok(info), _) => (connection, info),
            (Err(error), Target::Url(url)) if self.may_be_older(&error) => {
                match self.older(url, revision).await {
                    Ok(connected) => connected,
                    Err(other) => {
                        let detail =
                            format!("{}; nor with the older transport: {}", error.detail, other.detail);
                        return Err(Error { detail, ..error });
                    }
                }
            }
            (Err(error), _) => return Err(error),
        };
        match self.options.pin {
            Some(pin) if pin != info.revision => Err(Error::new(
                ErrorKind::Negotiation,
                format!("the server chose revision {}, and this client is pinned to {pin}", info.revision),
            )),
            _ => Ok((connection, info)),
        }
    }

    /// The best session revision that a refusal of `refused` names. Lifecycle, "Error Handling".
    fn named(&self, error: &Error, refused: Revision) -> Option<Revision> {
        #[derive(Deserialize)]
        struct Data {
            supported: Vec<String>,
        }
        let data: Data = serde_json::from_str(error.rpc.as_ref()?.data.as_deref()?.get()).ok()?;
        let known =
            Revision::LEGACY.iter().copied().filter(|known| *known != refused && self.options.pin.is_none());
        known.into_iter().find(|known| data.supported.iter().any(|named| named == known.as_str()))
    }

    /// Streamable HTTP, "HTTP+SSE Transport": these statuses, without an error of the protocol.
    fn may_be_older(&self, error: &Error) -> bool {
        let status = matches!(error.http_status, Some(400 | 404 | 405));
        let known = error.rpc.as_ref().is_some_and(|wire| Error::is_modern_error(wire.code));
        let pinned = self.options.pin.is_some_and(|pin| !pin.has(Feature::HttpSse) && pin.is_modern());
        self.options.sse && status && !known && !pinned
    }

    async fn older(&self, url: &str, revision: Revision) -> Result<Connected, Error> {
        let connection = LegacySse::open(self.endpoint(url)?, self.context, self.timeout).await?;
        let info = handshake(&connection, &self.context.identity, revision, self.timeout).await?;
        Ok((Arc::new(connection), info))
    }

    async fn respawn(&self, first: Option<Error>) -> Result<Connected, Error> {
        let first =
            first.unwrap_or_else(|| Error::new(ErrorKind::ChildExited, "the server process has ended"));
        if !self.options.respawn {
            return Err(first);
        }
        self.context.log.line(LogLevel::Info, "the server ended at the first message; starting it once more");
        match self.greet(self.open()?, Revision::LEGACY[0]).await {
            Err(second) if second.kind == ErrorKind::ChildExited => {
                let detail = format!(
                    "the server process ended twice. Asked to say who it is: {}. Started again and greeted the older \
                     way: {}",
                    first.detail, second.detail
                );
                let mut error = Error::new(ErrorKind::ChildExited, detail);
                error.context = first.context.into_iter().chain(second.context).collect();
                Err(error)
            }
            outcome => outcome,
        }
    }
}

fn hello_of(revision: Revision, raw: &RawValue) -> Result<ServerHello, Error> {
    match decode_result(revision, raw)? {
        Outcome::Complete(raw) => parse_discover_result(raw),
        Outcome::InputRequired { .. } => {
            Err(Error::new(ErrorKind::Malformed, "the server asks for input before it says who it is"))
        }
    }
}

fn server_info(revision: Revision, hello: ServerHello) -> ServerInfo {
    ServerInfo {
        revision,
        name: hello.name,
        version: hello.version,
        info: hello.info,
        capabilities: hello.capabilities,
        instructions: hello.instructions,
    }
}

/// Opens a session: the request, and the confirmation that it is open.
pub(crate) async fn handshake(
    connection: &dyn Connection,
    identity: &Identity,
    revision: Revision,
    timeout: Duration,
) -> Result<ServerInfo, Error> {
    let params = initialize_params(revision, &identity.info, &identity.capabilities);
    let request = Outgoing::plain(revision, methods::INITIALIZE, inner(&params), timeout);
    let raw = connection.exchange(request).await?;
    let hello = parse_initialize_result(&raw)?;
    let chosen = hello.supported.first().and_then(|version| Revision::parse(version));
    let chosen = chosen.ok_or_else(|| Error::new(ErrorKind::Negotiation, "the server chose no revision"))?;
    connection.settle(chosen);
    connection.notify(chosen, methods::INITIALIZED, b"").await?;
    Ok(server_info(chosen, hello))
}
