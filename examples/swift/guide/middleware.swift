import Dovetail

private struct Add: Codable {
    var a: Int
    var b: Int
}

func middleware() async throws {
    let server = Server("guide")
    try server.tool("add") { (input: Add) in input.a + input.b }
    try server.layer(methods: ["tools/call"]) { message, next in
        let tool = message.params["name"]?.string ?? ""
        print("before \(tool)")
        let result = try await next(message)
        print("after \(tool)")
        return result
    }

    let client = try await Client.connect(server)
    print(try await client.call("add", Add(a: 1, b: 2), as: Int.self))
    await client.close()
}
