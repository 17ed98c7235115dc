// The ways in which a client reaches a server, with a revision that has sessions and one that has none.
import DemoTools
import Dovetail
import Testing

/// One transport and one revision.
struct Era: Sendable, CustomTestStringConvertible {
    let http: Bool
    let revision: String

    static let all = [false, true].flatMap { http in
        ["2025-11-25", "2026-07-28"].map { Era(http: http, revision: $0) }
    }

    var testDescription: String { "\(http ? "HTTP" : "memory") \(revision)" }

    /// Runs `body` with a client of the server, and closes both afterwards.
    func connected(
        to server: Server, options: ClientOptions = ClientOptions(),
        _ body: @escaping @Sendable (Client) async throws -> Void
    ) async throws {
        var options = options
        options.revision = revision
        let pinned = options
        let use: @Sendable (any Target) async throws -> Void = { target in
            let client = try await Client.connect(target, options: pinned)
            try await body(client)
            await client.close()
        }
        if http {
            try await withURL(of: server, use)
        } else {
            try await use(server)
            await server.close()
        }
    }
}
