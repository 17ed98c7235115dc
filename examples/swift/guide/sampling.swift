import Dovetail

func sampling() async throws {
    let server = Server("guide")
    try server.tool("summarize") { (_: NoInput, context) in
        try await context.sample(SampleRequest("Summarize this.", maxTokens: 100)).text
    }
    try server.tool("where") { (_: NoInput, context) in
        try await context.listRoots().first?.uri ?? "nowhere"
    }

    let options = ClientOptions(
        onSample: { _ in SampleResult("short", model: "demo") }, roots: [Root("file:///project")])
    let client = try await Client.connect(server, options: options)
    print(try await client.call("summarize", as: String.self))
    print(try await client.call("where", as: String.self))
    await client.close()
}
