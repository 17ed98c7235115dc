//! The two-endpoint transport of 2024-11-05: messages go out on one long event stream, and come in by POST at
//! another path. Off unless a server turns it on.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use dovetail_protocol::{Error, ErrorKind, Revision};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Body;

use super::body::{self, Peer};
use super::head::{Head, plain, refusal, refusal_with};
use super::{Exchange, ExchangeBody, named, not_allowed};
use crate::server::Connection;

/// What names a client in the query of the second endpoint.
const KEY: &str = "session";

/// The clients that are connected, by the id that only they know.
#[derive(Default)]
pub(super) struct Peers(Mutex<HashMap<String, Arc<Connection>>>);

impl Peers {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Connection>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets a client when dropped.
pub(super) struct Leave {
    peers: Weak<Peers>,
    id: String,
}

impl Drop for Leave {
    fn drop(&mut self) {
        let connection = self.peers.upgrade().and_then(|peers| peers.lock().remove(&self.id));
        if let Some(connection) = connection {
            connection.close();
        }
    }
}

impl Exchange {
    /// Opens the event stream of a client of revision 2024-11-05; `messages` is the path of the second endpoint.
    /// Dropping the body of the response ends the connection and cancels what runs for it.
    pub fn handle_sse<B>(&self, request: Request<B>, messages: &str) -> Response<ExchangeBody> {
        let (parts, _) = request.into_parts();
        let response = self.open_stream(&Head::read(&parts), messages);
        named(response, parts.headers)
    }

    fn open_stream(&self, head: &Head<'_>, messages: &str) -> Response<ExchangeBody> {
        if let Err(refusal) = self.admit_origin(head) {
            return refusal;
        }
        if head.parts.method != Method::GET {
            return not_allowed();
        }
        let limits = self.core.snapshot().limits().clone();
        let id = match crate::random::id() {
            Ok(id) => id,
            Err(error) => return refusal(Revision::LEGACY[0], &error),
        };
        let connection = Arc::new(Connection::new(self.core.clone(), head.principal()));
        {
            let mut peers = self.peers.lock();
            if peers.len() >= limits.sessions {
                let text =
                    format!("{} sessions are open (limit `sessions`); try again later", limits.sessions);
                return refusal(Revision::LEGACY[0], &Error::new(ErrorKind::Busy, text));
            }
            peers.insert(id.clone(), connection.clone());
        }
        let leave = Leave { peers: Arc::downgrade(&self.peers), id: id.clone() };
        let (closing, gone) = (self.core.closing.clone(), connection.ended());
        let ending = Arc::downgrade(&connection);
        tokio::spawn(async move {
            tokio::select! {
                () = closing.cancelled() => {}
                () = gone.cancelled() => {}
            }
            if let Some(connection) = ending.upgrade() {
                connection.close();
            }
        });
        body::peer(&format!("{messages}?{KEY}={id}"), Peer { connection, _leave: leave })
    }

    /// Takes a message of a client of revision 2024-11-05 in; its answer goes out on the event stream.
    pub async fn handle_message<B>(&self, request: Request<B>) -> Response<ExchangeBody>
    where
        B: Body + Send,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (parts, body) = request.into_parts();
        let response = self.take_message(&Head::read(&parts), body).await;
        named(response, parts.headers)
    }

    async fn take_message<B>(&self, head: &Head<'_>, body: B) -> Response<ExchangeBody>
    where
        B: Body + Send,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        if let Err(refusal) = self.admit_origin(head) {
            return refusal;
        }
        if head.parts.method != Method::POST {
            return not_allowed();
        }
        if !head.json {
            let error = Error::new(ErrorKind::InvalidRequest, "Content-Type must be application/json");
            return refusal_with(Revision::LEGACY[0], &error, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        let pairs = head.parts.uri.query().unwrap_or_default().split('&');
        let id = pairs.filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == KEY).map(|(_, id)| id);
        let connection = id.and_then(|id| self.peers.lock().get(id).cloned());
        let Some(connection) = connection.filter(|found| found.principal() == head.principal().as_deref())
        else {
            let error = Error::new(ErrorKind::NotFoundSession, "the event stream is unknown or has ended");
            return refusal(Revision::LEGACY[0], &error);
        };
        match self.read(body).await {
            Ok(body) => {
                connection.receive(body);
                plain(StatusCode::ACCEPTED)
            }
            Err(refusal) => refusal,
        }
    }
}
