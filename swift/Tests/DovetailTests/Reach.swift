// The ways in which a client reaches the demo server.
import DemoTools
import Dovetail
import Foundation

enum Reach: CaseIterable {
    case memory, http, stdio

    /// Runs `body` with a client, and closes everything afterwards.
    func connected(
        options: ClientOptions = ClientOptions(), _ body: @escaping @Sendable (Client) async throws -> Void
    ) async throws {
        switch self {
        case .memory:
            try await use(try demo(), options, body)
        case .stdio:
            try await use(Self.program, options, body)
        case .http:
            try await withURL(of: try demo()) { url in try await use(url, options, body) }
        }
    }

    private func use(
        _ target: some Target, _ options: ClientOptions, _ body: (Client) async throws -> Void
    ) async throws {
        let client = try await Client.connect(target, options: options)
        try await body(client)
        await client.close()
    }

    /// The demo server as a program, beside the program of the tests.
    private static var program: Command {
        let program = URL(fileURLWithPath: CommandLine.arguments[0])
            .deletingLastPathComponent().appendingPathComponent("DemoServer")
        let starter = URL(fileURLWithPath: #filePath + "/../../../../tests/setup/swift-run.sh").standardized
        return Command(starter.path, [program.path])
    }
}

/// Runs `body` with the URL of a server that serves HTTP meanwhile.
func withURL(of server: Server, _ body: @escaping @Sendable (String) async throws -> Void) async throws {
    let (ready, listening) = AsyncStream.makeStream(of: String.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            defer { listening.finish() }
            try await server.serve(.http("127.0.0.1:0")) { url in listening.yield(url ?? "") }
        }
        if let url = await ready.first(where: { _ in true }) {
            try await body(url)
            await server.close()
        }
        try await group.waitForAll()
    }
}
