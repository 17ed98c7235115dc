// The client that the official conformance suite tests: `everything-client URL`. What to do comes in the environment,
// as the suite sets it.
import Dovetail
import Foundation

let environment = ProcessInfo.processInfo.environment
guard let url = CommandLine.arguments.dropFirst().last, let scenario = environment["MCP_CONFORMANCE_SCENARIO"] else {
    FileHandle.standardError.write(Data("usage: MCP_CONFORMANCE_SCENARIO=… everything-client URL\n".utf8))
    exit(2)
}
do {
    let revision = environment["MCP_CONFORMANCE_PROTOCOL_VERSION"]
    let client = try await Client.connect(url, options: options(revision: revision))
    try await play(scenario, context: environment["MCP_CONFORMANCE_CONTEXT"] ?? "{}", with: client)
    await client.close()
} catch {
    FileHandle.standardError.write(Data("\(scenario): \(error)\n".utf8))
    exit(1)
}
