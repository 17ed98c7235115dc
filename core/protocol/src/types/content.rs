//! Content blocks and resource contents.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::definition::Resource;
use super::wire::{to_json, to_raw, wire};
use super::{Annotations, Role};
use crate::error::{Error, ErrorKind};
use crate::raw::{is_object, members, owned, push_string, text};

wire! {
    /// What a resource holds: text or bytes. Specification: server features, "Resources".
    Contents {
        /// The resource; for the contents of a directory, one of its entries.
        uri: String => "uri" required,
        /// The media type, when known.
        mime_type: Option<String> => "mimeType" option,
        /// Text, of text contents.
        text: Option<String> => "text" option,
        /// Base64, of binary contents.
        blob: Option<String> => "blob" option,
        /// Its own `_meta` object.
        meta: Option<Box<RawValue>> => "_meta" option,
    }
}

impl Contents {
    /// Text contents.
    pub fn text(uri: impl Into<String>, text: impl Into<String>) -> Self {
        Self { uri: uri.into(), text: Some(text.into()), ..Self::default() }
    }

    /// Binary contents.
    pub fn blob(uri: impl Into<String>, bytes: &[u8]) -> Self {
        Self { uri: uri.into(), blob: Some(STANDARD.encode(bytes)), ..Self::default() }
    }

    /// The same with a media type.
    #[must_use]
    pub fn with_mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }

    /// The bytes, of text as well. Fails with [`ErrorKind::Malformed`] when it has neither text nor valid Base64.
    pub fn bytes(&self) -> Result<Cow<'_, [u8]>, Error> {
        match (&self.text, &self.blob) {
            (Some(text), None) => Ok(Cow::Borrowed(text.as_bytes())),
            (None, Some(blob)) => decode(blob).map(Cow::Owned),
            _ => Err(Error::new(ErrorKind::Malformed, "resource contents have either text or a blob")),
        }
    }
}

/// One content block of a tool result, a prompt or a conversation with a model, kept as it travels.
#[derive(Clone, Debug)]
pub struct Content(Box<RawValue>);

impl Content {
    /// A text.
    pub fn text(text: impl AsRef<str>) -> Self {
        let mut json = br#"{"type":"text","text":"#.to_vec();
        push_string(&mut json, text.as_ref());
        json.push(b'}');
        Self::made(json)
    }

    /// A picture.
    pub fn image(bytes: &[u8], mime_type: &str) -> Self {
        Self::media("image", bytes, mime_type)
    }

    /// A sound.
    pub fn audio(bytes: &[u8], mime_type: &str) -> Self {
        Self::media("audio", bytes, mime_type)
    }

    /// A resource with what it holds.
    pub fn resource(contents: &Contents) -> Self {
        let mut json = br#"{"type":"resource","resource":"#.to_vec();
        json.extend_from_slice(&to_json(contents));
        json.push(b'}');
        Self::made(json)
    }

    /// A pointer to a resource.
    pub fn link(resource: &Resource) -> Self {
        let mut json = br#"{"type":"resource_link","#.to_vec();
        json.extend_from_slice(&to_json(resource)[1..]);
        Self::made(json)
    }

    /// A block as it travels. Fails with [`ErrorKind::InvalidConfig`] unless it is an object with a `type`.
    pub fn from_raw(raw: Box<RawValue>) -> Result<Self, Error> {
        let content = Self(raw);
        if content.member("type").and_then(text).is_none() {
            return Err(Error::new(ErrorKind::InvalidConfig, "a content block is an object with a type"));
        }
        Ok(content)
    }

    /// The same with annotations, in place of those it had.
    #[must_use]
    pub fn with_annotations(self, annotations: &Annotations) -> Self {
        self.with_member("annotations", &to_json(annotations))
    }

    /// The same with a `_meta` object, in place of the one it had.
    #[must_use]
    pub fn with_meta(self, meta: &RawValue) -> Self {
        self.with_member("_meta", meta.get().as_bytes())
    }

    /// The block as it travels.
    pub fn raw(&self) -> &RawValue {
        &self.0
    }

    /// `text`, `image`, `audio`, `resource`, `resource_link`, `tool_use`, `tool_result`, or what is still to come.
    pub fn kind(&self) -> Cow<'_, str> {
        self.member("type").and_then(text).unwrap_or_default()
    }

    /// The text of a text block.
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        (self.kind() == "text").then(|| self.member("text").and_then(text)).flatten()
    }

    /// The bytes of an image or audio block. Fails with [`ErrorKind::Malformed`] on other blocks and on what is not
    /// Base64.
    pub fn data(&self) -> Result<Vec<u8>, Error> {
        let wrong = || Error::new(ErrorKind::Malformed, "the content block has no data");
        decode(&self.member("data").and_then(text).ok_or_else(wrong)?)
    }

    /// The media type of an image or audio block.
    pub fn mime_type(&self) -> Option<Cow<'_, str>> {
        self.member("mimeType").and_then(text)
    }

    /// What the resource of a resource block holds.
    pub fn contents(&self) -> Option<Contents> {
        serde_json::from_str(self.member("resource")?.get()).ok()
    }

    /// The resource that a link points to.
    pub fn linked(&self) -> Option<Resource> {
        (self.kind() == "resource_link").then(|| serde_json::from_str(self.0.get()).ok()).flatten()
    }

    fn media(kind: &str, bytes: &[u8], mime_type: &str) -> Self {
        let mut json = format!(r#"{{"type":"{kind}","data":"{}","mimeType":"#, STANDARD.encode(bytes));
        json.push_str(to_raw(&mime_type).get());
        json.push('}');
        Self(owned(json))
    }

    fn member(&self, key: &str) -> Option<&RawValue> {
        members(&self.0)?.get(key)
    }

    fn with_member(self, key: &str, value: &[u8]) -> Self {
        let mut json = vec![b'{'];
        for (name, old) in members(&self.0).iter().flat_map(|all| &all.0).filter(|(name, _)| name != key) {
            push_string(&mut json, name);
            json.push(b':');
            json.extend_from_slice(old.get().as_bytes());
            json.push(b',');
        }
        push_string(&mut json, key);
        json.push(b':');
        json.extend_from_slice(value);
        json.push(b'}');
        Self::made(json)
    }

    fn made(json: Vec<u8>) -> Self {
        Self(owned(String::from_utf8(json).expect("made of strings")))
    }
}

impl Serialize for Content {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        if !is_object(&raw) {
            return Err(serde::de::Error::custom("a content block is an object"));
        }
        Ok(Self(raw))
    }
}

impl Default for Content {
    fn default() -> Self {
        Self::text("")
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

wire! {
    /// One message of a prompt.
    PromptMessage {
        /// Who says it.
        role: Role => "role" required,
        /// What is said: one block.
        content: Content => "content" required,
    }
}

impl PromptMessage {
    /// A message of the user.
    pub fn user(content: impl Into<Content>) -> Self {
        Self { role: Role::User, content: content.into(), ..Self::default() }
    }

    /// A message of the model.
    pub fn assistant(content: impl Into<Content>) -> Self {
        Self { role: Role::Assistant, content: content.into(), ..Self::default() }
    }
}

fn decode(base64: &str) -> Result<Vec<u8>, Error> {
    STANDARD.decode(base64).map_err(|_| Error::new(ErrorKind::Malformed, "the data is not valid Base64"))
}
