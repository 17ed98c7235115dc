//! The four lists, page by page (`server/utilities/pagination`).
use std::borrow::Borrow;

use bytes::Bytes;
use dovetail_protocol::pagination;
use dovetail_protocol::tools::ToolSpec;
use dovetail_protocol::types::{self, Definition, ListParams, list_body};
use dovetail_protocol::{Error, RawValue, Revision, methods};

use super::registry::Registry;
use super::snapshot::{Cacheable, Listed, Snapshot};

/// What is listed.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Listing {
    Tools,
    Prompts,
    Resources,
    Templates,
}

impl Listing {
    /// What a method lists.
    pub(crate) fn of(method: &str) -> Option<Self> {
        Some(match method {
            methods::TOOLS_LIST => Self::Tools,
            methods::PROMPTS_LIST => Self::Prompts,
            methods::RESOURCES_LIST => Self::Resources,
            methods::RESOURCES_TEMPLATES_LIST => Self::Templates,
            _ => return None,
        })
    }

    pub(crate) fn cacheable(self) -> Cacheable {
        match self {
            Self::Tools => Cacheable::Tools,
            Self::Prompts => Cacheable::Prompts,
            Self::Resources => Cacheable::Resources,
            Self::Templates => Cacheable::ResourceTemplates,
        }
    }
}

/// The body of one page.
///
/// # Errors
/// `invalid_params` for a cursor that is none of ours.
pub(crate) fn page(
    snapshot: &Snapshot,
    listing: Listing,
    revision: Revision,
    params: Option<&RawValue>,
) -> Result<Bytes, Error> {
    let params = ListParams::parse(params)?;
    let cursor = params.cursor.as_deref();
    match listing {
        Listing::Tools => of::<ToolSpec, _>(snapshot, listing, revision, cursor, &snapshot.tools),
        Listing::Prompts => of::<types::Prompt, _>(snapshot, listing, revision, cursor, &snapshot.prompts),
        Listing::Resources => {
            of::<types::Resource, _>(snapshot, listing, revision, cursor, &snapshot.resources)
        }
        Listing::Templates => {
            of::<types::ResourceTemplate, _>(snapshot, listing, revision, cursor, &snapshot.templates)
        }
    }
}

fn of<D, T>(
    snapshot: &Snapshot,
    listing: Listing,
    revision: Revision,
    cursor: Option<&str>,
    registry: &Registry<T>,
) -> Result<Bytes, Error>
where
    D: Definition,
    Listed<T>: Borrow<D>,
{
    if snapshot.page_size().is_none() && cursor.is_none() {
        return Ok(snapshot.page((listing, revision, 0), || {
            let all: Vec<Listed<T>> = registry.shown().cloned().map(Listed).collect();
            list_body::<D, _>(revision, &all, None)
        }));
    }
    let shown: Vec<Listed<T>> = registry.shown().cloned().map(Listed).collect();
    let keys: Vec<&str> = shown.iter().map(|listed| Borrow::<D>::borrow(listed).key()).collect();
    let page = pagination::page(D::METHOD, &keys, snapshot.page_size(), cursor)?;
    let start = page.range.start;
    Ok(snapshot.page((listing, revision, start), || {
        list_body::<D, _>(revision, &shown[page.range], page.next.as_deref())
    }))
}
