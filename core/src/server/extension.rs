//! Extensions: capabilities and methods beyond the specification, ours and other people's.
use std::collections::BTreeMap;
use std::sync::Arc;

use dovetail_protocol::{Error, ErrorKind, RawValue};

use super::Handler;
use crate::middleware::Layer;

/// An extension that a [`Server`](crate::Server) offers: a capability under an identifier of its own, methods, and
/// layers around everything else (specification: `basic/index`, Extensions).
#[derive(Clone)]
pub struct Extension {
    pub(crate) id: String,
    pub(crate) capability: Box<RawValue>,
    pub(crate) methods: BTreeMap<String, Arc<dyn Handler>>,
    pub(crate) layers: Vec<Arc<dyn Layer>>,
    fault: Option<Error>,
}

impl std::fmt::Debug for Extension {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Extension").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Extension {
    /// An extension under an identifier such as `com.example/thing`, without settings.
    pub fn new(id: &str) -> Self {
        let capability = RawValue::from_string("{}".to_owned()).expect("a constant");
        Self { id: id.to_owned(), capability, methods: BTreeMap::new(), layers: Vec::new(), fault: None }
    }

    /// The settings object that the server declares.
    #[must_use]
    pub fn capability(mut self, settings: Box<RawValue>) -> Self {
        if !settings.get().starts_with('{') {
            self.fault = Some(Error::new(
                ErrorKind::InvalidConfig,
                format!("extension {:?}: its settings are a JSON object", self.id),
            ));
        }
        self.capability = settings;
        self
    }

    /// Answers a method. The handler gets the whole parameters object and returns the result object; it may not
    /// ask.
    #[must_use]
    pub fn method(mut self, method: &str, handler: impl Handler) -> Self {
        self.methods.insert(method.to_owned(), Arc::new(handler));
        self
    }

    /// Adds a layer around every request and notification.
    #[must_use]
    pub fn layer(mut self, layer: impl Layer) -> Self {
        self.layers.push(Arc::new(layer));
        self
    }

    /// The first mistake in it.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let named =
            self.id.split_once('/').is_some_and(|(prefix, name)| !prefix.is_empty() && !name.is_empty());
        if named {
            return Ok(());
        }
        let text = format!("extension {:?}: an identifier is a reversed domain, a slash and a name", self.id);
        Err(Error::new(ErrorKind::InvalidConfig, text))
    }
}
