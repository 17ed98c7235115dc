import Dovetail

private actor Count {
    private(set) var value = 0

    func increment() {
        value += 1
    }
}

func caching() async throws {
    let lists = Count()
    let server = Server("guide", cache: [.tools: CacheHint(ttl: .seconds(60), scope: .public)])
    try server.tool("hello") { (_: NoInput) in "Hello" }
    try server.layer(methods: ["tools/list"]) { message, next in
        await lists.increment()
        return try await next(message)
    }

    let client = try await Client.connect(server)
    _ = try await client.listTools()
    _ = try await client.listTools()
    print("asked the server \(await lists.value) time")
    await client.close()
}
