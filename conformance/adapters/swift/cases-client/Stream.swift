// Owns: a stream of news that is read one piece at a time, by a command each.
import Dovetail

struct Stream: Sendable {
    private typealias Request = CheckedContinuation<JSONValue, any Error>

    /// What the server agreed to tell.
    let granted: JSONValue
    private let requests: AsyncStream<Request>.Continuation
    private let reading: Task<Void, Never>

    init(_ command: Command, on client: Client) async throws {
        let listening = try await client.listen(
            tools: command.tools ?? false, prompts: command.prompts ?? false, resources: command.resources ?? false,
            uris: command.uris ?? [])
        granted = [
            "tools": .bool(listening.granted.tools), "prompts": .bool(listening.granted.prompts),
            "resources": .bool(listening.granted.resources),
            "uris": .array(listening.granted.uris.map(JSONValue.string)),
        ]
        let (asked, requests) = AsyncStream.makeStream(of: Request.self)
        self.requests = requests
        reading = Task {
            var changes = listening.makeAsyncIterator()
            for await request in asked {
                do {
                    request.resume(returning: try await changes.next().map(describe) ?? .null)
                } catch {
                    request.resume(throwing: error)
                }
            }
        }
    }

    /// The next change; null when the stream has ended.
    func next() async throws -> JSONValue {
        try await withCheckedThrowingContinuation { request in
            if case .terminated = requests.yield(request) {
                request.resume(throwing: DovetailError(.closed, "the stream is closed"))
            }
        }
    }

    func stop() {
        requests.finish()
        reading.cancel()
    }
}

private func describe(_ change: Change) -> JSONValue {
    switch change {
    case .tools: ["kind": "tools"]
    case .prompts: ["kind": "prompts"]
    case .resources: ["kind": "resources"]
    case .resource(let uri): ["kind": "resource", "uri": .string(uri)]
    }
}
