//! Where notifications and questions of a handler go during one HTTP request.
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dovetail_protocol::{Error, ErrorKind, Feature, RawValue};
use futures_util::future::BoxFuture;

use crate::server::{Outbound, Urgency};
use crate::session::Session;
use crate::session::line::Line;
use crate::transport::outbox::{Outbox, Slot};

/// The stream of a request that describes itself: it lives as long as its connection.
#[derive(Default)]
pub(super) struct Wire {
    pub(super) outbox: Outbox,
}

impl Outbound for Wire {
    fn notify(&self, urgency: Urgency<'_>, frame: Bytes) {
        match slot(urgency) {
            Sending::Replacing(slot) => self.outbox.replace(slot, frame),
            Sending::Lossy => self.outbox.push_lossy(frame),
            Sending::Required => self.outbox.push(frame),
        };
    }

    fn request(&self, _: &'static str, _: Box<RawValue>) -> BoxFuture<'static, Result<Box<RawValue>, Error>> {
        Box::pin(std::future::ready(Err(Error::new(
            ErrorKind::Internal,
            "this revision has no server requests",
        ))))
    }
}

/// The stream of a request within a session: it outlives its connections. What comes after its end goes to the
/// standing stream of the session.
pub(super) struct SessionWire {
    pub(super) session: Arc<Session>,
    pub(super) line: Arc<Line>,
}

impl Outbound for SessionWire {
    fn notify(&self, urgency: Urgency<'_>, frame: Bytes) {
        let send = |line: &Line, frame: Bytes| match slot(urgency) {
            Sending::Replacing(slot) => line.replace(slot, frame),
            Sending::Lossy => line.push_lossy(frame),
            Sending::Required => line.push(frame),
        };
        if !send(&self.line, frame.clone()) {
            send(&self.session.standing, frame);
        }
    }

    fn request(
        &self,
        method: &'static str,
        params: Box<RawValue>,
    ) -> BoxFuture<'static, Result<Box<RawValue>, Error>> {
        let (line, session) = (self.line.clone(), self.session.clone());
        let (frame, answered) = self.session.questions.open(method, &params, move |frame| {
            if !line.push(frame.clone()) {
                session.standing.push(frame);
            }
        });
        if !self.line.push(frame.clone()) {
            self.session.standing.push(frame);
        }
        answered
    }

    fn detach(&self, retry: Option<Duration>) {
        if self.session.client.revision.has(Feature::PrimingEvent) {
            self.line.part(retry);
        }
    }
}

enum Sending {
    Replacing(Slot),
    Lossy,
    Required,
}

/// On a stream of its own, a request needs no number in its slots.
fn slot(urgency: Urgency<'_>) -> Sending {
    Sending::Replacing(match urgency {
        Urgency::Progress => Slot::Progress(0),
        Urgency::News(kind) => Slot::News(0, kind),
        Urgency::Resource(uri) => Slot::Resource(0, uri.into()),
        Urgency::Lossy => return Sending::Lossy,
        Urgency::Required => return Sending::Required,
    })
}
