import Dovetail

func subscriptions() async throws {
    let server = Server("guide")
    try server.resource("note://welcome") { "Hello" }
    try server.tool("hello") { (_: NoInput) in "Hello" }

    let client = try await Client.connect(server)
    let changes = try await client.listen(tools: true, uris: ["note://welcome"])
    try server.tool("goodbye") { (_: NoInput) in "Goodbye" }
    try server.resourceUpdated("note://welcome")
    listening: for try await change in changes {
        switch change {
        case .tools:
            print("tools changed")
        case .resource(let uri):
            print("updated \(uri)")
            break listening
        case .prompts, .resources:
            break
        }
    }
    await client.close()
}
