//! One consistent state of what is registered and configured. Requests keep the one they started with.
use std::any::{Any, TypeId};
use std::borrow::Borrow;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use dovetail_protocol::param_headers::ParamHeaders;
use dovetail_protocol::rounds::Keyring;
use dovetail_protocol::tools::ToolSpec;
use dovetail_protocol::types::{self, Offer, ServerCapabilities};
use dovetail_protocol::uri_template::UriTemplate;
use dovetail_protocol::{Cache, CacheScope, Error, ErrorKind, Limits, RawValue, Revision};

use super::completion::Completer;
use super::extension::Extension;
use super::listing::Listing;
use super::once::{LocalOnce, OnceStore};
use super::registry::Registry;
use super::run::Habits;
use super::{Handler, Prompt, Resource, ResourceTemplate, Tool};
use crate::client::Log;
use crate::middleware::{Chain, Layer};
use crate::schema::Schema;

/// A tool with its compiled schema.
pub(crate) struct RegisteredTool {
    pub(crate) tool: Tool,
    pub(crate) input: Schema,
    pub(crate) headers: ParamHeaders,
    pub(crate) habits: Habits,
    pub(crate) swallowed: AtomicBool,
}

/// A prompt, registered.
pub(crate) struct RegisteredPrompt {
    pub(crate) prompt: Prompt,
    pub(crate) swallowed: AtomicBool,
}

/// A resource, registered.
pub(crate) struct RegisteredResource {
    pub(crate) resource: Resource,
    pub(crate) swallowed: AtomicBool,
}

/// A template with its compiled pattern.
pub(crate) struct RegisteredTemplate {
    pub(crate) template: ResourceTemplate,
    pub(crate) pattern: UriTemplate,
    pub(crate) swallowed: AtomicBool,
}

/// A definition on its way into a list.
pub(crate) struct Listed<T>(pub(crate) Arc<T>);

impl Borrow<ToolSpec> for Listed<RegisteredTool> {
    fn borrow(&self) -> &ToolSpec {
        &self.0.tool.spec
    }
}

impl Borrow<types::Prompt> for Listed<RegisteredPrompt> {
    fn borrow(&self) -> &types::Prompt {
        &self.0.prompt.spec
    }
}

impl Borrow<types::Resource> for Listed<RegisteredResource> {
    fn borrow(&self) -> &types::Resource {
        &self.0.resource.spec
    }
}

impl Borrow<types::ResourceTemplate> for Listed<RegisteredTemplate> {
    fn borrow(&self) -> &types::ResourceTemplate {
        &self.0.template.spec
    }
}

/// A result that a client may reuse (`server/utilities/caching`).
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Cacheable {
    /// `server/discover`.
    Discover,
    /// The list of tools.
    Tools,
    /// The list of prompts.
    Prompts,
    /// The list of resources.
    Resources,
    /// The list of resource templates.
    ResourceTemplates,
    /// What was read from a resource that says nothing itself.
    Reads,
}

/// What may be cached for how long: not at all unless the server says more.
const UNCACHED: Cache = Cache { ttl_ms: 0, scope: CacheScope::Private };

/// One consistent state.
#[derive(Clone, Default)]
pub(crate) struct Snapshot {
    pub(crate) tools: Registry<RegisteredTool>,
    pub(crate) prompts: Registry<RegisteredPrompt>,
    pub(crate) resources: Registry<RegisteredResource>,
    pub(crate) templates: Registry<RegisteredTemplate>,
    offers: Offers,
    limits: Limits,
    keys: Option<Arc<Keyring>>,
    keys_shared: bool,
    instructions: Option<String>,
    log: Log,
    deadline: Option<Duration>,
    page_size: Option<usize>,
    resumable: bool,
    caches: HashMap<Cacheable, Cache>,
    completer: Option<Completer>,
    extensions: Vec<(String, Box<RawValue>)>,
    methods: HashMap<String, Arc<dyn Handler>>,
    layers: Chain,
    states: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    once: Option<Arc<dyn OnceStore>>,
    pages: Pages,
}

/// Kinds of things that were ever registered: a client that was told of a capability keeps it.
#[derive(Copy, Clone, Default)]
struct Offers {
    tools: bool,
    prompts: bool,
    resources: bool,
}

type PageKey = (Listing, Revision, usize);

/// The encoded pages of each list, made when they are first asked for.
#[derive(Default)]
struct Pages(RwLock<HashMap<PageKey, Bytes>>);

