// Owns: tools as a server's author writes them.
import Foundation

extension Server {
    /// Adds a tool whose handler takes the input and a ``Context``. A server that is open announces it.
    ///
    /// The handler runs in a task of its own, which is cancelled with the call. What it returns is the result; what it
    /// throws is reported to the caller as a tool error with the error's text. Text, ``JSONValue`` and content
    /// (``Content``, ``ToolResult``) declare no output schema; other results that are `Codable` declare the schema of
    /// their type.
    ///
    /// - Parameters:
    ///   - name: the name by which it is called, unique in the server.
    ///   - description: what it does, for the model.
    ///   - input: the schema of the input, in place of the one of its type.
    ///   - output: the schema of the result, in place of the one of its type.
    ///   - annotations: hints for clients, as the specification has them.
    ///   - asks: what the handler asks its user; a client that cannot answer is refused before the handler runs.
    ///   - title: a name for people.
    ///   - icons: pictures that stand for it.
    ///   - once: whether a call that asked its user takes effect at most once, however often it is sent; by default,
    ///     when the annotations say that it destroys something.
    ///   - openAnswers: whether named questions may be answered before they were put; not for consent.
    ///   - meta: metadata.
    ///   - handler: the tool itself.
    /// - Throws: ``DefinitionError`` when no schema can be read from a type; ``DovetailError`` with the code
    ///   `invalid_argument` when the server is open and refuses the tool.
    public func tool<Input: Decodable & Sendable, Output: Encodable & Sendable>(
        _ name: String, _ description: String? = nil, input: Schema? = nil, output: Schema? = nil,
        annotations: JSONValue? = nil, asks: [InputKind] = [], title: String? = nil, icons: [Icon] = [],
        once: Bool? = nil, openAnswers: Bool = false, meta: JSONValue? = nil,
        _ handler: @escaping @Sendable (_ input: Input, _ context: Context) async throws -> Output
    ) throws {
        let members: KeyValuePairs<String, String?> = [
            "name": JSON.quote(name),
            "title": title.map(JSON.quote),
            "description": description.map(JSON.quote),
            "inputSchema": try (input ?? Schema(of: Input.self)).json,
            "outputSchema": try (output ?? ToolResult.schema(of: Output.self))?.json,
            "annotations": annotations?.description,
            "icons": JSON.list(icons),
            "_meta": meta?.description,
            "asks": JSON.list(asks),
            "openAnswers": openAnswers ? "true" : nil,
            "once": once.map { $0 ? "true" : "false" },
        ]
        try offer(
            Definition(.tools, name, members) { arguments, context in
                try ToolResult.answer(try await handler(JSON.decode(Input.self, from: arguments), context))
            })
    }

    /// Adds a tool whose handler takes the input only. See the other form.
    public func tool<Input: Decodable & Sendable, Output: Encodable & Sendable>(
        _ name: String, _ description: String? = nil, input: Schema? = nil, output: Schema? = nil,
        annotations: JSONValue? = nil, asks: [InputKind] = [], title: String? = nil, icons: [Icon] = [],
        once: Bool? = nil, openAnswers: Bool = false, meta: JSONValue? = nil,
        _ handler: @escaping @Sendable (_ input: Input) async throws -> Output
    ) throws {
        try tool(
            name, description, input: input, output: output, annotations: annotations, asks: asks, title: title,
            icons: icons, once: once, openAnswers: openAnswers, meta: meta
        ) { (input: Input, _: Context) in try await handler(input) }
    }
}
