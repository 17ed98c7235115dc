// Owns: what a client reads from its server beside the results of tools.

extension Client {
    /// The resources of the server, all pages.
    ///
    /// - Throws: ``DovetailError``; `CancellationError`; so do all of these functions.
    public func listResources() async throws -> [Resource] {
        struct Resources: Decodable {
            let resources: [Resource]
        }
        return try await operate("list_resources", as: Resources.self).resources
    }

    /// The families of resources of the server, all pages.
    public func listResourceTemplates() async throws -> [ResourceTemplate] {
        struct Templates: Decodable {
            let resourceTemplates: [ResourceTemplate]
        }
        return try await operate("list_resource_templates", as: Templates.self).resourceTemplates
    }

    /// The prompts of the server, all pages.
    public func listPrompts() async throws -> [Prompt] {
        struct Prompts: Decodable {
            let prompts: [Prompt]
        }
        return try await operate("list_prompts", as: Prompts.self).prompts
    }

    /// Reads a resource.
    ///
    /// - Parameters:
    ///   - uri: where it is.
    ///   - fresh: whether to ask the server even when an earlier answer may still be used.
    /// - Throws: ``DovetailError``, `unknown_resource` when there is none.
    public func readResource(_ uri: String, fresh: Bool = false) async throws -> ReadResult {
        try await operate(
            "read_resource", JSON.object(["uri": JSON.quote(uri)]), options: fresh ? #"{"fresh":true}"# : "{}",
            as: ReadResult.self)
    }

    /// Gets a prompt, written out.
    ///
    /// - Parameters:
    ///   - name: the name of the prompt.
    ///   - arguments: what encodes as a JSON object of texts.
    /// - Throws: ``DovetailError``, `unknown_prompt` when there is none, `invalid_params` when an argument is missing.
    public func getPrompt(_ name: String, _ arguments: some Encodable = NoInput()) async throws -> PromptResult {
        let params = JSON.object(["name": JSON.quote(name), "arguments": try text(of: arguments)])
        return try await operate("get_prompt", params, as: PromptResult.self)
    }

    /// Suggestions for a value.
    ///
    /// - Parameters:
    ///   - reference: what the value is for.
    ///   - argument: the name of the argument or variable.
    ///   - value: what has been typed so far.
    ///   - context: the values of others, by name, as far as they are known.
    public func complete(
        _ reference: CompletionReference, argument: String, value: String, context: [String: String] = [:]
    ) async throws -> Completion {
        let params = JSON.object([
            "ref": reference.json,
            "argument": JSON.quote(argument),
            "value": JSON.quote(value),
            "context": context.isEmpty ? nil : try JSON.text(context),
        ])
        return try await operate("complete", params, as: Completion.self)
    }

    /// Asks the server for log messages of a level and above, where the protocol revision has such a request; else it
    /// goes along with every later request.
    public func setLogLevel(_ level: LogLevel) async throws {
        _ = try await operate("set_log_level", JSON.object(["level": JSON.quote(level.rawValue)]))
    }

    /// Asks whether the server is there.
    public func ping() async throws {
        _ = try await operate("ping")
    }

    /// Sends a request of any kind, for extensions of the protocol.
    ///
    /// - Parameters:
    ///   - method: the method, as the extension has it.
    ///   - params: its parameters, an object.
    public func request(_ method: String, _ params: JSONValue = [:]) async throws -> JSONValue {
        let request = JSON.object(["method": JSON.quote(method), "params": try JSON.text(params)])
        return try await operate("raw", request, as: JSONValue.self)
    }
}

/// What a suggested value is for.
public struct CompletionReference: Sendable {
    let json: String

    /// An argument of a prompt.
    public static func prompt(_ name: String) -> CompletionReference {
        CompletionReference(json: JSON.object(["type": JSON.quote("ref/prompt"), "name": JSON.quote(name)]))
    }

    /// A variable of a family of resources.
    public static func resourceTemplate(_ uriTemplate: String) -> CompletionReference {
        CompletionReference(json: JSON.object(["type": JSON.quote("ref/resource"), "uri": JSON.quote(uriTemplate)]))
    }
}
