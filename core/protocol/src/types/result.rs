//! The results of reading a resource and of getting a prompt.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Contents, PromptMessage};
use crate::error::{Error, ErrorKind};
use crate::raw::push_string;
use crate::types::wire::to_json;

/// The body of a `resources/read` result.
pub fn read_body(contents: &[Contents]) -> Vec<u8> {
    let mut out = br#"{"contents":"#.to_vec();
    out.extend_from_slice(&to_json(&contents));
    out.push(b'}');
    out
}

/// Reads the result of `resources/read`. Fails with [`ErrorKind::Malformed`].
pub fn parse_read(result: &RawValue) -> Result<Vec<Contents>, Error> {
    #[derive(Deserialize)]
    struct Body {
        contents: Vec<Contents>,
    }
    serde_json::from_str::<Body>(result.get())
        .map(|body| body.contents)
        .map_err(|_| malformed("resources/read"))
}

/// The body of a `prompts/get` result.
pub fn prompt_body(description: Option<&str>, messages: &[PromptMessage]) -> Vec<u8> {
    let mut out = b"{".to_vec();
    if let Some(description) = description {
        out.extend_from_slice(br#""description":"#);
        push_string(&mut out, description);
        out.push(b',');
    }
    out.extend_from_slice(br#""messages":"#);
    out.extend_from_slice(&to_json(&messages));
    out.push(b'}');
    out
}

/// A prompt, as a client reads it.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct PromptResult {
    /// What it is for.
    pub description: Option<String>,
    /// The conversation to begin with.
    pub messages: Vec<PromptMessage>,
}

/// Reads the result of `prompts/get`. Fails with [`ErrorKind::Malformed`].
pub fn parse_prompt(result: &RawValue) -> Result<PromptResult, Error> {
    serde_json::from_str(result.get()).map_err(|_| malformed("prompts/get"))
}

fn malformed(what: &str) -> Error {
    Error::new(ErrorKind::Malformed, format!("the result of {what} does not follow the schema"))
}
