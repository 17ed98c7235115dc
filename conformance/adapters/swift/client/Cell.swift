// Owns: one cell of the interop matrix: everything that a client can do, once.
import Dovetail
import Foundation

struct Cell {
    let client: Client

    func run() async throws -> [String: JSONValue] {
        let (progress, count) = try await counted()
        return [
            "revision": .string(try await client.serverInfo().revision),
            "progress": .array(progress.map(JSONValue.number)),
            "count": .int(count),
            "add": .int(try await client.call("add", ["a": 2, "b": 3], as: Int.self)),
            "echo": .string(try await client.call("echo", ["text": "ä\"\n€"], as: String.self)),
            "cancel": try await cancelled(),
            "elicit": .string(try await client.call("ask", ["what": "answer?"], as: String.self)),
            "error": try await failure("fail", [:]),
            "unknown": try await failure("nope", [:]),
            "invalid": try await failure("add", ["a": "x", "b": 3]),
        ]
    }

    private func counted() async throws -> ([Double], Int) {
        let (updates, receive) = AsyncStream.makeStream(of: Double.self)
        let count = try await client.call("count", ["to": 3], as: Int.self) { receive.yield($0.progress) }
        receive.finish()
        return (await updates.reduce(into: []) { $0.append($1) }, count)
    }

    private func cancelled() async throws -> JSONValue {
        let client = client
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let waiting = Task { try await client.call("wait") { _ in start.yield() } }
        // The handler reports progress as its first act: from then on cancelling must reach it.
        _ = await started.first { true }
        waiting.cancel()
        var code = "none"
        do {
            _ = try await waiting.value
        } catch is CancellationError {
            code = ErrorCode.cancelled.name
        } catch let error as DovetailError {
            code = error.name
        }
        var observed = false
        for _ in 0..<50 where !observed {
            observed = try await client.call("cancelled", as: Int.self) >= 1
        }
        return ["code": .string(code), "observed": .bool(observed)]
    }

    private func failure(_ tool: String, _ arguments: JSONValue) async throws -> JSONValue {
        do {
            return ["result": try await client.call(tool, arguments).raw]
        } catch let error as DovetailError {
            return describe(error)
        }
    }
}
