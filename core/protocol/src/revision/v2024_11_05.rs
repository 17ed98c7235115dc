//! Codec table of revision 2024-11-05: the first one. Its HTTP transport has two endpoints; completion exists without a
//! capability of its own; batches are not mentioned.

use super::Feature;

pub(super) const DATE: &str = "2024-11-05";

pub(super) const fn has(feature: Feature) -> bool {
    match feature {
        Feature::Initialize
        | Feature::Ping
        | Feature::ServerRequests
        | Feature::Sessions
        | Feature::HttpSse
        | Feature::Subscribe
        | Feature::SetLevel => true,
        Feature::Discover
        | Feature::InputRequired
        | Feature::ResultType
        | Feature::CacheHints
        | Feature::StandardHeaders
        | Feature::AnyStructured
        | Feature::Batches
        | Feature::VersionHeader
        | Feature::StreamableHttp
        | Feature::Resumable
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
        | Feature::SamplingTools
        | Feature::Audio
        | Feature::ToolAnnotations
        | Feature::ProgressMessage
        | Feature::CompletionsCapability => false,
    }
}
