import Dovetail

func logging() async throws {
    let server = Server("guide")
    try server.tool("work") { (_: NoInput, context) in
        try context.log(.info, "working")
        return "worked"
    }

    let options = ClientOptions(
        logLevel: .info,
        onLog: { message in print("\(message.level): \(message.data.string ?? "")") })
    let client = try await Client.connect(server, options: options)
    _ = try await client.call("work")
    await client.close()
}
