// Owns: tools that report while they run, change what the server offers, or outlast their connection.
import Dovetail

/// Far enough apart to be seen one by one.
private let pause = Duration.milliseconds(50)

func addReporting(to server: Server) throws {
    try server.tool("test_tool_with_progress", "Reports progress") { (_: NoInput, context) in
        for done in [0, 50, 100] {
            try context.progress(Double(done), total: 100, message: "Completed step \(done) of 100")
            try await Task.sleep(for: pause)
        }
        return "Tool with progress executed successfully"
    }
    try server.tool("test_tool_with_logging", "Logs") { (_: NoInput, context) in
        for line in ["Tool execution started", "Tool processing data", "Tool execution completed"] {
            try context.log(.info, line)
            try await Task.sleep(for: pause)
        }
        return "Tool with logging executed successfully"
    }
    try server.tool("test_logging_tool", "Logs for requests that ask for it") { (_: NoInput, context) in
        try context.log(.error, "A log message for whoever asked", logger: "everything")
        return "logged"
    }
    try server.tool("test_reconnection", "Outlasts its connection") { (_: NoInput, context) in
        try await context.detach(retry: .milliseconds(500))
        try await Task.sleep(for: pause * 2)
        return "Reconnection test completed successfully."
    }
    // A handler that kept its server would keep it for ever.
    try server.tool("test_trigger_tool_change", "Announces other tools") { [weak server] (_: NoInput) in
        try server?.announce(.tools)
        return "announced"
    }
    try server.tool("test_trigger_prompt_change", "Announces other prompts") { [weak server] (_: NoInput) in
        try server?.announce(.prompts)
        return "announced"
    }
}
