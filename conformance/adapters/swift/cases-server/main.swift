// The server of the shared cases: `cases-server (--stdio | --http HOST:PORT) [--options JSON]`.
import Cases
import Dovetail
import Foundation

func complain(_ text: String) {
    FileHandle.standardError.write(Data("\(text)\n".utf8))
}

var arguments = CommandLine.arguments.dropFirst()
var options = "{}"
if let at = arguments.firstIndex(of: "--options"), arguments.indices.contains(at + 1) {
    options = arguments[at + 1]
    arguments.removeSubrange(at...at + 1)
}
let transport: Transport?
let fixture: FixtureOptions
do {
    fixture = try JSONDecoder().decode(FixtureOptions.self, from: Data(options.utf8))
    if Array(arguments) == ["--stdio"] {
        transport = .stdio
    } else if arguments.count == 2, arguments.first == "--http", let address = arguments.last {
        transport = .http(address, sse: fixture.sse ?? false)
    } else {
        transport = nil
    }
} catch {
    complain("--options: \(error)")
    exit(2)
}
guard let transport else {
    complain("usage: cases-server (--stdio | --http HOST:PORT) [--options JSON]")
    exit(2)
}
let server = try makeFixture(fixture)
try await server.serve(transport) { url in
    if let url {
        complain("listening on \(url)")
    }
}
