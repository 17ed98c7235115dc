// HTTP requests that reach a server without a socket.
import DemoTools
import Dovetail
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1))) struct ExchangeTests {
    @Test func aRequestIsAnswered() async throws {
        let server = try demo()
        let answer = try await server.exchange(head(for: "add"), call("add", #"{"a":1,"b":2}"#))
        #expect(answer.status == 200)
        #expect(answer.headers.contains { $0.name == "content-type" && $0.value == "application/json" })
        let message = try JSONValue(json: try await answer.body.reduce(into: Data()) { $0 += $1 })
        #expect(message["result"]?["structuredContent"] == 3)
        await server.close()
    }

    @Test func whatIsNoRequestOfTheProtocolIsRefusedInTheAnswer() async throws {
        let server = try demo()
        let answer = try await server.exchange(head(for: "add", host: "example.org"), call("add", "{}"))
        #expect(answer.status == 403)
        await expectCode(.invalidArgument) {
            try await server.exchange(Exchange.Head(method: "NO METHOD", path: "/mcp", headers: []))
        }
        await server.close()
        await expectCode(.closed) { try await server.exchange(head(for: "add")) }
    }

    @Test func otherHostsAreAllowedWhileThatIsServed() async throws {
        let server = try demo()
        let (ready, begin) = AsyncStream.makeStream(of: Void.self)
        let serving = Task {
            try await server.serve(.exchange(allowedHosts: ["example.org"])) { _ in begin.yield() }
        }
        _ = await ready.first { true }
        let answer = try await server.exchange(head(for: "add", host: "example.org"), call("add", #"{"a":1,"b":2}"#))
        #expect(answer.status == 200)
        serving.cancel()
        await #expect(throws: CancellationError.self) { try await serving.value }
        let refused = try await server.exchange(head(for: "add", host: "example.org"), call("add", "{}"))
        #expect(refused.status == 403)
        await server.close()
    }

    @Test func anAnswerComesInPieces() async throws {
        let server = try demo()
        let answer = try await server.exchange(head(for: "count"), call("count", "{}", progress: true))
        var text = ""
        for try await chunk in answer.body {
            text += String(decoding: chunk, as: UTF8.self)
        }
        #expect(answer.headers.contains { $0.name == "content-type" && $0.value == "text/event-stream" })
        #expect(text.contains("step 3"))
        #expect(text.contains("counted"))
        await server.close()
    }

    @Test func whoeverStopsReadingCancelsTheCall() async throws {
        let server = try waiting()
        let answer = try await server.server.exchange(head(for: "wait"), call("wait", "{}", progress: true))
        for try await _ in answer.body { break }
        #expect(await server.ended.first { _ in true } == true)
        await server.server.close()
    }

    @Test func cancellingTheTaskCancelsTheCall() async throws {
        let server = try waiting()
        let exchange = Task {
            let answer = try await server.server.exchange(head(for: "wait"), call("wait", "{}", progress: true))
            for try await _ in answer.body {}
        }
        _ = await server.started.first { true }
        exchange.cancel()
        #expect(await server.ended.first { _ in true } == true)
        await server.server.close()
    }

    /// A server whose tool reports progress and then waits until it is cancelled.
    private struct Waiting {
        let server: Server
        let started: AsyncStream<Void>
        let ended: AsyncStream<Bool>
    }

    private func waiting() throws -> Waiting {
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let (ended, end) = AsyncStream.makeStream(of: Bool.self)
        let server = Server("waiting")
        try server.tool("wait") { (_: NoInput, context) in
            try context.progress(1)
            start.yield()
            for await _ in AsyncStream<Never>.makeStream().stream {}
            end.yield(context.cancelled)
            return "ended"
        }
        return Waiting(server: server, started: started, ended: ended)
    }

    private func head(for tool: String, host: String = "127.0.0.1") -> Exchange.Head {
        Exchange.Head(
            method: "POST", path: "/mcp",
            headers: [
                ("host", host), ("content-type", "application/json"),
                ("accept", "application/json, text/event-stream"), ("mcp-protocol-version", "2026-07-28"),
                ("mcp-method", "tools/call"), ("mcp-name", tool),
            ])
    }

    private func call(_ tool: String, _ arguments: String, progress: Bool = false) -> Data {
        let token = progress ? #","progressToken":1"# : ""
        return Data(
            #"""
            {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\#(tool)","arguments":\#(arguments),"_meta":{
            "io.modelcontextprotocol/protocolVersion":"2026-07-28",
            "io.modelcontextprotocol/clientInfo":{"name":"test","version":"1"},
            "io.modelcontextprotocol/clientCapabilities":{}\#(token)}}}
            """#.utf8)
    }
}
