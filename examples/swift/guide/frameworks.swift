import Dovetail
import Foundation

private struct Add: Codable {
    var a: Int
    var b: Int
}

func frameworks() async throws {
    let server = Server("guide")
    try server.tool("add") { (input: Add) in input.a + input.b }

    // What the route handler of Vapor, Hummingbird or another framework does with a request for /mcp.
    let head = Exchange.Head(
        method: "POST", path: "/mcp",
        headers: [
            ("host", "localhost"), ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"), ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "tools/call"), ("mcp-name", "add"),
        ])
    let answer = try await server.exchange(head, Data(request.utf8))
    var body = Data()
    for try await chunk in answer.body {
        body += chunk
    }
    let reply = try JSONValue(json: body)
    print(reply["result"]?["structuredContent"] ?? .null)
    await server.close()
}

private let request = """
    {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
      "name": "add", "arguments": {"a": 1, "b": 2},
      "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "guide", "version": "1.0.0"},
        "io.modelcontextprotocol/clientCapabilities": {}}}}
    """
