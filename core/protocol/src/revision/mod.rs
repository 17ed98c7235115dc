//! The dated revisions: what exists in which, and how a result looks on the wire in each.
//!
//! Owns the table and the dispatch; each codec lives in a module of its own, so that a revision can be removed by
//! deleting a file. Must never infer a revision from a connection: it is always an argument.

mod adapt;
mod result;
mod v2024_11_05;
mod v2025_03_26;
mod v2025_06_18;
mod v2025_11_25;
mod v2026_07_28;

pub use crate::methods;
pub use adapt::{
    adapt_client_capabilities, adapt_info, adapt_params, adapt_result, adapt_server_capabilities,
    question_params,
};
pub use result::{
    Cache, CacheScope, Outcome, complete_result, decode_result, encode_input_required, encode_result,
    encode_value_result,
};

use std::fmt;

/// A dated revision of the specification. Later dates are greater.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Revision {
    /// The first revision: sessions, HTTP+SSE, tools without annotations.
    V2024_11_05,
    /// Streamable HTTP, batches, audio, tool annotations.
    V2025_03_26,
    /// Structured output, elicitation, resource links, titles; no batches.
    V2025_06_18,
    /// The last revision with sessions and an `initialize` handshake.
    V2025_11_25,
    /// Every request carries its own metadata; there are no sessions.
    V2026_07_28,
}

/// Something that exists in some revisions and not in others.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum Feature {
    /// `server/discover`.
    Discover,
    /// The `initialize` handshake.
    Initialize,
    /// `ping`.
    Ping,
    /// Results that ask for input (multi round-trip requests).
    InputRequired,
    /// Requests from the server to the client.
    ServerRequests,
    /// Sessions, named by a header on HTTP.
    Sessions,
    /// The member `resultType` in every result.
    ResultType,
    /// `ttlMs` and `cacheScope` in cacheable results.
    CacheHints,
    /// Method and name mirrored into HTTP headers, and checked.
    StandardHeaders,
    /// `structuredContent` may be any JSON value; elsewhere it must be an object.
    AnyStructured,
    /// Arrays of messages in one frame.
    Batches,
    /// The HTTP header that names the revision, in every request after the handshake.
    VersionHeader,
    /// One HTTP endpoint for everything.
    StreamableHttp,
    /// HTTP with one endpoint for the event stream and one for messages.
    HttpSse,
    /// Event streams that go on after a reconnect.
    Resumable,
    /// Event streams that begin with an empty event, so that even the first moment can be resumed.
    PrimingEvent,
    /// `subscriptions/listen`.
    Listen,
    /// `resources/subscribe` and `resources/unsubscribe`.
    Subscribe,
    /// `logging/setLevel`. Elsewhere each request says which level it wants.
    SetLevel,
    /// The capability `extensions`.
    Extensions,
    /// `structuredContent` and `outputSchema`.
    Structured,
    /// Forms for the user.
    ElicitForm,
    /// Links for the user, and therefore a mode in every question to the user.
    ElicitUrl,
    /// Questions about links carry an id of their own.
    ElicitationId,
    /// Forms with titled and multiple choices, and with defaults of every type.
    RichForms,
    /// `title` in definitions and implementations.
    Titles,
    /// `_meta` in definitions, content blocks and resource contents.
    ObjectMeta,
    /// `lastModified` in annotations.
    LastModified,
    /// Content blocks that point to a resource.
    ResourceLinks,
    /// Arguments already known, in a completion request.
    CompletionContext,
    /// Icons in definitions and implementations, and a description and a web site in implementations.
    Icons,
    /// Tools and lists of content blocks in questions to a model.
    SamplingTools,
    /// Content blocks with sound.
    Audio,
    /// Hints about what a tool does.
    ToolAnnotations,
    /// A message in progress notifications.
    ProgressMessage,
    /// A capability that says that completion is there.
    CompletionsCapability,
}

