import Dovetail

private struct Add: Codable {
    var a: Int
    var b: Int
}

/// The server under test, as the program has it.
private func makeServer() throws -> Server {
    let server = Server("guide")
    try server.tool("add") { (input: Add) in input.a + input.b }
    return server
}

/// With Swift Testing this is a `@Test` function, and `precondition` is `#expect`.
func testing() async throws {
    let client = try await Client.connect(try makeServer())
    let sum = try await client.call("add", Add(a: 1, b: 2), as: Int.self)
    precondition(sum == 3)
    do {
        _ = try await client.call("add", ["a": 1])
        preconditionFailure("b is missing")
    } catch let error as DovetailError {
        precondition(error.code == .toolError)
    }
    await client.close()
    print("ok")
}
