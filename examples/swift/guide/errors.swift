import Dovetail

func errors() async throws {
    let server = Server("guide")
    try server.tool("save") { (_: NoInput) -> String in throw ToolError("the disk is full") }
    try server.tool("wait") { (_: NoInput) in
        try await Task.sleep(for: .seconds(3600))
        return "never"
    }

    let client = try await Client.connect(server)
    do {
        _ = try await client.call("save")
    } catch let error as DovetailError {
        print("\(error.name): \(error.detail)")
    }
    do {
        _ = try await client.call("nothing")
    } catch let error as DovetailError where error.code == .unknownTool {
        print(error.name)
    }
    do {
        _ = try await client.call("wait", timeout: .milliseconds(50))
    } catch let error as DovetailError where error.retry == "temporary" {
        print(error.name)
    }
    await client.close()
}