impl Revision {
    /// The newest revision.
    pub const LATEST: Self = Self::V2026_07_28;
    /// All revisions, newest first.
    pub const ALL: &'static [Self] =
        &[Self::V2026_07_28, Self::V2025_11_25, Self::V2025_06_18, Self::V2025_03_26, Self::V2024_11_05];
    /// Revisions with per-request metadata, newest first.
    pub const MODERN: &'static [Self] = &[Self::V2026_07_28];
    /// Revisions with an `initialize` handshake, newest first.
    pub const LEGACY: &'static [Self] =
        &[Self::V2025_11_25, Self::V2025_06_18, Self::V2025_03_26, Self::V2024_11_05];
    /// What a server assumes of an HTTP request of the session era that names no revision and no session.
    /// Streamable HTTP, "Protocol Version Header".
    pub const WITHOUT_HEADER: Self = Self::V2025_03_26;

    /// The date, as it travels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2024_11_05 => v2024_11_05::DATE,
            Self::V2025_03_26 => v2025_03_26::DATE,
            Self::V2025_06_18 => v2025_06_18::DATE,
            Self::V2025_11_25 => v2025_11_25::DATE,
            Self::V2026_07_28 => v2026_07_28::DATE,
        }
    }

    /// The revision with exactly this date, if it is supported.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rev| rev.as_str() == text)
    }

    /// Whether requests carry their own metadata. Versioning, section "Terminology".
    pub const fn is_modern(self) -> bool {
        match self {
            Self::V2024_11_05 | Self::V2025_03_26 | Self::V2025_06_18 | Self::V2025_11_25 => false,
            Self::V2026_07_28 => true,
        }
    }

    /// Whether `feature` exists in this revision.
    pub const fn has(self, feature: Feature) -> bool {
        match self {
            Self::V2024_11_05 => v2024_11_05::has(feature),
            Self::V2025_03_26 => v2025_03_26::has(feature),
            Self::V2025_06_18 => v2025_06_18::has(feature),
            Self::V2025_11_25 => v2025_11_25::has(feature),
            Self::V2026_07_28 => v2026_07_28::has(feature),
        }
    }

    /// Whether an error to a message whose id could not be read carries `"id": null`. The schemas of the two newest
    /// revisions leave the member out (`JSONRPCErrorResponse.id` is optional and never null); earlier ones demand
    /// it, and JSON-RPC says what it is then.
    pub const fn null_id(self) -> bool {
        match self {
            Self::V2024_11_05 | Self::V2025_03_26 | Self::V2025_06_18 => true,
            Self::V2025_11_25 | Self::V2026_07_28 => false,
        }
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_revision_is_either_modern_or_legacy_and_sorted() {
        assert!(Revision::ALL.windows(2).all(|pair| pair[0] > pair[1]));
        assert_eq!(Revision::ALL[0], Revision::LATEST);
        for rev in Revision::ALL {
            assert_eq!(Revision::parse(rev.as_str()), Some(*rev));
            assert_eq!(rev.is_modern(), Revision::MODERN.contains(rev));
            assert_ne!(rev.is_modern(), Revision::LEGACY.contains(rev));
            assert_ne!(rev.has(Feature::Discover), rev.has(Feature::Initialize));
        }
        assert_eq!(Revision::parse("2026-07-28 "), None);
    }

    #[test]
    fn features_come_once_and_go_once() {
        use Feature::{
            Audio, Batches, ElicitForm, ElicitUrl, ElicitationId, PrimingEvent, Structured, Titles,
        };
        let has = |feature| -> Vec<bool> { Revision::ALL.iter().rev().map(|rev| rev.has(feature)).collect() };
        assert_eq!(has(Batches), [false, true, false, false, false]);
        assert_eq!(has(Audio), [false, true, true, true, true]);
        assert_eq!(has(Structured), [false, false, true, true, true]);
        assert_eq!(has(ElicitForm), [false, false, true, true, true]);
        assert_eq!(has(Titles), [false, false, true, true, true]);
        assert_eq!(has(ElicitUrl), [false, false, false, true, true]);
        assert_eq!(has(ElicitationId), [false, false, false, true, false]);
        assert_eq!(has(PrimingEvent), [false, false, false, true, false]);
    }
}
