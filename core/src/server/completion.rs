//! Suggestions for arguments of prompts and variables of templates (`server/utilities/completion`).
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use dovetail_protocol::types::{CompleteParams, Reference, completion_body};
use dovetail_protocol::{Error, ErrorKind, RawValue, error};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::incoming::shorten;
use super::snapshot::Snapshot;
use super::{Context, Failure, Handler, Output};

/// What is to be completed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Completing {
    /// The argument or variable.
    pub argument: String,
    /// What the user has typed so far.
    pub value: String,
    /// Values of other arguments that are settled already.
    #[serde(default)]
    pub context: BTreeMap<String, String>,
}

/// Suggests values for one argument.
#[derive(Clone)]
pub(crate) struct Completer(Arc<dyn Handler>);

impl Completer {
    pub(crate) fn new(handler: impl Handler) -> Self {
        Self(Arc::new(handler))
    }

    pub(crate) fn typed<F, Fut>(complete: F) -> Self
    where
        F: Fn(Completing) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Vec<String>> + Send + 'static,
    {
        Self::new(Typed(complete))
    }

    pub(crate) fn handler(&self) -> &Arc<dyn Handler> {
        &self.0
    }
}

struct Typed<F>(F);

impl<F, Fut> Handler for Typed<F>
where
    F: Fn(Completing) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Vec<String>> + Send + 'static,
{
    fn call(&self, _: Context, arguments: Bytes) -> BoxFuture<'static, Result<Output, Failure>> {
        match serde_json::from_slice::<Completing>(&arguments) {
            Ok(completing) => {
                let values = (self.0)(completing);
                Box::pin(async move { Output::json(&values.await) })
            }
            Err(error) => Box::pin(std::future::ready(Err(Failure::tool(error)))),
        }
    }
}

/// Who completes, and what the handler gets.
type Suggesting = (Arc<dyn Handler>, Bytes);

/// Finds who completes. `None`: nobody, so there is nothing to suggest.
///
/// # Errors
/// `unknown_prompt`, `unknown_resource` for a reference to nothing.
pub(crate) fn find(
    snapshot: &Snapshot,
    params: &CompleteParams<'_>,
    raw: &Bytes,
) -> Result<Option<Suggesting>, Error> {
    let completers = match &params.reference {
        Reference::Prompt { name, .. } => match snapshot.prompts.find(name) {
            Some(prompt) => Some(&prompt.prompt.completers),
            None if snapshot.fallback_completer().is_some() => None,
            None => return Err(error::unknown_prompt(&shorten(name))),
        },
        Reference::Resource { uri, .. } => match snapshot.templates.find(uri) {
            Some(template) => Some(&template.template.completers),
            None if snapshot.fallback_completer().is_some() || snapshot.resources.find(uri).is_some() => None,
            None => return Err(error::unknown_resource(uri)),
        },
    };
    if let Some(completer) = completers.and_then(|completers| completers.get(&*params.argument)) {
        let completing = Completing {
            argument: params.argument.to_string(),
            value: params.value.to_string(),
            context: params
                .context
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
        };
        let json = serde_json::to_vec(&completing).expect("strings always serialize");
        return Ok(Some((completer.handler().clone(), json.into())));
    }
    Ok(snapshot.fallback_completer().map(|completer| (completer.handler().clone(), raw.clone())))
}

/// The body of the result.
///
/// # Errors
/// `internal` when a handler returned something else than suggestions.
pub(crate) fn shape(output: &Output) -> Result<Vec<u8>, Error> {
    let wrong = |_| Error::new(ErrorKind::Internal, "a completion is a list of strings");
    match output {
        Output::Value(json) => {
            let values: Vec<String> = serde_json::from_slice(json).map_err(wrong)?;
            Ok(completion_body(&values, Some(values.len() as u64), values.len() > 100))
        }
        Output::Whole(json) => {
            #[derive(Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Whole {
                values: Vec<String>,
                total: Option<u64>,
                #[serde(default)]
                has_more: bool,
            }
            #[derive(Deserialize)]
            struct Wrapped<'a> {
                #[serde(borrow)]
                completion: Option<&'a RawValue>,
            }
            let wrapped: Wrapped<'_> = serde_json::from_slice(json).map_err(wrong)?;
            let whole: Whole = match wrapped.completion {
                Some(inner) => serde_json::from_str(inner.get()).map_err(wrong)?,
                None => serde_json::from_slice(json).map_err(wrong)?,
            };
            Ok(completion_body(&whole.values, whole.total, whole.has_more))
        }
        Output::Blob(_) => Err(Error::new(ErrorKind::Internal, "a completion is a list of strings")),
    }
}
