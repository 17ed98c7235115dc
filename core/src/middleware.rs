//! Middleware: an ordered chain around every request and notification, the same on both sides.
//!
//! On a server a layer sees what comes in; on a client it sees requests that go out and notifications that come in.
//! The layer that was added first is the outermost one. A layer may change the parameters, answer by itself, refuse,
//! or look at the outcome; it must never need to know the revision to do so, because parameters and results have
//! the shape of the specification without the members that the codecs add. A cancellation has taken effect before a
//! layer sees it: nothing may hold it back.
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use dovetail_protocol::meta::RequestMeta;
use dovetail_protocol::{Error, ErrorKind, RawValue, Revision, headers};
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::server::CallInfo;

/// A request or notification on its way through the chain.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Message {
    /// The wire method.
    pub method: Arc<str>,
    /// The parameters, a JSON object; empty when there are none.
    pub params: Bytes,
    /// The revision that the message speaks.
    pub revision: Revision,
    /// Who sent it, on a server; `None` is anonymous.
    pub principal: Option<Arc<str>>,
    /// Whether nobody waits for an answer.
    pub notification: bool,
}

impl Message {
    /// A request of nobody.
    pub fn request(method: &str, params: impl Into<Bytes>, revision: Revision) -> Self {
        Self::new(Arc::from(method), params.into(), revision, None)
    }

    pub(crate) fn new(
        method: Arc<str>,
        params: Bytes,
        revision: Revision,
        principal: Option<Arc<str>>,
    ) -> Self {
        Self { method, params, revision, principal, notification: false }
    }

    /// The same as a notification.
    #[must_use]
    pub fn notifying(mut self) -> Self {
        self.notification = true;
        self
    }

    /// The parameters as a type of the program's.
    ///
    /// # Errors
    /// `invalid_params` when they do not convert.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let params = if self.params.is_empty() { b"{}" } else { &self.params[..] };
        serde_json::from_slice(params)
            .map_err(|error| Error::new(ErrorKind::InvalidParams, format!("the parameters: {error}")))
    }

    /// The same message with other parameters, a JSON object. Metadata and the answers of earlier rounds stay as they
    /// are unless the new parameters have members for them.
    ///
    /// # Errors
    /// `invalid_params` when they have no JSON form.
    pub fn with_params(mut self, params: impl Serialize) -> Result<Self, Error> {
        let json = serde_json::to_vec(&params)
            .map_err(|error| Error::new(ErrorKind::InvalidParams, format!("the parameters: {error}")))?;
        self.params = json.into();
        Ok(self)
    }

    /// The members of [`CallInfo`] as JSON, as far as the message tells them itself: the client of a session is not
    /// known here.
    pub fn info_json(&self) -> Vec<u8> {
        let raw: Option<&RawValue> = serde_json::from_slice(&self.params).ok();
        let meta = RequestMeta::of_params(raw).unwrap_or_default();
        let member = |name: &str| -> Option<String> {
            let members: BTreeMap<&str, &RawValue> = serde_json::from_str(raw?.get()).ok()?;
            serde_json::from_str(members.get(name)?.get()).ok()
        };
        let info = CallInfo {
            method: &self.method,
            name: &headers::name_source(&self.method).and_then(member).unwrap_or_default(),
            revision: self.revision.as_str(),
            client: meta.client_info,
            client_capabilities: meta.client_capabilities,
            meta: meta.raw,
            progress: meta.progress_token.is_some(),
            principal: self.principal.as_deref(),
            round: 0,
        };
        serde_json::to_vec(&info).expect("strings, numbers and JSON always serialize")
    }
}

/// What a request comes to: the result object, or an error.
pub type Outcome = Result<Bytes, Error>;

/// One layer of the chain. Both methods pass everything on unless they are implemented.
///
/// Dropping a returned future cancels what is inside of it; a layer must not swallow that by spawning.
pub trait Layer: Send + Sync + 'static {
    /// Handles a request. Call [`Next::run`] to let it go on, at most once.
    fn request(&self, message: Message, next: Next) -> BoxFuture<'static, Outcome> {
        next.run(message)
    }

    /// Handles a notification. Not calling [`NextNotification::run`] drops it.
    fn notification(&self, message: Message, next: NextNotification) -> BoxFuture<'static, ()> {
        next.run(message)
    }
}

/// A layer around requests from a function; notifications pass by.
impl<F, Fut> Layer for F
where
    F: Fn(Message, Next) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Outcome> + Send + 'static,
{
    fn request(&self, message: Message, next: Next) -> BoxFuture<'static, Outcome> {
        Box::pin(self(message, next))
    }
}

type Last<T> = Box<dyn FnOnce(Message) -> BoxFuture<'static, T> + Send>;

struct Rest<T> {
    layers: Arc<[Arc<dyn Layer>]>,
    at: usize,
    last: Last<T>,
}

impl<T> fmt::Debug for Rest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} layers to go", self.layers.len().saturating_sub(self.at))
    }
}

impl<T> Rest<T> {
    fn advance(mut self) -> Result<(Arc<dyn Layer>, Self), Last<T>> {
        match self.layers.get(self.at).cloned() {
            Some(layer) => {
                self.at += 1;
                Ok((layer, self))
            }
            None => Err(self.last),
        }
    }
}

/// The rest of the chain for a request.
#[derive(Debug)]
pub struct Next(Rest<Outcome>);

impl Next {
    /// Lets the request go on. Cancel-safe: dropping the future cancels the request.
    pub fn run(self, message: Message) -> BoxFuture<'static, Outcome> {
        match self.0.advance() {
            Ok((layer, rest)) => layer.request(message, Self(rest)),
            Err(last) => last(message),
        }
    }
}

/// The rest of the chain for a notification.
#[derive(Debug)]
pub struct NextNotification(Rest<()>);

impl NextNotification {
    /// Lets the notification go on.
    pub fn run(self, message: Message) -> BoxFuture<'static, ()> {
        match self.0.advance() {
            Ok((layer, rest)) => layer.notification(message, Self(rest)),
            Err(last) => last(message),
        }
    }
}

/// All layers of one server or client, in order.
#[derive(Clone)]
pub(crate) struct Chain(Arc<[Arc<dyn Layer>]>);

impl Default for Chain {
    fn default() -> Self {
        Self(Arc::new([]))
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({})", self.0.len())
    }
}

impl Chain {
    /// Adds a layer inside of all others.
    pub(crate) fn add(&mut self, layer: Arc<dyn Layer>) {
        self.0 = self.0.iter().cloned().chain([layer]).collect();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn request(
        &self,
        message: Message,
        last: impl FnOnce(Message) -> BoxFuture<'static, Outcome> + Send + 'static,
    ) -> BoxFuture<'static, Outcome> {
        Next(Rest { layers: self.0.clone(), at: 0, last: Box::new(last) }).run(message)
    }

    pub(crate) fn notification(
        &self,
        message: Message,
        last: impl FnOnce(Message) -> BoxFuture<'static, ()> + Send + 'static,
    ) -> BoxFuture<'static, ()> {
        NextNotification(Rest { layers: self.0.clone(), at: 0, last: Box::new(last) }).run(message)
    }
}
