//! The words in which a host answers a call: shapes of replies, and failures.
//!
//! Must never look into what is answered.
use bytes::{Buf, Bytes};
use dovetail::Output;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::backend::{Answer, Failure};
use crate::error::Rpc;
use crate::session::check_json;
use crate::{BridgeError, Code};

/// How the bytes of a reply are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Shape {
    /// The plain value that a handler returned; the core makes content and structured content of it.
    Value = 0,
    /// A whole result object in the terms of the specification.
    Whole = 1,
    /// Of a layer: what its message came to inside; the reply has no bytes of its own.
    Outcome = 2,
    /// The plain value that is this text. The bytes are the text itself and no JSON: escaping a long one is quicker here
    /// than in most languages.
    Text = 3,
}

/// One answer of many.
#[derive(Clone, Debug)]
pub struct Reply<B = Bytes> {
    /// The call.
    pub call: u64,
    /// How the bytes are meant.
    pub shape: Shape,
    /// JSON, or the text of [`Shape::Text`], in one piece. Borrowed bytes are copied if they are kept.
    pub json: B,
}

impl<B: Buf> Reply<B> {
    pub(crate) fn answer(mut self) -> Result<Answer, BridgeError> {
        match self.shape {
            Shape::Outcome => return Ok(Answer::Outcome),
            Shape::Text => return text(self.json.chunk()).map(Answer::Value),
            Shape::Value | Shape::Whole => check_json(self.json.chunk(), "the reply")?,
        }
        let json = self.json.copy_to_bytes(self.json.remaining());
        Ok(if self.shape == Shape::Value { Answer::Value(json) } else { Answer::Whole(json) })
    }
}

/// A text as JSON.
fn text(bytes: &[u8]) -> Result<Bytes, BridgeError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        BridgeError::new(Code::InvalidArgument, format!("the text of the reply is not UTF-8: {error}"))
    })?;
    match Output::text(text) {
        Output::Value(json) => Ok(json),
        other => unreachable!("a text is a plain value and not {other:?}"),
    }
}

impl Shape {
    /// Every shape, in numeric order, with its name.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Value, "value"), (Self::Whole, "whole"), (Self::Outcome, "outcome"), (Self::Text, "text")];

    /// The shape with this number.
    ///
    /// # Errors
    /// `invalid_argument`.
    pub fn from_number(number: u32) -> Result<Self, BridgeError> {
        let found = Self::ALL.into_iter().find(|(shape, _)| *shape as u32 == number);
        found.map(|(shape, _)| shape).ok_or_else(|| {
            let all = Self::ALL.map(|(shape, name)| format!("{} ({name})", shape as u32)).join(", ");
            BridgeError::new(
                Code::InvalidArgument,
                format!("{number} is no shape of a reply; there are {all}"),
            )
        })
    }
}

/// A failure as a host writes it; see `docs/boundary.md`.
#[derive(Deserialize)]
pub(crate) struct FailureBody {
    #[serde(default)]
    kind: FailureKind,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    code: Option<i64>,
    detail: String,
    #[serde(default)]
    data: Option<Box<RawValue>>,
    #[serde(default)]
    rpc: Option<Rpc>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "snake_case")]
enum FailureKind {
    #[default]
    Tool,
    Protocol,
    Error,
}

impl FailureBody {
    /// What the words mean.
    pub(crate) fn resolve(self) -> Result<Failure, BridgeError> {
        let invalid = |text: String| BridgeError::new(Code::InvalidArgument, format!("the failure: {text}"));
        Ok(match self.kind {
            FailureKind::Tool => Failure::Tool(self.detail),
            FailureKind::Protocol => {
                Failure::Protocol { code: self.code, detail: self.detail, data: self.data }
            }
            FailureKind::Error => {
                let name = self.name.ok_or_else(|| invalid("an error needs its name".to_owned()))?;
                let code =
                    Code::from_name(&name).ok_or_else(|| invalid(format!("no error is named {name:?}")))?;
                Failure::Error(Box::new(code.to_core(self.detail, self.rpc)))
            }
        })
    }
}
