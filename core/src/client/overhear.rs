//! The event stream on which a server of the session revisions speaks between requests.
//!
//! Owns opening it, keeping it open, and its end. Must never be needed for a request of ours.
//! Specification: Streamable HTTP, "Listening for Messages from the Server" of the session revisions.

use std::sync::Arc;
use std::time::Duration;

use dovetail_protocol::{Error, ErrorKind};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;

use super::connection::Patience;
use super::http::Shared;
use super::log::LogLevel;
use super::reading::{self, Heard};
use super::retry::{self, STEADY};
use crate::transport::http::client::Answer;
use crate::transport::sse::Parser;

/// Keeps the stream open until the connection is closed, the server refuses it, or it cannot be had again.
pub(crate) async fn keep(shared: Arc<Shared>) {
    let (limit, timeout) = (shared.context.limits.body, shared.context.limits.call_timeout);
    let mut parser = Parser::new(limit);
    let (mut tries, mut first) = (0, true);
    loop {
        let Some(revision) = shared.revision() else { return };
        let opened = async {
            if shared.recover(revision, timeout).await? {
                parser = Parser::new(limit);
            } else if !first && parser.last_id().is_none() {
                // What was said in the meantime will not be said again.
                shared.context.hub.missed();
            }
            shared.events(parser.last_id()).await
        };
        let session = shared.session();
        let opened = opened.await;
        shared.listening.cancel();
        let outcome = match opened {
            Ok(answer) => {
                first = false;
                let start = Instant::now();
                let outcome = read(&shared, answer, &mut parser, &mut tries).await;
                if start.elapsed() >= STEADY {
                    tries = 0;
                }
                outcome
            }
            Err(error) => error,
        };
        match outcome.http_status {
            // Servers need not offer it.
            Some(405 | 501) => {
                shared.context.log.line(LogLevel::Debug, "the server offers no event stream of its own");
                return;
            }
            Some(404) => shared.lose(session.as_ref()),
            _ => {}
        }
        if tries == shared.context.limits.reconnects {
            let text = format!("the event stream of the server is lost: {}", outcome.detail);
            shared.context.log.line(LogLevel::Error, &text);
            shared.context.hub.deaf(&outcome);
            return;
        }
        let pause = parser.retry().unwrap_or(Duration::ZERO).max(retry::pause(tries, &outcome));
        tries += 1;
        tokio::time::sleep(pause).await;
        parser = parser.resumed();
    }
}

/// Reads until the stream ends; says why.
async fn read(shared: &Arc<Shared>, mut answer: Answer, parser: &mut Parser, tries: &mut u32) -> Error {
    let in_flight = shared.context.limits.in_flight;
    let patience = Patience::default();
    let mut asked = FuturesUnordered::new();
    let mut events = Vec::new();
    loop {
        let chunk = tokio::select! {
            chunk = answer.chunk() => chunk,
            Some(()) = asked.next(), if !asked.is_empty() => continue,
        };
        let bytes = match chunk {
            Some(Ok(bytes)) => bytes,
            Some(Err(error)) => return error,
            None => return Error::new(ErrorKind::Transport, "the event stream of the server has ended"),
        };
        let pushed = parser.push(&bytes, &mut events);
        let Some(revision) = shared.revision() else { continue };
        for event in events.drain(..) {
            *tries = 0;
            if event.data.is_empty() || event.name.as_deref().is_some_and(|name| name != "message") {
                continue;
            }
            let heard = match reading::hear(shared, revision, None, &event.data) {
                Ok(heard) => heard,
                Err(error) => {
                    let text = format!("skipped what the server sent: {}", error.detail);
                    shared.context.log.line(LogLevel::Warning, &text);
                    continue;
                }
            };
            for heard in heard {
                match heard {
                    Heard::Request { id, method, params } if asked.len() < in_flight => {
                        asked.push(reading::serve(shared, &patience, revision, id, method, params));
                    }
                    Heard::Request { id, .. } => {
                        let refusal = super::serve::refuse(revision, &id, in_flight);
                        if let Err(error) = shared.deliver(revision, refusal).await {
                            return error;
                        }
                    }
                    Heard::Answer(_) | Heard::Progress(_) => {}
                }
            }
        }
        if pushed.is_err() {
            let limit = shared.context.limits.body;
            let detail = format!("an event of more than {limit} bytes (limit body)");
            return Error::new(ErrorKind::LimitExceeded, detail);
        }
    }
}
