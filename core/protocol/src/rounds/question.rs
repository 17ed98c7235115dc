//! One question to the client's user, model or file system, and the shape of its answer.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::canonical::{self, Digest};
use crate::error::{Error, ErrorKind};
use crate::meta::ClientCapabilities;
use crate::methods;
use crate::raw::{is_object, members, text};
use crate::types::SampleRequest;

/// What is asked for, and therefore which client capability it needs.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// A form for the user.
    Form,
    /// A link for the user to open.
    Url,
    /// A prompt for the client's model.
    Sample,
    /// The client's root directories.
    Roots,
}

impl QuestionKind {
    /// The wire method.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Form | Self::Url => methods::ELICITATION_CREATE,
            Self::Sample => methods::SAMPLING_CREATE,
            Self::Roots => methods::ROOTS_LIST,
        }
    }

    /// The capabilities a client must declare, for [`missing_capability`](crate::error::missing_capability).
    pub const fn required_capability(self) -> &'static [u8] {
        match self {
            Self::Form => br#"{"elicitation":{"form":{}}}"#,
            Self::Url => br#"{"elicitation":{"url":{}}}"#,
            Self::Sample => br#"{"sampling":{}}"#,
            Self::Roots => br#"{"roots":{}}"#,
        }
    }

    /// Whether `answer`, the client's result for the question under `key`, has the shape this kind calls for.
    /// Values are checked against a form's schema elsewhere; what is checked here is what decides between yes and
    /// no. Fails with [`ErrorKind::InvalidParams`].
    pub fn check_answer(self, key: &str, answer: &RawValue) -> Result<(), Error> {
        let wrong =
            |what: &str| Error::new(ErrorKind::InvalidParams, format!("inputResponses[{key:?}] {what}"));
        let all = members(answer).ok_or_else(|| wrong("must be an object"))?;
        let mut keys: Vec<_> = all.0.iter().map(|(name, _)| name).collect();
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(wrong("has a member twice"));
        }
        match self {
            Self::Form | Self::Url => {
                let action = all.get("action").and_then(text);
                match action.as_deref() {
                    Some("accept" | "decline" | "cancel") => {}
                    _ => return Err(wrong("must have an action: accept, decline or cancel")),
                }
                if all.get("content").is_some_and(|content| !is_object(content)) {
                    return Err(wrong("must have an object as content"));
                }
            }
            Self::Sample => {
                if all.get("role").is_none() || all.get("content").is_none() {
                    return Err(wrong("must have a role and content"));
                }
            }
            Self::Roots => {
                if !all.get("roots").is_some_and(|roots| roots.get().starts_with('[')) {
                    return Err(wrong("must have a list of roots"));
                }
            }
        }
        Ok(())
    }

    const fn tag(self) -> &'static [u8] {
        match self {
            Self::Form => b"form",
            Self::Url => b"url",
            Self::Sample => b"sample",
            Self::Roots => b"roots",
        }
    }
}

/// A question as a handler puts it.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is asked for.
    pub kind: QuestionKind,
    /// The wire parameters of the request, an object.
    pub params: Box<RawValue>,
}

impl Question {
    /// A form: a message and a schema of flat fields. Fails with [`ErrorKind::InvalidConfig`] unless the schema is
    /// an object.
    pub fn form(message: &str, schema: &RawValue) -> Result<Self, Error> {
        if !is_object(schema) {
            return Err(Error::new(ErrorKind::InvalidConfig, "the schema of a form must be an object"));
        }
        let mut json = br#"{"mode":"form","message":"#.to_vec();
        crate::raw::push_string(&mut json, message);
        json.extend_from_slice(br#","requestedSchema":"#);
        json.extend_from_slice(schema.get().as_bytes());
        json.push(b'}');
        let json = String::from_utf8(json).expect("made of strings");
        Ok(Self { kind: QuestionKind::Form, params: crate::raw::owned(json) })
    }

    /// A link for the user to open, with the reason why. Fails with [`ErrorKind::InvalidConfig`] unless `url` is an
    /// http(s) URL in ASCII without user information: what the user sees must be where the link leads.
    pub fn url(message: &str, url: &str) -> Result<Self, Error> {
        let wrong =
            |what: &str| Error::new(ErrorKind::InvalidConfig, format!("the URL of a question {what}"));
        let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
        let scheme = ["https://", "http://"].into_iter().find(|scheme| lower.starts_with(scheme));
        let rest = scheme.map(|scheme| &url[scheme.len()..]).ok_or_else(|| wrong("must be http or https"))?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.is_empty() || authority.contains('@') {
            return Err(wrong("must have a host, and no user information"));
        }
        if !url.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
            return Err(wrong("must be ASCII without white space; encode the rest"));
        }
        let mut json = br#"{"mode":"url","message":"#.to_vec();
        crate::raw::push_string(&mut json, message);
        json.extend_from_slice(br#","url":"#);
        crate::raw::push_string(&mut json, url);
        json.push(b'}');
        let json = String::from_utf8(json).expect("made of strings");
        Ok(Self { kind: QuestionKind::Url, params: crate::raw::owned(json) })
    }

    /// A question to the client's model.
    pub fn sample(request: &SampleRequest) -> Self {
        Self { kind: QuestionKind::Sample, params: request.to_params() }
    }

    /// The client's root directories.
    pub fn roots() -> Self {
        Self { kind: QuestionKind::Roots, params: crate::raw::owned("{}".to_owned()) }
    }

    /// The capabilities this very question needs: those of its kind, and tools for a model where it brings some.
    pub fn required_capability(&self) -> &'static [u8] {
        if self.brings_tools() { br#"{"sampling":{"tools":{}}}"# } else { self.kind.required_capability() }
    }

    /// Whether a client with these capabilities can be asked.
    pub fn can(&self, capabilities: &ClientCapabilities) -> bool {
        capabilities.can(self.kind) && (capabilities.sampling_tools || !self.brings_tools())
    }

    fn brings_tools(&self) -> bool {
        self.kind == QuestionKind::Sample
            && members(&self.params)
                .is_some_and(|all| all.get("tools").is_some() || all.get("toolChoice").is_some())
    }

    /// SHA-256 over the kind and everything the user gets to see or fill in: message and schema of a form, message
    /// and URL of a link, all parameters of the other kinds. Fails when these are missing or ambiguous JSON.
    pub fn digest(&self) -> Result<Digest, Error> {
        let wrong = |detail: &str| Error::new(ErrorKind::InvalidConfig, detail);
        let second = match self.kind {
            QuestionKind::Form => "requestedSchema",
            QuestionKind::Url => "url",
            QuestionKind::Sample | QuestionKind::Roots => {
                return Ok(canonical::digest(&[self.kind.tag(), &canonical::canonical(&self.params)?]));
            }
        };
        let all =
            members(&self.params).ok_or_else(|| wrong("the parameters of a question must be an object"))?;
        let message =
            all.get("message").and_then(text).ok_or_else(|| wrong("a question lacks its message"))?;
        let second = all.get(second).ok_or_else(|| wrong("a question lacks its schema or URL"))?;
        Ok(canonical::digest(&[self.kind.tag(), message.as_bytes(), &canonical::canonical(second)?]))
    }
}
