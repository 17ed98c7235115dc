//! Codec table of revision 2025-06-18: structured output, forms for the user, resource links.

use super::Feature;

pub(super) const DATE: &str = "2025-06-18";

pub(super) const fn has(feature: Feature) -> bool {
    match feature {
        Feature::Initialize
        | Feature::Ping
        | Feature::ServerRequests
        | Feature::Sessions
        | Feature::VersionHeader
        | Feature::StreamableHttp
        | Feature::Resumable
        | Feature::Subscribe
        | Feature::SetLevel
        | Feature::Structured
        | Feature::ElicitForm
        | Feature::Titles
        | Feature::ObjectMeta
        | Feature::LastModified
        | Feature::ResourceLinks
        | Feature::CompletionContext
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
        | Feature::PrimingEvent
        | Feature::Listen
        | Feature::Extensions
        | Feature::ElicitUrl
        | Feature::ElicitationId
        | Feature::RichForms
        | Feature::Icons
        | Feature::SamplingTools => false,
    }
}
