// Owns: the commands that run, and what each of them does.
import Cases
import Dovetail

actor Program {
    private var clients: [String: Connection] = [:]
    private var streams: [Int: Stream] = [:]
    private var running: [Int: Task<Void, Never>] = [:]

    /// Runs a command in a task of its own, so that it can be taken back.
    func obey(_ command: Command) {
        running[command.id] = Task {
            let outcome: (String, JSONValue)
            do {
                outcome = ("ok", try await act(command))
            } catch is CancellationError {
                outcome = ("error", ["name": "cancelled", "detail": "taken back"])
            } catch let error as DovetailError {
                outcome = ("error", ["name": .string(error.name), "detail": .string(error.detail)])
            } catch {
                outcome = ("error", ["name": "internal", "detail": .string("\(error)")])
            }
            running[command.id] = nil
            Output.say(["id": .int(command.id), outcome.0: outcome.1])
        }
    }

    func end() async {
        for connection in clients.values {
            await connection.client.close()
        }
    }

    private func act(_ command: Command) async throws -> JSONValue {
        switch command.do {
        case "connect":
            let connection = try await Connection(command)
            clients[command.client ?? "main"] = connection
            return try await connection.description
        case "listen":
            let stream = try await Stream(command, on: client(of: command))
            streams[command.id] = stream
            return stream.granted
        case "next":
            return try await stream(of: command).next()
        case "stop":
            try stream(of: command).stop()
            return .null
        case "cancel":
            command.of.flatMap { running[$0] }?.cancel()
            return .null
        case "journal":
            return .array(try await connection(of: command).journal.take().map(JSONValue.string))
        default:
            return try await ask(command, client(of: command))
        }
    }

    private nonisolated func ask(_ command: Command, _ client: Client) async throws -> JSONValue {
        switch command.do {
        case "call":
            return try await call(command, on: client)
        case "list":
            return .array(try await names(of: command.what, on: client).map(JSONValue.string))
        case "read":
            let contents = try await client.readResource(command.uri ?? "").contents
            return contents.first?.text.map(JSONValue.string) ?? .null
        case "prompt":
            let prompt = try await client.getPrompt(command.name ?? "", command.arguments ?? [:])
            return prompt.messages.first?.content.text.map(JSONValue.string) ?? .null
        case "ping":
            try await client.ping()
            return .null
        case "close":
            await client.close()
            return .null
        default:
            throw DovetailError(.invalidArgument, "nothing is called \(command.do)")
        }
    }

    private nonisolated func call(_ command: Command, on client: Client) async throws -> JSONValue {
        let timeout = command.timeoutMs.map { Duration.milliseconds($0) }
        let arguments = command.arguments ?? [:]
        let tool = command.tool ?? ""
        let report: ProgressHandler = { update in
            Output.say(["event": "progress", "of": .int(command.id), "progress": .number(update.progress)])
        }
        let onProgress = command.progress == true ? report : nil
        let result =
            command.raw == true
            ? try await client.callRaw(tool, arguments, timeout: timeout, onProgress: onProgress)
            : try await client.call(tool, arguments, timeout: timeout, onProgress: onProgress)
        return [
            "text": .string(result.content.compactMap(\.text).joined()), "isError": .bool(result.isError),
        ]
    }

    private nonisolated func names(of list: String?, on client: Client) async throws -> [String] {
        switch list {
        case "tools": try await client.listTools().map(\.name)
        case "resources": try await client.listResources().map(\.uri)
        case "resource_templates": try await client.listResourceTemplates().map(\.uriTemplate)
        case "prompts": try await client.listPrompts().map(\.name)
        default: throw DovetailError(.invalidArgument, "there is no list of \(list ?? "nothing")")
        }
    }

    private func connection(of command: Command) throws -> Connection {
        guard let connection = clients[command.client ?? "main"] else {
            throw DovetailError(.invalidArgument, "there is no client \(command.client ?? "main")")
        }
        return connection
    }

    private func client(of command: Command) throws -> Client {
        try connection(of: command).client
    }

    private func stream(of command: Command) throws -> Stream {
        guard let stream = command.of.flatMap({ streams[$0] }) else {
            throw DovetailError(.invalidArgument, "there is no such stream")
        }
        return stream
    }
}
