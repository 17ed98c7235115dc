//! What is remembered from one round to the next. It travels sealed; see [`seal`](super::seal).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::QuestionKind;
use crate::canonical::Digest;

/// An answer, under the key and digest of its question.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recorded {
    /// The name of the question, or its ordinal ("q1", "q2", …).
    #[serde(rename = "k")]
    pub key: String,
    /// [`Question::digest`](super::Question::digest) of the question that was answered.
    #[serde(rename = "d", with = "text")]
    pub digest: Digest,
    /// The answer as the client sent it.
    #[serde(rename = "a")]
    pub answer: Box<RawValue>,
}

/// A question that has been sent and not yet answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pending {
    /// The name of the question, or its ordinal.
    #[serde(rename = "k")]
    pub key: String,
    /// What is asked for.
    #[serde(rename = "t")]
    pub kind: QuestionKind,
    /// Digest of the question as it was sent.
    #[serde(rename = "d", with = "text")]
    pub digest: Digest,
}

/// The result of a side effect that must not happen again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Step {
    /// The name of the step.
    #[serde(rename = "k")]
    pub name: String,
    /// What it returned, as JSON.
    #[serde(rename = "v")]
    pub value: Box<RawValue>,
    /// How many answers it relied on: when one of them falls, so does it.
    #[serde(rename = "n")]
    pub after: usize,
}

/// The memory of a call that asks. Names on the wire are short: it travels twice per round.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// Answers in the order they were given.
    #[serde(rename = "a", default)]
    pub answers: Vec<Recorded>,
    /// Questions of the last round.
    #[serde(rename = "p", default)]
    pub pending: Vec<Pending>,
    /// Rounds that have been asked so far.
    #[serde(rename = "r")]
    pub round: u32,
    /// Results of steps, in the order they were taken.
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Names this call where it must take effect once only.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
}

mod text {
    use super::{Deserialize, Deserializer, Digest, Engine, Serializer, URL_SAFE_NO_PAD};

    pub(super) fn serialize<S: Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(digest))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(serde::de::Error::custom)?;
        bytes.try_into().map_err(|_| serde::de::Error::custom("a digest has 32 bytes"))
    }
}
