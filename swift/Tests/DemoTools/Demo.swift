// The server that the tests of whole connections talk to, in their own process or in another one.
import Dovetail

public struct Add: Codable, Sendable {
    public var a: Int
    public var b: Int

    public init(a: Int, b: Int) {
        self.a = a
        self.b = b
    }
}

private struct Name: Codable {
    var name: String
}

private actor Counter {
    private(set) var value = 0

    func increment() {
        value += 1
    }
}

/// A server with one tool of each kind.
public func demo() throws -> Server {
    let cancellations = Counter()
    let server = Server("demo", version: "1.2.3", instructions: "add things")
    try server.tool("add", "Add two numbers") { (input: Add) in input.a + input.b }
    try server.tool("count") { (_: NoInput, context) in
        for step in 1...3 {
            try context.progress(Double(step), total: 3, message: "step \(step)")
        }
        return "counted"
    }
    try server.tool("wait") { (_: NoInput, context) in
        // A stream that never gives anything ends when its task is cancelled.
        for await _ in AsyncStream<Never>.makeStream().stream {}
        if context.cancelled {
            await cancellations.increment()
        }
        return "ended"
    }
    try server.tool("cancellations") { (_: NoInput) in await cancellations.value }
    try server.tool("greet") { (_: NoInput, context) in
        let answer = try await context.elicit("Who?", as: Name.self)
        return "\(answer.action) \(answer.content?.name ?? "nobody")"
    }
    try server.tool("stubborn") { (_: NoInput, context) in
        do {
            return try await context.elicit("Who?", as: Name.self).content?.name ?? "nobody"
        } catch {
            return "swallowed"
        }
    }
    try server.tool("remove", asks: [.form]) { (_: NoInput, context) in try await context.confirm("Sure?") }
    try server.tool("fail") { (_: NoInput) -> String in throw ToolError("it broke") }
    try server.tool("inform") { (_: NoInput, context) in try context.info.name }
    return server
}
