// Owns: prompts as a server's author writes them.
import Foundation

extension Server {
    /// Adds a prompt. A server that is open announces it.
    ///
    /// - Parameters:
    ///   - name: the name by which it is asked for, unique in the server.
    ///   - description: what it is for.
    ///   - title: a name for people.
    ///   - icons: pictures that stand for it.
    ///   - asks: what the handler asks its user; a client that cannot answer is refused before the handler runs.
    ///   - openAnswers: whether named questions may be answered before they were put; not for consent.
    ///   - complete: suggests values, by the name of the argument.
    ///   - handler: takes the arguments, as a type whose properties are texts, numbers, booleans or enums of these,
    ///     and gives text, messages (``PromptMessage``) or a ``PromptResult``. An argument that is no number where one
    ///     is expected is refused with `invalid_params`. Take a ``ToolInput`` for arguments with descriptions and
    ///     ``NoInput`` for none.
    /// - Throws: ``DefinitionError`` when the type of the arguments has other properties; ``DovetailError`` with the
    ///   code `invalid_argument` when the server is open and refuses it.
    public func prompt<Arguments: Decodable & Sendable, Output: PromptOutput>(
        _ name: String, _ description: String? = nil, title: String? = nil, icons: [Icon] = [],
        asks: [InputKind] = [], openAnswers: Bool = false, complete: [String: Completer] = [:],
        _ handler: @escaping @Sendable (_ arguments: Arguments, _ context: Context) async throws -> Output
    ) throws {
        let reader = try TextReader(Arguments.self)
        let members: KeyValuePairs<String, String?> = [
            "name": JSON.quote(name),
            "title": title.map(JSON.quote),
            "description": description.map(JSON.quote),
            "arguments": reader.arguments,
            "icons": JSON.list(icons),
            "asks": JSON.list(asks),
            "openAnswers": openAnswers ? "true" : nil,
        ]
        try offer(
            Definition(.prompts, name, members, completers: complete) { arguments, context in
                let arguments = try reader.read(JSONValue(json: arguments))
                let result = try await handler(arguments, context).promptResult
                return result.description == nil
                    ? .value(try JSON.encode(result.messages)) : .whole(try JSON.encode(result))
            })
    }

    /// Adds a prompt whose handler takes the arguments only. See the other form.
    public func prompt<Arguments: Decodable & Sendable, Output: PromptOutput>(
        _ name: String, _ description: String? = nil, title: String? = nil, icons: [Icon] = [],
        asks: [InputKind] = [], openAnswers: Bool = false, complete: [String: Completer] = [:],
        _ handler: @escaping @Sendable (_ arguments: Arguments) async throws -> Output
    ) throws {
        try prompt(
            name, description, title: title, icons: icons, asks: asks, openAnswers: openAnswers, complete: complete
        ) { (arguments: Arguments, _: Context) in try await handler(arguments) }
    }
}
