// Several servers as one client, and limits.
import DemoTools
import Dovetail
import Testing

@Suite(.timeLimit(.minutes(1))) struct GroupTests {
    private func server(_ name: String, answers: String) throws -> Server {
        let server = Server(name)
        try server.tool("who") { (_: NoInput) in answers }
        try server.tool("only_\(answers)") { (_: NoInput) in answers }
        try server.resource("demo://\(answers)") { answers }
        return server
    }

    @Test func severalServersAreOneClient() async throws {
        let client = try await Client.group([
            "a": try server("first", answers: "one"), "b": try server("second", answers: "two"),
        ])
        let tools = try await client.listTools()
        #expect(tools.map(\.name) == ["a_who", "only_one", "b_who", "only_two"])
        #expect(tools.map(\.server) == ["a", "a", "b", "b"])
        #expect(try await client.call("b_who", as: String.self) == "two")
        #expect(try await client.call("only_one", as: String.self) == "one")
        #expect(try await client.readResource("demo://two").contents.first?.text == "two")
        #expect(try await client.serverInfo().servers?["b"]?.info["name"] == "second")
        await client.close()
    }

    @Test func oneMemberIsSpokenToAlone() async throws {
        let client = try await Client.group([
            "a": try server("first", answers: "one"), "b": try server("second", answers: "two"),
        ])
        do {
            let second = client.member("b")
            #expect(try await second.call("who", as: String.self) == "two")
            #expect(try await second.callRaw("who", timeout: .seconds(10)).content.first?.text == "two")
        }
        #expect(try await client.call("a_who", as: String.self) == "one")
        await client.close()
    }

    @Test func whatIsNoGroupIsRefused() async throws {
        let headers = ClientOptions(headers: ["x": "1"])
        await expectCode(.invalidArgument) { try await Client.group(["a": try demo()], options: headers) }
        let twice: [(name: String, target: any Target)] = [("a", try demo()), ("a", try demo())]
        await expectCode(.invalidArgument) { try await Client.group(twice) }
        await expectCode(.invalidArgument) {
            try await Client.group(["good": try demo(), "bad": "ftp://nowhere"])
        }
    }

    @Test func aLimitIsKeptAndNamed() async throws {
        let server = Server("small", limits: [.body: 1000])
        try server.tool("add") { (input: Add) in input.a + input.b }
        #expect(Limit.body.standard == 4 << 20)
        try await withURL(of: server) { url in
            let client = try await Client.connect(url)
            let failed = await expectCode(.limitExceeded) {
                try await client.call("add", ["a": JSONValue.string(String(repeating: "x", count: 2000)), "b": 1])
            }
            #expect(failed?.detail.contains("body") == true)
            await client.close()
        }
        let misplaced = Server("misplaced", limits: [.retries: 1])
        await expectCode(.invalidArgument) { try await Client.connect(misplaced) }
    }
}
