//! The dated revisions: what exists in which, and how a result looks on the wire in each.
//!
//! Owns the table and the dispatch; each codec lives in a module of its own, so that a revision can be removed by
//! deleting a file. Must never infer a revision from a connection: it is always an argument.

mod result;
mod v2025_11_25;
mod v2026_07_28;

pub use crate::methods;
pub use result::{Cache, CacheScope, Outcome, decode_result, encode_input_required, encode_result};

use std::fmt;

/// A dated revision of the specification. Later dates are greater.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Revision {
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
}

impl Revision {
    /// The newest revision.
    pub const LATEST: Self = Self::V2026_07_28;
    /// All revisions, newest first.
    pub const ALL: &'static [Self] = &[Self::V2026_07_28, Self::V2025_11_25];
    /// Revisions with per-request metadata, newest first.
    pub const MODERN: &'static [Self] = &[Self::V2026_07_28];
    /// Revisions with an `initialize` handshake, newest first.
    pub const LEGACY: &'static [Self] = &[Self::V2025_11_25];

    /// The date, as it travels.
    pub const fn as_str(self) -> &'static str {
        match self {
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
            Self::V2025_11_25 => false,
            Self::V2026_07_28 => true,
        }
    }

    /// Whether `feature` exists in this revision.
    pub fn has(self, feature: Feature) -> bool {
        match self {
            Self::V2025_11_25 => v2025_11_25::has(feature),
            Self::V2026_07_28 => v2026_07_28::has(feature),
        }
    }

    /// Whether an error to a message whose id could not be read carries `"id": null`. The schemas of both
    /// supported revisions leave the member out (`JSONRPCErrorResponse.id` is optional and never null); earlier
    /// ones require it, and their rows will say so.
    pub const fn null_id(self) -> bool {
        match self {
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
}
