import Dovetail

func progress() async throws {
    let server = Server("guide")
    try server.tool("count") { (_: NoInput, context) in
        for step in 1...3 {
            try context.progress(Double(step), total: 3)
        }
        return "done"
    }
    try server.tool("wait") { (_: NoInput, context) in
        try context.progress(1)
        try await Task.sleep(for: .seconds(3600))  // throws when the caller cancels
        return "never"
    }

    let client = try await Client.connect(server)
    let result = try await client.call("count", as: String.self) { update in
        print("\(Int(update.progress)) of \(Int(update.total ?? 0))")
    }
    print(result)

    let (started, start) = AsyncStream.makeStream(of: Void.self)
    let waiting = Task { try await client.call("wait") { _ in start.yield() } }
    for await _ in started { break }
    waiting.cancel()
    do {
        _ = try await waiting.value
    } catch is CancellationError {
        print("cancelled")
    }
    await client.close()
}
