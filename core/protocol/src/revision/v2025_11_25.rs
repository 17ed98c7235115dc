//! Codec table of revision 2025-11-25: sessions, server requests, results as they are.
//!
//! `extensions` is not in its schema, which allows other members, and extensions are announced there in practice.

use super::Feature;

pub(super) const DATE: &str = "2025-11-25";

pub(super) const fn has(feature: Feature) -> bool {
    match feature {
        Feature::Initialize
        | Feature::Ping
        | Feature::ServerRequests
        | Feature::Sessions
        | Feature::VersionHeader
        | Feature::StreamableHttp
        | Feature::Resumable
        | Feature::PrimingEvent
        | Feature::Subscribe
        | Feature::SetLevel
        | Feature::Extensions
        | Feature::Structured
        | Feature::ElicitForm
        | Feature::ElicitUrl
        | Feature::ElicitationId
        | Feature::RichForms
        | Feature::Titles
        | Feature::ObjectMeta
        | Feature::LastModified
        | Feature::ResourceLinks
        | Feature::CompletionContext
        | Feature::Icons
        | Feature::SamplingTools
        | Feature::Audio
        | Feature::ToolAnnotations
        | Feature::ProgressMessage
        | Feature::CompletionsCapability => true,
        Feature::Discover
        | Feature::InputRequired
        | Feature::ResultType
        | Feature::CacheHints
        | Feature::StandardHeaders
        | Feature::AnyStructured
        | Feature::Batches
        | Feature::HttpSse
        | Feature::Listen => false,
    }
}
