//! Codec of revision 2025-11-25: sessions, server requests, results as they are.

use super::Feature;

pub(super) const DATE: &str = "2025-11-25";

pub(super) fn has(feature: Feature) -> bool {
    match feature {
        Feature::Initialize | Feature::Ping | Feature::ServerRequests | Feature::Sessions => true,
        Feature::Discover
        | Feature::InputRequired
        | Feature::ResultType
        | Feature::CacheHints
        | Feature::StandardHeaders
        | Feature::AnyStructured => false,
    }
}
