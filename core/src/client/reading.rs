//! Reading the answer to one HTTP request: one message, or a stream of events that ends with it.
//!
//! Owns which message is the answer, and what happens to the others on the way. Must never send the request again.
//! Specification: Streamable HTTP, "Receiving Messages", and "Resumability and Redelivery" of the session revisions.

use std::sync::Arc;
use std::time::Duration;

use dovetail_protocol::{Error, ErrorKind, Feature, Id, Message, RawValue, Revision, jsonrpc};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::connection::{self, News, Patience, ProgressSink};
use super::http::{Shared, header_value};
use super::log::LogLevel;
use super::serve;
use crate::transport::http::client::Answer;
use crate::transport::sse::Parser;

/// How often in a row a broken event stream is taken up again without a new event.
const RESUMPTIONS: u32 = 5;
/// The pause before a broken event stream is taken up again, when the server names none.
const RETRY: Duration = Duration::from_secs(1);

/// Reading the answer to one request.
pub(crate) struct Reading<'r, 'p> {
    pub(crate) shared: &'r Arc<Shared>,
    pub(crate) id: &'r Id,
    pub(crate) revision: Revision,
    pub(crate) patience: &'r Patience,
    pub(crate) progress: &'r mut Option<&'p mut ProgressSink>,
}

impl<'r> Reading<'r, '_> {
    /// Reads the message that must be the answer.
    pub(crate) fn answer(&mut self, body: &[u8]) -> Result<Box<RawValue>, Error> {
        match self.message(body)? {
            Heard::Answer(outcome) => outcome,
            Heard::Request { .. } | Heard::Nothing => {
                Err(Error::new(ErrorKind::Malformed, "the server did not answer the request it was sent"))
            }
        }
    }

    fn message(&mut self, body: &[u8]) -> Result<Heard, Error> {
        let message = jsonrpc::parse(body, &self.shared.context.limits).map_err(|malformed| {
            Error::new(ErrorKind::Malformed, format!("the answer cannot be read: {}", malformed.detail))
        })?;
        Ok(match message {
            Message::Response(response) => match (response.id, response.outcome) {
                (Some(id), Ok(result)) if id == *self.id => Heard::Answer(Ok(result.to_owned())),
                // One exchange, one request: an error without an id can only be about it.
                (id, Err(wire)) if id.as_ref().is_none_or(|id| id == self.id) => {
                    Heard::Answer(Err(Error::from_wire(wire, self.revision)))
                }
                (Some(_) | None, _) => Heard::Nothing,
            },
            Message::Notification(notification) => {
                let log = &self.shared.context.log;
                if let News::Progress(token, report) = connection::read_notification(&notification, log)
                    && token == *self.id
                    && let Some(progress) = self.progress
                {
                    progress(report);
                }
                Heard::Nothing
            }
            Message::Request(request) if self.revision.has(Feature::ServerRequests) => Heard::Request {
                id: request.id,
                method: request.method.into_owned(),
                params: request.params.map(RawValue::to_owned),
            },
            Message::Request(_) => {
                let text = "skipped a request of the server: this revision has none";
                self.shared.context.log.line(LogLevel::Warning, text);
                Heard::Nothing
            }
        })
    }

    /// Reads events until the answer, serving the server's requests on the way.
    pub(crate) async fn stream(&mut self, mut answer: Answer) -> Result<Box<RawValue>, Error> {
        let (limit, in_flight) = (self.shared.context.limits.body, self.shared.context.limits.in_flight);
        let mut parser = Parser::new(limit);
        let mut events = Vec::new();
        let mut asked = FuturesUnordered::new();
        let mut tries = 0;
        loop {
            let chunk = tokio::select! {
                chunk = answer.chunk() => chunk,
                Some(()) = asked.next(), if !asked.is_empty() => continue,
            };
            let broken = match chunk {
                Some(Ok(bytes)) => {
                    let pushed = parser.push(&bytes, &mut events);
                    for event in events.drain(..) {
                        tries = 0;
                        // An event without data only says where to resume; other types are not messages.
                        if event.data.is_empty()
                            || event.name.as_deref().is_some_and(|name| name != "message")
                        {
                            continue;
                        }
                        match self.message(&event.data)? {
                            Heard::Answer(outcome) => return outcome,
                            Heard::Request { id, method, params } if asked.len() < in_flight => {
                                asked.push(self.serve(id, method, params));
                            }
                            Heard::Request { id, .. } => {
                                let refusal = serve::refuse(self.revision, &id, in_flight);
                                self.shared.deliver(self.revision, refusal).await?;
                            }
                            Heard::Nothing => {}
                        }
                    }
                    pushed.map_err(|_| {
                        Error::new(
                            ErrorKind::LimitExceeded,
                            format!("an event of more than {limit} bytes (limit body)"),
                        )
                    })?;
                    continue;
                }
                Some(Err(error)) => error,
                None => Error::new(ErrorKind::Transport, "the event stream ended before the answer"),
            };
            let (Some(last), false) = (parser.last_id(), self.revision.is_modern()) else {
                return Err(broken);
            };
            if tries == RESUMPTIONS {
                return Err(broken);
            }
            tries += 1;
            let last = header_value(last).map_err(|_| broken.clone())?;
            let pause = parser.retry().unwrap_or(RETRY);
            let (shared, revision) = (self.shared, self.revision);
            let resume = async {
                tokio::time::sleep(pause).await;
                shared.resume(revision, last).await
            };
            tokio::pin!(resume);
            answer = loop {
                tokio::select! {
                    answer = &mut resume => break answer?,
                    Some(()) = asked.next(), if !asked.is_empty() => {}
                }
            };
            parser = parser.resumed();
        }
    }

    fn serve(&self, id: Id, method: String, params: Option<Box<RawValue>>) -> BoxFuture<'r, ()> {
        let (shared, patience, revision) = (self.shared, self.patience, self.revision);
        async move {
            let handler = shared.context.handler.as_deref();
            let frame = serve::answer(handler, patience, revision, &id, &method, params.as_deref()).await;
            if let Err(error) = shared.deliver(revision, frame).await {
                let text = format!("an answer to the server could not be delivered: {}", error.detail);
                shared.context.log.line(LogLevel::Error, &text);
            }
        }
        .boxed()
    }
}

/// What a message is to the request being read.
enum Heard {
    Answer(Result<Box<RawValue>, Error>),
    Request { id: Id, method: String, params: Option<Box<RawValue>> },
    Nothing,
}
