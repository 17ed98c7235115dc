// `guide FEATURE` runs the program of one page of the guide; each lies in a file of its own.
import Foundation

let programs: [String: @Sendable () async throws -> Void] = [
    "tools": tools, "resources": resources, "prompts": prompts, "completion": completion, "progress": progress,
    "logging": logging, "elicitation": elicitation, "steps": steps, "sampling": sampling,
    "subscriptions": subscriptions, "caching": caching, "middleware": middleware, "errors": errors,
    "frameworks": frameworks, "testing": testing, "revisions": revisions,
]

guard let program = CommandLine.arguments.dropFirst().first.flatMap({ programs[$0] }) else {
    FileHandle.standardError.write(Data("usage: guide \(programs.keys.sorted().joined(separator: "|"))\n".utf8))
    exit(2)
}
try await program()
