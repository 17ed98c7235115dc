// What a server may be told beside its tools: taking effect once, the first transport, hints for caches, refusals.
import DemoTools
import Dovetail
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1))) struct ExtrasTests {
    @Test func aCallThatIsSentAgainTakesEffectOnce() async throws {
        let wipes = Counter()
        let server = Server("once")
        try server.tool("wipe", once: true) { (_: NoInput, context) in
            try await context.confirm("Wipe?") ? "wiped \(await wipes.next())" : "kept"
        }
        let asked = try await send(["name": "wipe", "arguments": [:]], to: server)
        let answer: JSONValue = [
            "name": "wipe", "arguments": [:], "inputResponses": ["q1": ["action": "accept", "content": [:]]],
            "requestState": asked["requestState"] ?? .null,
        ]
        for _ in 0..<2 {
            #expect(try await send(answer, to: server)["content"]?[0]?["text"] == "wiped 1")
        }
        #expect(await wipes.value == 1)
        await server.close()
    }

    @Test func clientsOfTheFirstRevisionAreServedWhereThatIsWanted() async throws {
        let server = try demo()
        let (ready, listening) = AsyncStream.makeStream(of: String.self)
        let serving = Task {
            try await server.serve(.http("127.0.0.1:0", sse: true)) { listening.yield($0 ?? "") }
        }
        let url = try #require(await ready.first { _ in true })
        let client = try await Client.connect(
            url.replacingOccurrences(of: "/mcp", with: "/sse"), options: ClientOptions(revision: "2024-11-05"))
        #expect(try await client.serverInfo().revision == "2024-11-05")
        #expect(try await client.call("add", Add(a: 1, b: 2)).content.first?.text == "3")
        await client.close()
        await server.close()
        try await serving.value
    }

    @Test func anAnswerIsKeptAsLongAsItsServerSays() async throws {
        let lists = Counter()
        let server = Server("hints", cache: [.tools: CacheHint(ttl: .seconds(60), scope: .public)])
        try server.tool("one") { (_: NoInput) in "one" }
        try server.layer(methods: ["tools/list"]) { message, next in
            _ = await lists.next()
            return try await next(message)
        }
        let client = try await Client.connect(server)
        #expect(try await client.listTools().count == 1)
        #expect(try await client.listTools().count == 1)
        #expect(await lists.value == 1)
        await client.close()
    }

    @Test(arguments: Era.all) func handlersRefuseWithCodes(era: Era) async throws {
        struct Page: Codable {
            var number: Int
        }
        struct Fault: Error {}
        let (lines, log) = AsyncStream.makeStream(of: String.self)
        let server = Server("refusing", log: { log.yield($0.message) })
        try server.resource("demo://gone") { () -> String in throw DovetailError(.unknownResource, "it is gone") }
        try server.resource("demo://secret") { () -> String in throw DovetailError(.forbidden, "not yours") }
        try server.resource("demo://faulty") { () -> String in throw Fault() }
        try server.prompt("page") { (page: Page) in "page \(page.number)" }
        try await era.connected(to: server) { client in
            let gone = await expectCode(.unknownResource) { try await client.readResource("demo://gone") }
            #expect(gone?.detail.contains("it is gone") == true)
            await expectCode(.forbidden) { try await client.readResource("demo://secret") }
            await expectCode(.internal) { try await client.readResource("demo://faulty") }
            let refused = await expectCode(.invalidParams) { try await client.getPrompt("page", ["number": "x"]) }
            #expect(refused?.detail.contains("number") == true)
        }
        #expect(await lines.first { $0.contains("Fault") } != nil)
    }

    /// The result of a call, with the answers and the state that it carries.
    private func send(_ params: JSONValue, to server: Server) async throws -> JSONValue {
        var members = params.object ?? [:]
        members["_meta"] = [
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": ["name": "test", "version": "1"],
            "io.modelcontextprotocol/clientCapabilities": ["elicitation": [:]],
        ]
        let message: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": .object(members)]
        let head = Exchange.Head(
            method: "POST", path: "/mcp",
            headers: [
                ("host", "127.0.0.1"), ("content-type", "application/json"),
                ("accept", "application/json, text/event-stream"), ("mcp-protocol-version", "2026-07-28"),
                ("mcp-method", "tools/call"), ("mcp-name", params["name"]?.string ?? ""),
            ])
        let answer = try await server.exchange(head, message.encoded())
        let body = try await answer.body.reduce(into: Data()) { $0 += $1 }
        return try JSONValue(json: body)["result"] ?? .null
    }
}

private actor Counter {
    private(set) var value = 0

    func next() -> Int {
        value += 1
        return value
    }
}