impl Clone for Pages {
    /// A copied snapshot is about to change, so its pages start empty.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Snapshot {
    /// Adds a tool.
    ///
    /// # Errors
    /// `invalid_argument` for a taken name, a broken schema, or wrong header annotations.
    pub(crate) fn add_tool(&mut self, tool: Tool) -> Result<(), Error> {
        let name = tool.spec.name.clone();
        let refuse =
            |detail: String| Error::new(ErrorKind::InvalidConfig, format!("tool {name:?}: {detail}"));
        self.check_name(&name).map_err(refuse)?;
        let input =
            Schema::compile(&tool.spec.input_schema, &self.limits).map_err(|error| refuse(error.detail))?;
        if let Some(output) = &tool.spec.output_schema {
            Schema::check(output, &self.limits).map_err(|error| refuse(error.detail))?;
        }
        let headers = ParamHeaders::collect(&tool.spec.input_schema).map_err(|error| refuse(error.detail))?;
        let habits = tool.habits();
        let registered = RegisteredTool { tool, input, headers, habits, swallowed: AtomicBool::new(false) };
        self.offers.tools = true;
        self.added(|snapshot| snapshot.tools.add(&name, registered)).map_err(refuse)
    }

    /// Adds a prompt.
    ///
    /// # Errors
    /// `invalid_argument` for a taken name.
    pub(crate) fn add_prompt(&mut self, prompt: Prompt) -> Result<(), Error> {
        let name = prompt.spec.name.clone();
        let refuse =
            |detail: String| Error::new(ErrorKind::InvalidConfig, format!("prompt {name:?}: {detail}"));
        self.check_name(&name).map_err(refuse)?;
        let registered = RegisteredPrompt { prompt, swallowed: AtomicBool::new(false) };
        self.offers.prompts = true;
        self.added(|snapshot| snapshot.prompts.add(&name, registered)).map_err(refuse)
    }

    /// Adds a resource.
    ///
    /// # Errors
    /// `invalid_argument` for a taken URI.
    pub(crate) fn add_resource(&mut self, resource: Resource) -> Result<(), Error> {
        let uri = resource.spec.uri.clone();
        let registered = RegisteredResource { resource, swallowed: AtomicBool::new(false) };
        self.offers.resources = true;
        self.added(|snapshot| snapshot.resources.add(&uri, registered))
            .map_err(|detail| Error::new(ErrorKind::InvalidConfig, format!("resource {uri:?}: {detail}")))
    }

    /// Adds a resource template.
    ///
    /// # Errors
    /// `invalid_argument` for a pattern that is taken or broken.
    pub(crate) fn add_template(&mut self, template: ResourceTemplate) -> Result<(), Error> {
        let text = template.spec.uri_template.clone();
        let refuse =
            |detail: String| Error::new(ErrorKind::InvalidConfig, format!("template {text:?}: {detail}"));
        let pattern = UriTemplate::parse(&text).map_err(|error| refuse(error.detail))?;
        let registered = RegisteredTemplate { template, pattern, swallowed: AtomicBool::new(false) };
        self.offers.resources = true;
        self.added(|snapshot| snapshot.templates.add(&text, registered)).map_err(refuse)
    }

    fn check_name(&self, name: &str) -> Result<(), String> {
        if name.is_empty() || name.len() > self.limits.name {
            return Err(format!("a name has 1 to {} bytes (limit `name`)", self.limits.name));
        }
        Ok(())
    }

    fn added(&mut self, add: impl FnOnce(&mut Self) -> bool) -> Result<(), String> {
        self.pages = Pages::default();
        if add(self) { Ok(()) } else { Err("it is registered already".to_owned()) }
    }

    /// Adds an extension.
    ///
    /// # Errors
    /// `invalid_argument` for a wrong identifier, or one that is taken, or a method that is taken.
    pub(crate) fn add_extension(&mut self, extension: Extension) -> Result<(), Error> {
        extension.check()?;
        let refuse = |detail: String| {
            Error::new(ErrorKind::InvalidConfig, format!("extension {:?}: {detail}", extension.id))
        };
        if self.extensions.iter().any(|(id, _)| *id == extension.id) {
            return Err(refuse("it is registered already".to_owned()));
        }
        if let Some(method) = extension.methods.keys().find(|method| self.methods.contains_key(*method)) {
            return Err(refuse(format!("the method {method:?} is taken")));
        }
        self.extensions.push((extension.id, extension.capability));
        self.methods.extend(extension.methods);
        for layer in extension.layers {
            self.layers.add(layer);
        }
        Ok(())
    }

    /// Forgets the encoded lists, after something else than an addition has changed.
    pub(crate) fn relist(&mut self) {
        self.pages = Pages::default();
    }

