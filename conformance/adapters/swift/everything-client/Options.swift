// Owns: how the client of the suite connects and what it answers.
import Dovetail

/// Revisions with sessions are pinned, as the suite asks for them; the newest is found out.
func options(revision: String?) -> ClientOptions {
    var options = ClientOptions(
        onElicit: { question in .accept(.object(question.defaults)) },
        onElicitURL: { _ in .accept },
        onSample: { _ in SampleResult("This is a test response.", model: "test-model") },
        roots: [Root("file:///workspace")])
    options.name = "dovetail-conformance"
    options.version = "1.0.0"
    if let revision, ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"].contains(revision) {
        options.revision = revision
    }
    return options
}
