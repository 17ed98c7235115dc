//! A connection over two streams of frames: a child process, or a server in this process.
//!
//! Owns request ids, the table of open requests, progress, and the server's own requests. Must never block its
//! reader: answers, cancellations and pings get through however much else waits.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use dovetail_protocol::jsonrpc::{self, Frame, write_notification, write_request};
use dovetail_protocol::{
    Error, ErrorKind, Feature, Id, Malformed, Message, RawValue, Request, Response, Revision, meta, methods,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

use super::connection::{self, Connection, News, Outgoing, Patience, Settled};
use super::context::Context;
use super::log::LogLevel;
use super::reports::Reports;
use super::serve;
use crate::transport::child::{self, Line, Lines};

/// How long a request whose frame could not be sent waits for the reason.
const EPITAPH: Duration = Duration::from_secs(1);

/// Where frames come from.
pub(crate) enum Source {
    /// A server in this process.
    Memory(mpsc::Receiver<Bytes>),
    /// An event stream.
    Events(mpsc::Receiver<Bytes>),
    /// The standard output of a child process.
    Child(Box<Lines>),
}

impl Source {
    async fn next(&mut self) -> Option<Line> {
        match self {
            Self::Memory(frames) | Self::Events(frames) => frames.recv().await.map(Line::Frame),
            Self::Child(lines) => lines.next().await,
        }
    }
}

pub(crate) struct Frames {
    shared: Arc<Shared>,
    child: Option<child::Handle>,
}

struct Shared {
    context: Context,
    state: Mutex<State>,
    next_id: AtomicI64,
    patience: Patience,
    over: CancellationToken,
    settled: Settled,
    spoken: AtomicBool,
    late: Mutex<Option<Box<RawValue>>>,
    /// Whether another connection will take the place of this one.
    lasting: bool,
}

/// The id of the first request, whose answer is worth having even when it is late.
const FIRST: i64 = 1;

struct State {
    out: Option<mpsc::Sender<Bytes>>,
    ended: Option<Error>,
    pending: HashMap<i64, Pending>,
    served: HashMap<Id, AbortHandle>,
}

struct Pending {
    reply: oneshot::Sender<Result<Box<RawValue>, Error>>,
    progress: Option<Arc<Reports>>,
}

impl Frames {
    /// Starts the reader. Needs a runtime.
    pub(crate) fn start(
        context: Context,
        out: mpsc::Sender<Bytes>,
        source: Source,
        child: Option<child::Handle>,
    ) -> Self {
        let shared = Arc::new(Shared {
            context,
            state: Mutex::new(State {
                out: Some(out),
                ended: None,
                pending: HashMap::new(),
                served: HashMap::new(),
            }),
            next_id: AtomicI64::new(FIRST),
            patience: Patience::default(),
            over: CancellationToken::new(),
            settled: Settled::default(),
            spoken: AtomicBool::new(false),
            late: Mutex::new(None),
            lasting: matches!(source, Source::Events(_)),
        });
        tokio::spawn(read(shared.clone(), source, child.clone()));
        Self { shared, child }
    }

    async fn run(&self, mut request: Outgoing<'_>) -> Result<Box<RawValue>, Error> {
        let shared = &*self.shared;
        let number = shared.next_id.fetch_add(1, Ordering::Relaxed);
        let id = Id::Number(number);
        let mut frame = Vec::new();
        write_request(&mut frame, &id, request.method, &shared.context.identity.params(&request, &id));

        let reports = request.progress.is_some().then(Arc::<Reports>::default);
        let (reply, mut answer) = oneshot::channel();
        let out = shared.register(number, Pending { reply, progress: reports.clone() })?;
        let mut flight = Flight { shared, number, cancel: false, reason: "the caller stopped waiting" };
        if let Some(started) = request.started.take() {
            started(&id);
        }
        let mut sink = request.progress.take();
        let beat = shared.patience.start();
        let exchange = async {
            let sent = out.send(Bytes::from(frame)).await.is_ok();
            drop(out);
            flight.cancel = sent && request.cancellable;
            if !sent {
                // The reader knows better than a broken pipe why nothing can be sent.
                let reason = tokio::time::timeout(EPITAPH, &mut answer).await;
                let unknown = || Err(Error::new(ErrorKind::Transport, "the server has closed its input"));
                return reason.ok().and_then(Result::ok).unwrap_or_else(unknown);
            }
            let mut delivering = std::pin::pin!(async {
                match &reports {
                    Some(reports) => {
                        reports
                            .deliver(&shared.context.hub, &id, (&shared.patience, &beat), sink.take())
                            .await;
                    }
                    None => std::future::pending().await,
                }
            });
            let outcome = tokio::select! {
                biased;
                reply = &mut answer => reply.unwrap_or_else(|_| Err(connection::closed())),
                () = &mut delivering => Err(connection::closed()),
            };
            if let Some(reports) = &reports {
                reports.finish(delivering, shared.context.limits.hook).await;
            }
            outcome
        };
        let outcome = tokio::select! {
            biased;
            outcome = exchange => Ok(outcome),
            over = shared.patience.expired(request.wait, &beat) => Err(over),
        };
        match outcome {
            Ok(outcome) => {
                flight.cancel = false;
                shared.patience.mark_asked(&beat, outcome)
            }
            Err(over) => {
                flight.reason = "no answer in time";
                Err(connection::deadline(request.method, request.wait, over))
            }
        }
    }

    /// Why nothing can be sent any more, if so.
    pub(crate) fn ended(&self) -> Option<Error> {
        self.shared.lock().ended.clone()
    }

    /// Ends everything that needs no waiting.
    fn end(&self) {
        let open: Vec<i64> = self.shared.lock().pending.keys().copied().collect();
        for number in open {
            // A server process that still works on something would not end when its input does.
            self.shared.cancel(number, "the client is closing");
        }
        self.shared.end(connection::closed());
        self.shared.over.cancel();
        if let Some(child) = &self.child {
            child.stop();
        }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.end();
    }
}

impl Connection for Frames {
    fn exchange<'a>(&'a self, request: Outgoing<'a>) -> BoxFuture<'a, Result<Box<RawValue>, Error>> {
        self.run(request).boxed()
    }

    fn notify<'a>(
        &'a self,
        _revision: Revision,
        method: &'a str,
        params: &'a [u8],
    ) -> BoxFuture<'a, Result<(), Error>> {
        async move {
            let mut frame = Vec::new();
            write_notification(&mut frame, method, params);
            let out = self.shared.lock().out.clone().ok_or_else(connection::closed)?;
            let send = tokio::time::timeout(self.shared.context.limits.call_timeout, out.send(frame.into()));
            match send.await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(Error::new(ErrorKind::Transport, "the server has closed its input")),
                Err(_) => Err(Error::new(ErrorKind::DeadlineExceeded, "the server does not read its input")),
            }
        }
        .boxed()
    }

    fn settle(&self, revision: Revision) {
        self.shared.settled.set(revision);
    }

    fn late(&self) -> Option<Box<RawValue>> {
        self.shared.late.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn has_spoken(&self) -> bool {
        self.shared.spoken.load(Ordering::Acquire)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async move {
            self.end();
            if let Some(child) = &self.child {
                child.ended().await;
            }
        }
        .boxed()
    }
}

