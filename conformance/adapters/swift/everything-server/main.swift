// The server that the official conformance suite runs against: `everything-server --stdio | --http HOST:PORT`.
// Names and texts are those that the suite asks for; nothing here knows a revision.
import Dovetail
import Foundation

let lists = CacheHint(ttl: .seconds(300), scope: .public)
let server = Server(
    "conformance-everything", version: "1.0.0", instructions: "Fixtures of the official conformance suite.",
    cache: [
        .discover: lists, .tools: lists, .prompts: lists, .resources: lists, .resourceTemplates: lists,
        .reads: CacheHint(ttl: .seconds(300)),
    ],
    resumable: true)
try addContent(to: server)
try addReporting(to: server)
try addAsking(to: server)
try addRounds(to: server)
try addResources(to: server)
try addPrompts(to: server)

let arguments = CommandLine.arguments.dropFirst()
if arguments == ["--stdio"] {
    try await server.serve(.stdio)
} else if arguments.count == 2, arguments.first == "--http", let address = arguments.last {
    try await server.serve(.http(address)) { url in
        FileHandle.standardError.write(Data("listening on \(url ?? "")\n".utf8))
    }
} else {
    FileHandle.standardError.write(Data("usage: everything-server --stdio | --http HOST:PORT\n".utf8))
    exit(2)
}
