//! Reading the answer to one HTTP request: one message, or a stream of events that ends with it.
//!
//! Owns which message is the answer, and what happens to the others on the way. Must never send the request again.
//! Specification: Streamable HTTP, "Receiving Messages", and "Resumability and Redelivery" of the session revisions.

use std::sync::Arc;
use std::time::Duration;

use dovetail_protocol::jsonrpc::{self, Frame};
use dovetail_protocol::{Error, ErrorKind, Feature, Id, Message, RawValue, Revision};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::connection::{self, Beat, News, Patience, ProgressSink};
use super::http::{Shared, header_value};
use super::log::LogLevel;
use super::reports::Reports;
use super::result::Progress;
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
    pub(crate) beat: &'r Beat,
    pub(crate) progress: &'r mut Option<&'p mut ProgressSink>,
}

impl<'r> Reading<'r, '_> {
    /// Reads the message that must be the answer.
    pub(crate) async fn answer(&mut self, body: &[u8]) -> Result<Box<RawValue>, Error> {
        for heard in hear(self.shared, self.revision, Some(self.id), body)? {
            match heard {
                Heard::Answer(outcome) => return outcome,
                Heard::Progress(report) => self.report(report).await,
                Heard::Request { .. } => {
                    let text = "skipped a request of the server: it came where only an answer belongs";
                    self.shared.context.log.line(LogLevel::Warning, text);
                }
            }
        }
        Err(Error::new(ErrorKind::Malformed, "the server did not answer the request it was sent"))
    }

    async fn report(&mut self, report: Progress) {
        self.patience.touch(self.beat);
        let report = self.shared.context.hub.pass(self.id, report).await;
        if let (Some(progress), Some(report)) = (&mut *self.progress, report) {
            progress(report);
        }
    }

    /// Reads events until the answer, serving the server's requests on the way.
    pub(crate) async fn stream(&mut self, mut answer: Answer) -> Result<Box<RawValue>, Error> {
        let (limit, in_flight) = (self.shared.context.limits.body, self.shared.context.limits.in_flight);
        let (shared, id, clock) = (self.shared, self.id, (self.patience, self.beat));
        let hook = shared.context.limits.hook;
        let reports = Reports::default();
        let mut delivering =
            std::pin::pin!(reports.deliver(&shared.context.hub, id, clock, self.progress.as_deref_mut()));
        let mut parser = Parser::new(limit);
        let mut events = Vec::new();
        let mut asked = FuturesUnordered::new();
        let mut tries = 0;
        loop {
            let chunk = tokio::select! {
                biased;
                () = &mut delivering => continue,
                Some(()) = asked.next(), if !asked.is_empty() => continue,
                chunk = answer.chunk() => chunk,
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
                        for heard in hear(self.shared, self.revision, Some(self.id), &event.data)? {
                            match heard {
                                Heard::Answer(outcome) => {
                                    reports.finish(delivering, hook).await;
                                    return outcome;
                                }
                                Heard::Progress(report) => reports.push(report),
                                Heard::Request { id, method, params } if asked.len() < in_flight => {
                                    let (shared, patience) = (self.shared, self.patience);
                                    asked.push(serve(shared, patience, self.revision, id, method, params));
                                }
                                Heard::Request { id, .. } => {
                                    let refusal = serve::refuse(self.revision, &id, in_flight);
                                    self.shared.deliver(self.revision, refusal).await?;
                                }
                            }
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
            let (Some(last), true) = (parser.last_id(), self.revision.has(Feature::Resumable)) else {
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
}

/// Serves a request of the server and delivers the answer.
pub(crate) fn serve<'r>(
    shared: &'r Arc<Shared>,
    patience: &'r Patience,
    revision: Revision,
    id: Id,
    method: String,
    params: Option<Box<RawValue>>,
) -> BoxFuture<'r, ()> {
    async move {
        let frame = serve::answer(&shared.context, patience, revision, &id, &method, params.as_deref()).await;
        if let Err(error) = shared.deliver(revision, frame).await {
            let text = format!("an answer to the server could not be delivered: {}", error.detail);
            shared.context.log.line(LogLevel::Error, &text);
        }
    }
    .boxed()
}

/// What a message is to the request being read.
pub(crate) enum Heard {
    Answer(Result<Box<RawValue>, Error>),
    Progress(Progress),
    Request { id: Id, method: String, params: Option<Box<RawValue>> },
}

/// Reads a message, or a batch of them where the revision has batches. `own`: the request that is to be answered.
pub(crate) fn hear(
    shared: &Arc<Shared>,
    revision: Revision,
    own: Option<&Id>,
    body: &[u8],
) -> Result<Vec<Heard>, Error> {
    let context = &shared.context;
    let wrong =
        |detail: &str| Error::new(ErrorKind::Malformed, format!("the answer cannot be read: {detail}"));
    let frame = jsonrpc::parse_frame(body, &context.limits).map_err(|malformed| wrong(&malformed.detail))?;
    let messages = match frame {
        Frame::One(message) => vec![message],
        Frame::Batch(messages) if revision.has(Feature::Batches) => {
            let all: Result<_, _> = messages.into_iter().collect();
            all.map_err(|malformed| wrong(&malformed.detail))?
        }
        Frame::Batch(_) => return Err(wrong("it is a batch, and this revision has none")),
    };
    let mut heard = Vec::with_capacity(messages.len());
    for message in messages {
        match message {
            Message::Response(response) => match (response.id, response.outcome) {
                (Some(id), Ok(result)) if Some(&id) == own => {
                    heard.push(Heard::Answer(Ok(result.to_owned())))
                }
                // One exchange, one request: an error without an id can only be about it.
                (id, Err(wire)) if own.is_some() && id.as_ref().is_none_or(|id| Some(id) == own) => {
                    heard.push(Heard::Answer(Err(Error::from_wire(wire, revision))));
                }
                (Some(_) | None, _) => {}
            },
            Message::Notification(notification) => {
                if let News::Progress(token, report) = connection::read_notification(&notification, context)
                    && Some(&token) == own
                {
                    heard.push(Heard::Progress(report));
                }
            }
            Message::Request(request) if revision.has(Feature::ServerRequests) => {
                heard.push(Heard::Request {
                    id: request.id,
                    method: request.method.into_owned(),
                    params: request.params.map(RawValue::to_owned),
                })
            }
            Message::Request(_) => {
                let text = "skipped a request of the server: this revision has none";
                context.log.line(LogLevel::Warning, text);
            }
        }
    }
    Ok(heard)
}
