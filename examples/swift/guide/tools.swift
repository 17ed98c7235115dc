import Dovetail

private struct Add: Codable {
    var a: Int
    var b: Int
}

func tools() async throws {
    let server = Server("guide")
    try server.tool("add", "Add two numbers") { (input: Add) in input.a + input.b }

    let client = try await Client.connect(server)
    for tool in try await client.listTools() {
        print("\(tool.name): \(tool.description ?? "")")
    }
    print(try await client.call("add", Add(a: 1, b: 2), as: Int.self))
    do {
        _ = try await client.call("add", ["a": "one", "b": 2] as JSONValue)
    } catch let error as DovetailError {
        print("refused: \(error.name)")
    }
    await client.close()
}
