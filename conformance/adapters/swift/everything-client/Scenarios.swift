// Owns: what the client does in each scenario.
import Dovetail
import Foundation

struct UnknownScenario: Error {
    let name: String
}

private struct Work: Decodable {
    struct Call: Decodable {
        let name: String
        let arguments: JSONValue?
    }

    let toolCalls: [Call]?
}

func play(_ scenario: String, context: String, with client: Client) async throws {
    let tools = try await client.listTools()
    switch scenario {
    case "initialize", "request-metadata", "json-schema-ref-no-deref":
        break
    case "tools_call":
        _ = try await client.call("add_numbers", ["a": 5, "b": 3])
    case "elicitation-sep1034-client-defaults":
        _ = try await client.call("test_client_elicitation_defaults")
    case "sse-retry":
        _ = try await client.call("test_reconnection")
    case "sep-2322-client-request-state":
        try await callAtOnce(tools, with: client)
    case "http-standard-headers":
        try await callInTurn(tools, with: client)
        try await readEverything(with: client)
    case "http-custom-headers":
        for call in try JSONValue(json: Data(context.utf8)).decode(as: Work.self).toolCalls ?? [] {
            _ = try await client.callRaw(call.name, call.arguments ?? [:])
        }
    case "http-invalid-tool-headers":
        try await callInTurn(tools, with: client)
    case "json-schema-2020-12-preservation":
        let schema = tools.first { $0.name == "json_schema_2020_12_tool" }?.inputSchema
        _ = try await client.call("json_schema_echo", ["schema": schema ?? .null])
    default:
        throw UnknownScenario(name: scenario)
    }
}

private func callInTurn(_ tools: [Tool], with client: Client) async throws {
    for tool in tools {
        _ = try await client.callRaw(tool.name, example(of: tool.inputSchema))
    }
}

/// Tools that ask: what belongs to one must not reach another.
private func callAtOnce(_ tools: [Tool], with client: Client) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for tool in tools {
            group.addTask { _ = try await client.callRaw(tool.name, example(of: tool.inputSchema)) }
        }
        try await group.waitForAll()
    }
}

private func readEverything(with client: Client) async throws {
    for resource in try await client.listResources() {
        _ = try await client.readResource(resource.uri)
    }
    for prompt in try await client.listPrompts() {
        let names = (prompt.arguments ?? []).map(\.name)
        _ = try await client.getPrompt(prompt.name, Dictionary(uniqueKeysWithValues: names.map { ($0, "test") }))
    }
}

/// Arguments that a schema of flat, required properties accepts.
private func example(of schema: JSONValue) -> JSONValue {
    let required = (schema["required"]?.array ?? []).compactMap(\.string)
    let values: [(String, JSONValue)] = required.map { name in
        switch schema["properties"]?[name]?["type"]?.string {
        case "integer", "number": (name, 1)
        case "boolean": (name, true)
        case "array": (name, [])
        case "object": (name, [:])
        default: (name, "test")
        }
    }
    return .object(Dictionary(uniqueKeysWithValues: values))
}
