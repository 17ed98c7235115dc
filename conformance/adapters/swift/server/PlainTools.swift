// Owns: the tools that ask nothing.
import Dovetail

private struct Echo: Codable { var text: String }
private struct Add: Codable { var a, b: Int }
private struct Count: Codable { var to: Int }

func addPlainTools(to server: Server) throws {
    let cancelled = Counter()

    try server.tool("echo", "Give a text back") { (input: Echo) in input.text }

    try server.tool("add", "Add two numbers") { (input: Add) in input.a + input.b }

    try server.tool("count", "Count with progress") { (input: Count, context) in
        for step in stride(from: 1, through: input.to, by: 1) {
            try context.progress(Double(step), total: Double(input.to))
            await Task.yield()
        }
        return input.to
    }

    try server.tool("wait", "Wait until cancelled") { (_: NoInput, context) in
        // The caller may be gone before this begins, which counts as well.
        try? context.progress(1)
        // A stream that never gives anything ends when its task is cancelled.
        for await _ in AsyncStream<Never>.makeStream().stream {}
        await cancelled.increment()
        return "cancelled"
    }

    try server.tool("cancelled", "How many waits were cancelled") { (_: NoInput) in await cancelled.value }

    try server.tool("fail", "Fail") { (_: NoInput) -> String in throw ToolError("it broke") }
}
