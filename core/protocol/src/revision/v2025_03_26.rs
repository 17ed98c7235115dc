//! Codec table of revision 2025-03-26: Streamable HTTP, the only one with batches.

use super::Feature;

pub(super) const DATE: &str = "2025-03-26";

pub(super) const fn has(feature: Feature) -> bool {
    match feature {
        Feature::Initialize
        | Feature::Ping
        | Feature::ServerRequests
        | Feature::Sessions
        | Feature::Batches
        | Feature::StreamableHttp
        | Feature::Resumable
        | Feature::Subscribe
        | Feature::SetLevel
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
        | Feature::VersionHeader
        | Feature::HttpSse
        | Feature::PrimingEvent
        | Feature::Listen
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
        | Feature::SamplingTools => false,
    }
}
