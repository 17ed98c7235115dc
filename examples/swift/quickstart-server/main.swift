import Dovetail

struct Add: Codable {
    var a: Int
    var b: Int
}

let server = Server("demo")
try server.tool("add", "Add two numbers") { (input: Add) in input.a + input.b }
try await server.serve(.stdio)  // or .http("127.0.0.1:8000")
