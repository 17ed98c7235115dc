// Layers around the messages of servers and clients.
import DemoTools
import Dovetail
import Testing

@Suite(.timeLimit(.minutes(1))) struct LayerTests {
    private struct Fault: Error {}

    @Test(arguments: Era.all) func layersStandAroundACallInOrder(era: Era) async throws {
        let journal = Journal()
        let server = try demo()
        for name in ["outer", "inner"] {
            try server.layer(methods: ["tools/call"]) { message, next in
                await journal.add("\(name) \(message.params["name"]?.string ?? "")")
                let result = try await next(message)
                await journal.add("\(name) done")
                return result
            }
        }
        try await era.connected(to: server) { client in
            let sum = try await client.call("add", Add(a: 1, b: 2), as: Int.self)
            #expect(sum == 3)
        }
        #expect(await journal.entries == ["outer add", "inner add", "inner done", "outer done"])
    }

    @Test func aLayerChangesWhatGoesInAndWhatComesOut() async throws {
        let server = try demo()
        try server.layer(methods: ["tools/call"]) { message, next in
            var message = message
            message.params = ["name": "add", "arguments": ["a": 20, "b": 1]]
            return try await next(message)
        }
        let options = ClientOptions(layers: [
            Layer(methods: ["tools/call"]) { message, next in
                guard case .object(var members) = try await next(message) else { return .null }
                members["structuredContent"] = .int((members["structuredContent"]?.int ?? 0) * 2)
                return .object(members)
            }
        ])
        let client = try await Client.connect(server, options: options)
        #expect(try await client.call("add", Add(a: 1, b: 1), as: Int.self) == 42)
        await client.close()
    }

    @Test func aLayerAnswersOrRefusesByItself() async throws {
        let (lines, log) = AsyncStream.makeStream(of: String.self)
        let server = Server("layered", log: { log.yield($0.message) })
        try server.tool("add") { (input: Add) in input.a + input.b }
        try server.layer { message, next in
            switch message.params["arguments"]?["a"]?.int {
            case 1: return ["content": [["type": "text", "text": "mine"]]]
            case 2: throw DovetailError(.forbidden, "not you")
            case 3: throw Fault()
            default: return try await next(message)
            }
        }
        let client = try await Client.connect(server)
        #expect(try await client.call("add", Add(a: 1, b: 0)).content.first?.text == "mine")
        let refused = await expectCode(.forbidden) { try await client.call("add", Add(a: 2, b: 0)) }
        #expect(refused?.detail.contains("not you") == true)
        await expectCode(.internal) { try await client.call("add", Add(a: 3, b: 0)) }
        #expect(await lines.first { $0.contains("Fault") } != nil)
        #expect(try await client.call("add", Add(a: 4, b: 1), as: Int.self) == 5)
        await client.close()
    }

    @Test func anErrorThatPassesKeepsWhatItWas() async throws {
        let journal = Journal()
        let server = try demo()
        try server.layer(methods: ["tools/call"]) { message, next in
            do {
                return try await next(message)
            } catch let error as DovetailError {
                await journal.add(error.name)
                throw error
            }
        }
        let client = try await Client.connect(server)
        await expectCode(.unknownTool) { try await client.call("nope") }
        #expect(await journal.entries == ["unknown_tool"])
        await client.close()
    }

    @Test func aLayerGoesOnOnceOnly() async throws {
        let server = try demo()
        try server.layer(methods: ["tools/call"]) { message, next in
            let result = try await next(message)
            await expectCode(.invalidState) { try await next(message) }
            return result
        }
        let client = try await Client.connect(server)
        #expect(try await client.call("add", Add(a: 1, b: 2), as: Int.self) == 3)
        await client.close()
    }

    @Test func anOpenServerTakesNoLayers() async throws {
        let server = try demo()
        let client = try await Client.connect(server)
        expectCode(.invalidState) { try server.layer { try await $1($0) } }
        await client.close()
    }
}

private actor Journal {
    private(set) var entries: [String] = []

    func add(_ entry: String) {
        entries.append(entry)
    }
}
