// Servers that change while they serve, and clients that hear of it, over both transports and in both eras.
import DemoTools
import Dovetail
import Testing

@Suite(.timeLimit(.minutes(1))) struct ChangingTests {
    @Test(arguments: Era.all) func whatIsOfferedMayChange(era: Era) async throws {
        let server = try wideDemo()
        try await era.connected(to: server, options: uncached) { client in
            let before = try await client.listTools().count
            try server.tool("late") { (_: NoInput) in "late" }
            let late = try await client.call("late", as: String.self)
            #expect(late == "late")
            try server.disable(tool: "late")
            await expectCode(.unknownTool) { try await client.call("late") }
            try server.enable(tool: "late")
            _ = try await client.call("late")
            try server.remove(tool: "late")
            let after = try await client.listTools().count
            #expect(after == before)
            try server.tool("late") { (_: NoInput) in "again" }
            let again = try await client.call("late", as: String.self)
            #expect(again == "again")
            try server.remove(resource: "demo://note")
            try server.disable(resourceTemplate: "demo://weather/{city}")
            try server.remove(prompt: "hello")
            let prompts = try await client.listPrompts().map(\.name)
            #expect(prompts == ["write"])
            await expectCode(.unknownResource) { try await client.readResource("demo://note", fresh: true) }
            await expectCode(.unknownResource) { try await client.readResource("demo://weather/Oslo", fresh: true) }
        }
    }

    @Test func aTakenNameIsRefusedAndKeepsItsTool() async throws {
        let server = try wideDemo()
        let client = try await Client.connect(server)
        try server.tool("taken") { (_: NoInput) in "first" }
        expectCode(.invalidArgument) { try server.tool("taken") { (_: NoInput) in "second" } }
        let answer = try await client.call("taken", as: String.self)
        #expect(answer == "first")
        await client.close()
    }

    @Test(arguments: Era.all) func newsReachWhoeverListens(era: Era) async throws {
        let server = try wideDemo()
        try await era.connected(to: server, options: uncached) { client in
            let news = try await client.listen(tools: true, prompts: true, uris: ["demo://note"])
            try server.announce(.resources)
            try server.announce(.tools)
            try server.resourceUpdated("demo://note")
            var seen: Set<Change> = []
            for try await change in news {
                seen.insert(change)
                if seen.count == 2 { break }
            }
            #expect(seen == [.tools, .resource(uri: "demo://note")])
        }
    }

    @Test(arguments: Era.all) func aSubscriptionCanBeTakenBack(era: Era) async throws {
        try await era.connected(to: try wideDemo()) { client in
            try await client.subscribe("demo://note")
            try await client.unsubscribe("demo://note")
        }
    }

    @Test(arguments: Era.all) func listeningEndsWithItsTask(era: Era) async throws {
        try await era.connected(to: try wideDemo()) { client in
            let news = try await client.listen(tools: true)
            let listening = Task {
                for try await _ in news {}
            }
            listening.cancel()
            try await listening.value
        }
    }

    @Test func aClosedClientHearsNothing() async throws {
        let client = try await Client.connect(try wideDemo())
        await client.close()
        await expectCode(.closed) { try await client.listen(tools: true) }
    }

    private var uncached: ClientOptions {
        var options = ClientOptions()
        options.cache = false
        return options
    }
}