/// One open request; leaving the table and telling the peer happen however the wait ends.
struct Flight<'a> {
    shared: &'a Shared,
    number: i64,
    cancel: bool,
    reason: &'static str,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let open = self.shared.lock().pending.remove(&self.number).is_some();
        if open && self.cancel {
            self.shared.cancel(self.number, self.reason);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn register(&self, number: i64, pending: Pending) -> Result<mpsc::Sender<Bytes>, Error> {
        let mut state = self.lock();
        if let Some(error) = &state.ended {
            return Err(error.clone());
        }
        let limit = self.context.limits.in_flight;
        if state.pending.len() >= limit {
            return Err(connection::busy(limit));
        }
        let out = state.out.clone().ok_or_else(connection::closed)?;
        state.pending.insert(number, pending);
        Ok(out)
    }

    fn cancel(&self, number: i64, reason: &str) {
        let mut frame = Vec::new();
        write_notification(
            &mut frame,
            methods::CANCELLED,
            &meta::cancelled_params(&Id::Number(number), Some(reason)),
        );
        self.post(frame);
    }

    /// Sends without waiting; when the queue is full, a task of its own waits.
    fn post(&self, frame: Vec<u8>) {
        let Some(out) = self.lock().out.clone() else { return };
        if let Err(mpsc::error::TrySendError::Full(frame)) = out.try_send(frame.into()) {
            let over = self.over.clone();
            // Without a runtime there is nobody left to write it either.
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                runtime.spawn(async move {
                    let _ = over.run_until_cancelled(out.send(frame)).await;
                });
            }
        }
    }

    /// Fails what is open with `error`, and everything later, too.
    fn end(&self, error: Error) {
        let mut state = self.lock();
        state.out = None;
        state.ended.get_or_insert_with(|| error.clone());
        let pending = std::mem::take(&mut state.pending);
        let served = std::mem::take(&mut state.served);
        drop(state);
        if error.kind != ErrorKind::Closed {
            self.context.hub.deaf(&error);
        }
        if !self.lasting {
            self.context.hub.end();
        }
        for task in served.into_values() {
            task.abort();
        }
        for open in pending.into_values() {
            // A caller that has gone away needs no answer.
            let _ = open.reply.send(Err(error.clone()));
        }
    }

    fn receive(self: &Arc<Self>, frame: &[u8]) {
        match jsonrpc::parse_frame(frame, &self.context.limits) {
            Ok(Frame::One(message)) => self.take(message),
            Ok(Frame::Batch(messages)) => {
                if self.settled.get().is_some_and(|revision| !revision.has(Feature::Batches)) {
                    let text = "skipped a batch of the server: this revision has none";
                    self.context.log.line(LogLevel::Error, text);
                    return;
                }
                for message in messages {
                    match message {
                        Ok(message) => self.take(message),
                        Err(malformed) => self.skip(&malformed),
                    }
                }
            }
            Err(malformed) => self.skip(&malformed),
        }
    }

    fn skip(&self, malformed: &Malformed) {
        let level = if malformed.response { LogLevel::Error } else { LogLevel::Warning };
        self.context.log.line(level, &format!("skipped what the server wrote: {}", malformed.detail));
        if let (true, Some(Id::Number(number))) = (malformed.response, &malformed.id) {
            let detail = format!("the answer cannot be read: {}", malformed.detail);
            self.complete(*number, Err(Error::new(ErrorKind::Malformed, detail)));
        }
    }

    fn take(self: &Arc<Self>, message: Message<'_>) {
        self.spoken.store(true, Ordering::Release);
        match message {
            Message::Response(response) => self.respond(response),
            Message::Notification(notification) => {
                match connection::read_notification(&notification, &self.context) {
                    News::Progress(Id::Number(number), report) => {
                        let inbox = self.lock().pending.get(&number).and_then(|open| open.progress.clone());
                        if let Some(inbox) = inbox {
                            inbox.push(report);
                        }
                    }
                    News::Cancelled(id) => {
                        if let Some(task) = self.lock().served.remove(&id) {
                            task.abort();
                        }
                    }
                    News::Progress(Id::Text(_), _) | News::Nothing => {}
                }
            }
            Message::Request(request) => self.serve(request),
        }
    }

    fn respond(&self, response: Response<'_>) {
        match (response.id, response.outcome) {
            (Some(Id::Number(number)), Ok(result)) => self.complete(number, Ok(result.to_owned())),
            (Some(Id::Number(number)), Err(wire)) => {
                let revision = self.settled.get().unwrap_or(Revision::LATEST);
                self.complete(number, Err(Error::from_wire(wire, revision)));
            }
            (None, Err(wire)) => {
                let text =
                    format!("the server could not read a message of ours: {} ({})", wire.message, wire.code);
                self.context.log.line(LogLevel::Error, &text);
            }
            (Some(Id::Text(_)) | None, _) => {
                self.context.log.line(LogLevel::Warning, "skipped an answer to a request nobody made");
            }
        }
    }

    fn complete(&self, number: i64, outcome: Result<Box<RawValue>, Error>) {
        let open = self.lock().pending.remove(&number);
        match (open, outcome) {
            (Some(open), outcome) => {
                let _ = open.reply.send(outcome);
            }
            // Late answers are normal: their callers have stopped waiting. The first one tells who the server is.
            (None, Ok(result)) if number == FIRST && self.settled.get().is_none() => {
                *self.late.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            }
            (None, _) => {}
        }
    }

    fn serve(self: &Arc<Self>, request: Request<'_>) {
        let revision = self.settled.get();
        if revision.is_some_and(|revision| !revision.has(Feature::ServerRequests)) {
            self.context
                .log
                .line(LogLevel::Warning, "skipped a request of the server: this revision has none");
            return;
        }
        // Before anything is negotiated, only servers of the session revisions send requests.
        let revision = revision.unwrap_or(Revision::LEGACY[0]);
        let limit = self.context.limits.in_flight;
        let mut state = self.lock();
        if state.ended.is_some() {
            return;
        }
        if state.served.len() >= limit {
            drop(state);
            self.post(serve::refuse(revision, &request.id, limit));
            return;
        }
        let id = request.id.clone();
        let method = request.method.into_owned();
        let params = request.params.map(RawValue::to_owned);
        let shared = self.clone();
        let task = tokio::spawn(async move {
            let context = &shared.context;
            let answer =
                serve::answer(context, &shared.patience, revision, &request.id, &method, params.as_deref())
                    .await;
            shared.lock().served.remove(&request.id);
            shared.post(answer);
        });
        // The lock is still held, so the task cannot have left the table before it entered.
        state.served.insert(id, task.abort_handle());
    }
}

async fn read(shared: Arc<Shared>, mut source: Source, child: Option<child::Handle>) {
    let over = shared.over.clone();
    let work = async {
        loop {
            match source.next().await {
                Some(Line::Frame(frame)) => shared.receive(&frame),
                Some(Line::TooLong { id }) => {
                    let detail =
                        format!("a line of more than {} bytes (limit line)", shared.context.limits.line);
                    shared
                        .context
                        .log
                        .line(LogLevel::Error, &format!("skipped what the server wrote: {detail}"));
                    if let Some(number) = id {
                        let detail = format!("the answer is {detail}");
                        shared.complete(number, Err(Error::new(ErrorKind::LimitExceeded, detail)));
                    }
                }
                None => break,
            }
        }
        let reason = match (&child, &source) {
            (Some(child), _) => child.epitaph().await,
            (None, Source::Events(_)) => {
                Error::new(ErrorKind::Transport, "the event stream of the server has ended")
            }
            (None, Source::Memory(_) | Source::Child(_)) => {
                Error::new(ErrorKind::Closed, "the server has ended the connection")
            }
        };
        shared.end(reason);
    };
    over.run_until_cancelled(work).await;
}