    /// An encoded page, from its cache or made now.
    pub(crate) fn page(&self, key: PageKey, make: impl FnOnce() -> Vec<u8>) -> Bytes {
        if let Some(page) = self.pages.0.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return page.clone();
        }
        let page = Bytes::from(make());
        self.pages.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, page.clone());
        page
    }

    /// What this server declares on a revision, as JSON.
    pub(crate) fn capabilities(&self, revision: Revision) -> Vec<u8> {
        let nothing = !self.offers.prompts && !self.offers.resources && self.methods.is_empty();
        let lists =
            |offered: bool, subscribe: bool| offered.then_some(Offer { list_changed: true, subscribe });
        let completes = self.completer.is_some()
            || self.prompts.shown().any(|prompt| !prompt.prompt.completers.is_empty())
            || self.templates.shown().any(|template| !template.template.completers.is_empty());
        ServerCapabilities {
            tools: lists(self.offers.tools || nothing, false),
            prompts: lists(self.offers.prompts, false),
            resources: lists(self.offers.resources, true),
            completions: completes,
            logging: true,
            extensions: self.extensions.clone(),
            ..ServerCapabilities::default()
        }
        .to_json(revision)
    }

    /// Whether anything of this kind was ever registered. A server without anything else offers tools.
    pub(crate) fn offers(&self, listing: Listing) -> bool {
        match listing {
            Listing::Tools => {
                self.offers.tools || !self.offers.prompts && !self.offers.resources && self.methods.is_empty()
            }
            Listing::Prompts => self.offers.prompts,
            Listing::Resources | Listing::Templates => self.offers.resources,
        }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn keys(&self) -> &Keyring {
        self.keys.as_ref().expect("a server is made with keys")
    }

    /// Whether other instances can open what this one seals.
    pub(crate) fn keys_shared(&self) -> bool {
        self.keys_shared
    }

    pub(crate) fn instructions(&self) -> Option<&str> {
        self.instructions.as_deref()
    }

    /// Where the server reports what is nobody's result.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// How long one run of a handler may take.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    pub(crate) fn page_size(&self) -> Option<usize> {
        self.page_size
    }

    /// Whether every answer within a session comes on a stream that can be resumed.
    pub(crate) fn resumable(&self) -> bool {
        self.resumable
    }

    pub(crate) fn cache(&self, what: Cacheable) -> Cache {
        self.caches.get(&what).copied().unwrap_or(UNCACHED)
    }

    pub(crate) fn fallback_completer(&self) -> Option<&Completer> {
        self.completer.as_ref()
    }

    pub(crate) fn method(&self, method: &str) -> Option<&Arc<dyn Handler>> {
        self.methods.get(method)
    }

    pub(crate) fn layers(&self) -> &Chain {
        &self.layers
    }

    pub(crate) fn state<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.states.get(&TypeId::of::<T>())?.clone().downcast().ok()
    }

    pub(crate) fn once(&self) -> &dyn OnceStore {
        self.once.as_deref().expect("a server that seals has a store for what happens once")
    }

    pub(crate) fn set_log(&mut self, log: Log) {
        self.log = log;
    }

    pub(crate) fn set_deadline(&mut self, deadline: Duration) {
        self.deadline = Some(deadline);
    }

    pub(crate) fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    pub(crate) fn set_page_size(&mut self, size: usize) {
        self.page_size = (size > 0).then_some(size);
        self.relist();
    }

    pub(crate) fn set_resumable(&mut self, resumable: bool) {
        self.resumable = resumable;
    }

    pub(crate) fn set_cache(&mut self, what: Cacheable, cache: Cache) {
        self.caches.insert(what, cache);
    }

    pub(crate) fn set_completer(&mut self, completer: Completer) {
        self.completer = Some(completer);
    }

    pub(crate) fn set_keys(&mut self, keys: Keyring) {
        self.set_own_keys(keys);
        self.keys_shared = true;
    }

    pub(crate) fn set_own_keys(&mut self, keys: Keyring) {
        self.keys = Some(Arc::new(keys));
        self.once.get_or_insert_with(|| Arc::new(LocalOnce::default()));
    }

    pub(crate) fn set_once(&mut self, store: Arc<dyn OnceStore>) {
        self.once = Some(store);
    }

    pub(crate) fn set_instructions(&mut self, text: &str) {
        self.instructions = Some(text.to_owned());
    }

    pub(crate) fn set_state<T: Send + Sync + 'static>(&mut self, state: T) {
        self.states.insert(TypeId::of::<T>(), Arc::new(state));
    }

    pub(crate) fn add_layer(&mut self, layer: Arc<dyn Layer>) {
        self.layers.add(layer);
    }
}
