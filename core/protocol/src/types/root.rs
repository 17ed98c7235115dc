//! The client's root directories. Specification: client features, "Roots".

use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::{to_json, wire};
use crate::error::{Error, ErrorKind};

wire! {
    /// A directory or file that the server may work in.
    Root {
        /// A `file://` URI.
        uri: String => "uri" required,
        /// The name for people.
        name: Option<String> => "name" option,
        /// Its own `_meta` object.
        meta: Option<Box<RawValue>> => "_meta" option,
    }
}

impl Root {
    /// A root without a name.
    pub fn new(uri: impl Into<String>) -> Self {
        Self { uri: uri.into(), ..Self::default() }
    }
}

/// The answer to `roots/list`.
pub fn roots_body(roots: &[Root]) -> Vec<u8> {
    let mut out = br#"{"roots":"#.to_vec();
    out.extend_from_slice(&to_json(&roots));
    out.push(b'}');
    out
}

/// Reads the answer to `roots/list`. Fails with [`ErrorKind::Malformed`], also on a URI that is not of a file: nobody
/// may be led elsewhere.
pub fn parse_roots(answer: &RawValue) -> Result<Vec<Root>, Error> {
    #[derive(Deserialize)]
    struct Body {
        roots: Vec<Root>,
    }
    let malformed = |detail: &str| Error::new(ErrorKind::Malformed, detail);
    let body: Body = serde_json::from_str(answer.get())
        .map_err(|_| malformed("the answer to roots/list does not follow the schema"))?;
    let scheme = |uri: &str| uri.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("file://"));
    if !body.roots.iter().all(|root| scheme(&root.uri)) {
        return Err(malformed("a root is not a file URI"));
    }
    Ok(body.roots)
}
