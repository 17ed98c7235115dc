// Owns: the server of the shared cases, as conformance/cases/README.md describes it.
import Dovetail

/// How the fixture is set up.
package struct FixtureOptions: Decodable, Sendable {
    var stateKeys: String?
    var pageSize: Int?
    var callTimeoutMs: Int?
    var limits: [String: Int]?
    var resumable: Bool?
    package var sse: Bool?
    var layers: Bool?
    var extra: Bool?
}

/// A server of the fixture.
package func makeFixture(_ options: FixtureOptions) throws -> Server {
    let limits = (options.limits ?? [:]).map { (Limit(rawValue: $0), $1) }
    let server = Server(
        "cases", version: "1.0.0", instructions: "Cases.", stateKeys: options.stateKeys, pageSize: options.pageSize,
        cache: [.tools: CacheHint(ttl: .seconds(60), scope: .public)],
        callTimeout: options.callTimeoutMs.map { .milliseconds($0) }, resumable: options.resumable ?? false,
        limits: Dictionary(uniqueKeysWithValues: limits))
    let shared = Shared()
    let journal = Journal()
    if options.layers == true {
        for layer in noting(in: journal) {
            try server.layer(layer)
        }
    }
    try addPlainTools(to: server, shared)
    try server.tool("journal", "What the layers saw.") { (_: NoInput) in
        await journal.take().joined(separator: "; ")
    }
    try addAskingTools(to: server, shared)
    try addChangingTools(to: server, hasExtra: options.extra ?? false)
    try addReadings(to: server)
    return server
}

private struct Add: Codable {
    var a: Int
    var b: Int
}

private struct Failing: Codable {
    var message: String
}

private struct Counter: Codable {
    var of: String
}

private func addPlainTools(to server: Server, _ shared: Shared) throws {
    try server.tool("add", "Adds two numbers.") { (input: Add) in input.a + input.b }
    try server.tool("fail", "Fails.") { (input: Failing) -> String in throw ToolError(input.message) }
    try server.tool("hold", "Waits for release.") { (_: NoInput, context) in
        let released = await shared.hold()
        try context.progress(1)
        for await _ in released {
            return "released"
        }
        await shared.count("cancelled")
        return "cancelled"
    }
    try server.tool("release", "Lets every waiting call of hold go.") { (_: NoInput) in
        await shared.release()
        return "ok"
    }
    try server.tool("count", "A counter.") { (input: Counter) in await shared.value(of: input.of) }
}

private struct Touched: Codable {
    var uri: String
}

private func addChangingTools(to server: Server, hasExtra: Bool) throws {
    try server.tool("grow", "Adds a tool.") { [weak server] (_: NoInput) in
        if let server {
            try addExtra(to: server)
        }
        return "ok"
    }
    try server.tool("shrink", "Removes it.") { [weak server] (_: NoInput) in
        try server?.remove(tool: "extra")
        return "ok"
    }
    try server.tool("touch", "Announces a change of a resource.") { [weak server] (input: Touched) in
        try server?.resourceUpdated(input.uri)
        return "ok"
    }
    try server.tool("quit", "Closes the server.") { [weak server] (_: NoInput) in
        // The close waits for this call, and so this call cannot wait for the close.
        Task { await server?.close(deadline: .seconds(1)) }
        return "ok"
    }
    if hasExtra {
        try addExtra(to: server)
    }
}

private func addExtra(to server: Server) throws {
    try server.tool("extra", "Is not always there.") { (_: NoInput) in "extra" }
}
