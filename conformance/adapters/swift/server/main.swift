// The server of the shared tests: `server --stdio` or `server --http HOST:PORT`.
import Dovetail
import Foundation

let server = Server("conformance", version: "1.0.0")
try addPlainTools(to: server)
try addAskingTools(to: server)

let arguments = CommandLine.arguments.dropFirst()
if arguments == ["--stdio"] {
    try await server.serve(.stdio)
} else if arguments.count == 2, arguments.first == "--http", let address = arguments.last {
    try await server.serve(.http(address)) { url in
        FileHandle.standardError.write(Data("listening on \(url ?? "")\n".utf8))
    }
} else {
    FileHandle.standardError.write(Data("usage: server --stdio | --http HOST:PORT\n".utf8))
    exit(2)
}
