//! Listings: one page, or all of them.
//!
//! Owns the walk over pages. Must never walk for ever. Specification: server utilities, "Pagination".

use dovetail_protocol::pagination::Walk;
use dovetail_protocol::types::{Prompt, Resource, ResourceTemplate, parse_list};
use dovetail_protocol::{Error, ErrorKind, RawValue, methods};

use super::Client;
use super::json::push_string;
use super::pending::Pending;
use super::request::Job;
use super::result::ToolInfo;

/// One page of a listing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Leads to the next page; none on the last.
    pub next_cursor: Option<String>,
    /// The whole result as the server sent it.
    pub raw: Box<RawValue>,
}

/// What servers list: [`ToolInfo`], [`Resource`], [`ResourceTemplate`], [`Prompt`].
pub trait Listed: Sized + Send + 'static + sealed::Read {}

impl<T: sealed::Read + Sized + Send + 'static> Listed for T {}

mod sealed {
    use super::{Client, Error, RawValue};

    /// How one page is read.
    pub trait Read: Sized {
        /// The wire method.
        const METHOD: &'static str;
        /// The items of a page, and the cursor of the next.
        fn read(client: &Client, raw: &RawValue) -> Result<(Vec<Self>, Option<String>), Error>;
    }
}

impl sealed::Read for ToolInfo {
    const METHOD: &'static str = methods::TOOLS_LIST;
    fn read(client: &Client, raw: &RawValue) -> Result<(Vec<Self>, Option<String>), Error> {
        let (mut tools, next) = Self::page(raw)?;
        client.tools().learn(&mut tools, client.mirrors(), &client.context().log);
        Ok((tools, next))
    }
}

macro_rules! listed {
    ($($type:ty => $method:ident;)+) => {
        $(impl sealed::Read for $type {
            const METHOD: &'static str = methods::$method;
            fn read(_: &Client, raw: &RawValue) -> Result<(Vec<Self>, Option<String>), Error> {
                parse_list(raw).map(|listing| (listing.items, listing.next_cursor))
            }
        })+
    };
}

listed! {
    Resource => RESOURCES_LIST;
    ResourceTemplate => RESOURCES_TEMPLATES_LIST;
    Prompt => PROMPTS_LIST;
}

impl Client {
    /// One page of a listing; without a cursor, the first. [`list_tools`](Self::list_tools) and its siblings walk all
    /// pages.
    ///
    /// # Errors
    /// `invalid_params` for a cursor the server does not know; `malformed` when the page does not follow the schema.
    pub fn page<T: Listed>(&self, cursor: Option<&str>) -> Pending<Page<T>> {
        let mut fields = Vec::new();
        if let Some(cursor) = cursor {
            fields.extend_from_slice(br#""cursor":"#);
            push_string(&mut fields, cursor);
        }
        let job = Job::new(T::METHOD, fields, self.settings().clone());
        Pending::new(self, Ok(job), |client, raw| {
            let (items, next_cursor) = T::read(client, &raw)?;
            Ok(Page { items, next_cursor, raw })
        })
    }

    /// All items of a listing. When a page that was remembered has lost its successor, the walk starts once more.
    async fn walk<T: Listed>(&self, fresh: bool) -> Result<Vec<T>, Error> {
        match self.walk_once(fresh).await {
            Err((error, true)) if error.kind == ErrorKind::InvalidParams && error.rpc.is_some() && !fresh => {
                self.context().hub.invalidate_list(T::METHOD);
                self.walk_once(true).await.map_err(|(error, _)| error)
            }
            outcome => outcome.map_err(|(error, _)| error),
        }
    }

    /// The error comes with whether it came after the first page.
    async fn walk_once<T: Listed>(&self, fresh: bool) -> Result<Vec<T>, (Error, bool)> {
        let mut items = Vec::new();
        let mut walk = Walk::new(&self.context().limits);
        let mut cursor: Option<String> = None;
        loop {
            let page = self.page::<T>(cursor.as_deref());
            let page = if fresh { page.fresh() } else { page };
            let page = page.await.map_err(|error| (error, cursor.is_some()))?;
            items.extend(page.items);
            cursor = walk.advance(page.next_cursor).map_err(|error| (error, false))?;
            if cursor.is_none() {
                return Ok(items);
            }
        }
    }

    /// All tools, walking the pages. Cancel-safe. On HTTP, tools whose `x-mcp-header` rules are wrong are left out and
    /// reported to the log.
    ///
    /// # Errors
    /// `limit_exceeded` after the limit `pages`; `malformed` when the server sends a cursor twice.
    pub async fn list_tools(&self) -> Result<Vec<ToolInfo>, Error> {
        self.walk(false).await
    }

    /// All resources, walking the pages. Cancel-safe.
    ///
    /// # Errors
    /// As [`list_tools`](Self::list_tools).
    pub async fn list_resources(&self) -> Result<Vec<Resource>, Error> {
        self.walk(false).await
    }

    /// All resource templates, walking the pages. Cancel-safe.
    ///
    /// # Errors
    /// As [`list_tools`](Self::list_tools).
    pub async fn list_resource_templates(&self) -> Result<Vec<ResourceTemplate>, Error> {
        self.walk(false).await
    }

    /// All prompts, walking the pages. Cancel-safe.
    ///
    /// # Errors
    /// As [`list_tools`](Self::list_tools).
    pub async fn list_prompts(&self) -> Result<Vec<Prompt>, Error> {
        self.walk(false).await
    }

    /// Learns anew which parameters of tools are mirrored. Boxed: it is reached from within a request.
    pub(crate) fn refresh_tools(&self) -> futures_util::future::BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move { self.walk::<ToolInfo>(true).await.map(drop) })
    }
}
