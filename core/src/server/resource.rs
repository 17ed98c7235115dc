//! Resources and resource templates: a definition and a handler that reads.
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dovetail_protocol::types::{
    Annotations, Contents, Resource as Spec, ResourceTemplate as TemplateSpec, read_body,
};
use dovetail_protocol::{Cache, CacheScope, Error, ErrorKind};
use futures_util::future::BoxFuture;
use serde::Deserialize;

use super::completion::Completer;
use super::described::{completed, described};
use super::{Context, Failure, Handler, Output};

/// What reading a resource gives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ReadOutput {
    /// Text, of the media type in the definition.
    Text(String),
    /// Bytes, of the media type in the definition.
    Blob(Bytes),
    /// Contents in the terms of the specification.
    Contents(Vec<Contents>),
}

impl From<String> for ReadOutput {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for ReadOutput {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for ReadOutput {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes.into())
    }
}

impl From<Contents> for ReadOutput {
    fn from(contents: Contents) -> Self {
        Self::Contents(vec![contents])
    }
}

impl From<Vec<Contents>> for ReadOutput {
    fn from(contents: Vec<Contents>) -> Self {
        Self::Contents(contents)
    }
}

impl ReadOutput {
    fn into_output(self) -> Result<Output, Failure> {
        match self {
            Self::Text(text) => Ok(Output::text(&text)),
            Self::Blob(bytes) => Ok(Output::Blob(bytes)),
            Self::Contents(contents) => Ok(Output::Whole(read_body(&contents).into())),
        }
    }
}

/// A resource that a [`Server`](crate::Server) offers: data under a URI of its own.
#[derive(Clone)]
pub struct Resource {
    pub(crate) spec: Spec,
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) cache: Option<Cache>,
}

impl std::fmt::Debug for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resource").field("uri", &self.spec.uri).finish_non_exhaustive()
    }
}

impl Resource {
    /// A resource whose contents a function makes, each time it is read. It may return a `String`, bytes, or
    /// [`Contents`].
    pub fn new<R, F, Fut>(uri: &str, name: &str, read: F) -> Self
    where
        R: Into<ReadOutput>,
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, Failure>> + Send + 'static,
    {
        Self::with(
            Spec::new(uri, name),
            Read(move |_: Bytes, context: Context| {
                let reading = read(context);
                Ok(async move { reading.await?.into().into_output() })
            }),
        )
    }

    /// A resource that is always this text.
    pub fn text(uri: &str, name: &str, text: &str) -> Self {
        let text = text.to_owned();
        Self::new(uri, name, move |_| std::future::ready(Ok(ReadOutput::Text(text.clone()))))
    }

    /// A resource that is always these bytes.
    pub fn blob(uri: &str, name: &str, mime_type: &str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self::new(uri, name, move |_| std::future::ready(Ok(ReadOutput::Blob(bytes.clone()))))
            .mime_type(mime_type)
    }

    /// A resource from its definition in the terms of the specification, and a handler that gets `{"uri"}`.
    ///
    /// # Errors
    /// `invalid_argument` when the JSON is not a resource definition.
    pub fn from_json(spec: &[u8], handler: impl Handler) -> Result<Self, Error> {
        let spec: Spec = serde_json::from_slice(spec)
            .map_err(|error| Error::new(ErrorKind::InvalidConfig, format!("resource definition: {error}")))?;
        Ok(Self::with(spec, handler))
    }

    fn with(spec: Spec, handler: impl Handler) -> Self {
        Self { spec, handler: Arc::new(handler), cache: None }
    }

    /// The size in bytes, for display.
    #[must_use]
    pub fn size(mut self, bytes: u64) -> Self {
        self.spec.size = Some(bytes);
        self
    }
}

/// A family of resources under URIs of one pattern (RFC 6570).
#[derive(Clone)]
pub struct ResourceTemplate {
    pub(crate) spec: TemplateSpec,
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) cache: Option<Cache>,
    pub(crate) completers: BTreeMap<String, Completer>,
}

impl std::fmt::Debug for ResourceTemplate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResourceTemplate")
            .field("uri_template", &self.spec.uri_template)
            .finish_non_exhaustive()
    }
}

/// What a URI says about the variables of its template.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    uri: String,
    values: BTreeMap<String, String>,
}

impl Variables {
    /// The URI as it was asked for.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The value of a variable, decoded; `None` when the URI leaves it out.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}

#[derive(Deserialize)]
struct ReadArguments {
    uri: String,
    #[serde(default)]
    variables: BTreeMap<String, String>,
}

impl ResourceTemplate {
    /// A family of resources whose contents a function makes from the variables of the URI.
    pub fn new<R, F, Fut>(uri_template: &str, name: &str, read: F) -> Self
    where
        R: Into<ReadOutput>,
        F: Fn(Variables, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, Failure>> + Send + 'static,
    {
        Self::with(
            TemplateSpec::new(uri_template, name),
            Read(move |arguments: Bytes, context: Context| {
                let ReadArguments { uri, variables } =
                    serde_json::from_slice(&arguments).map_err(Failure::tool)?;
                let reading = read(Variables { uri, values: variables }, context);
                Ok(async move { reading.await?.into().into_output() })
            }),
        )
    }

    /// A family from its definition in the terms of the specification, and a handler that gets
    /// `{"uri", "variables"}`.
    ///
    /// # Errors
    /// `invalid_argument` when the JSON is not a template definition.
    pub fn from_json(spec: &[u8], handler: impl Handler) -> Result<Self, Error> {
        let spec: TemplateSpec = serde_json::from_slice(spec)
            .map_err(|error| Error::new(ErrorKind::InvalidConfig, format!("template definition: {error}")))?;
        Ok(Self::with(spec, handler))
    }

    fn with(spec: TemplateSpec, handler: impl Handler) -> Self {
        Self { spec, handler: Arc::new(handler), cache: None, completers: BTreeMap::new() }
    }
}

macro_rules! read {
    ($($of:ident)+) => {$(
        impl $of {
            /// What it is, for a model.
            #[must_use]
            pub fn description(mut self, description: &str) -> Self {
                self.spec.description = Some(description.to_owned());
                self
            }

            /// The media type.
            #[must_use]
            pub fn mime_type(mut self, mime_type: &str) -> Self {
                self.spec.mime_type = Some(mime_type.to_owned());
                self
            }

            /// For whom it is, and how important.
            #[must_use]
            pub fn annotations(mut self, annotations: Annotations) -> Self {
                self.spec.annotations = Some(annotations);
                self
            }

            /// How long, and by whom, what was read may be reused. Default: what the server says for reads.
            #[must_use]
            pub fn cache(mut self, ttl: Duration, scope: CacheScope) -> Self {
                let ttl_ms = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
                self.cache = Some(Cache { ttl_ms, scope });
                self
            }
        }
    )+};
}

read! { Resource ResourceTemplate }
described! { Resource ResourceTemplate }
completed! { ResourceTemplate }

struct Read<F>(F);

impl<F, Fut> Handler for Read<F>
where
    F: Fn(Bytes, Context) -> Result<Fut, Failure> + Send + Sync + 'static,
    Fut: Future<Output = Result<Output, Failure>> + Send + 'static,
{
    fn call(&self, context: Context, arguments: Bytes) -> BoxFuture<'static, Result<Output, Failure>> {
        match (self.0)(arguments, context) {
            Ok(reading) => Box::pin(reading),
            Err(failure) => Box::pin(std::future::ready(Err(failure))),
        }
    }
}
