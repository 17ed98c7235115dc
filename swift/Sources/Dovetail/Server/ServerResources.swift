// Owns: resources and their templates as a server's author writes them.
import Foundation

extension Server {
    /// Adds a resource. A server that is open announces it.
    ///
    /// - Parameters:
    ///   - uri: where it is, unique in the server.
    ///   - name: its name; by default, its URI.
    ///   - description: what it is, for the model.
    ///   - title: a name for people.
    ///   - mimeType: its kind.
    ///   - size: its size in bytes, when known.
    ///   - annotations: for whom it is and how much it matters.
    ///   - icons: pictures that stand for it.
    ///   - handler: gives its contents: text, `Data` or ``ResourceContents``.
    /// - Throws: ``DovetailError`` with the code `invalid_argument` when the server is open and refuses it.
    public func resource<Output: ResourceOutput>(
        _ uri: String, _ name: String? = nil, _ description: String? = nil, title: String? = nil,
        mimeType: String? = nil, size: Int? = nil, annotations: Annotations? = nil, icons: [Icon] = [],
        _ handler: @escaping @Sendable (_ context: Context) async throws -> Output
    ) throws {
        let members: KeyValuePairs<String, String?> = [
            "uri": JSON.quote(uri),
            "name": JSON.quote(name ?? uri),
            "title": title.map(JSON.quote),
            "description": description.map(JSON.quote),
            "mimeType": mimeType.map(JSON.quote),
            "size": size.map(String.init),
            "annotations": try annotations.map(JSON.text),
            "icons": JSON.list(icons),
        ]
        try offer(
            Definition(.resources, uri, members) { _, context in
                .value(try JSON.encode(try await handler(context).contents(uri: uri, mimeType: mimeType)))
            })
    }

    /// Adds a resource whose handler takes nothing. See the other form.
    public func resource<Output: ResourceOutput>(
        _ uri: String, _ name: String? = nil, _ description: String? = nil, title: String? = nil,
        mimeType: String? = nil, size: Int? = nil, annotations: Annotations? = nil, icons: [Icon] = [],
        _ handler: @escaping @Sendable () async throws -> Output
    ) throws {
        try resource(
            uri, name, description, title: title, mimeType: mimeType, size: size, annotations: annotations,
            icons: icons
        ) { (_: Context) in try await handler() }
    }

    /// Adds a family of resources. A server that is open announces it.
    ///
    /// - Parameters:
    ///   - uriTemplate: the pattern of their URIs (RFC 6570), unique in the server.
    ///   - name: its name; by default, the pattern.
    ///   - description: what they are, for the model.
    ///   - title: a name for people.
    ///   - mimeType: their kind, when they have one in common.
    ///   - annotations: for whom they are and how much they matter.
    ///   - icons: pictures that stand for them.
    ///   - complete: suggests values, by the name of the variable.
    ///   - handler: takes the variables of the pattern, as a type with a property for each (text, a number, a
    ///     boolean or an enum of these), and gives the contents.
    /// - Throws: ``DefinitionError`` when the type of the variables has other properties; ``DovetailError`` with the
    ///   code `invalid_argument` when the server is open and refuses it.
    public func resourceTemplate<Variables: Decodable & Sendable, Output: ResourceOutput>(
        _ uriTemplate: String, _ name: String? = nil, _ description: String? = nil, title: String? = nil,
        mimeType: String? = nil, annotations: Annotations? = nil, icons: [Icon] = [],
        complete: [String: Completer] = [:],
        _ handler: @escaping @Sendable (_ variables: Variables, _ context: Context) async throws -> Output
    ) throws {
        let reader = try TextReader(Variables.self)
        let members: KeyValuePairs<String, String?> = [
            "uriTemplate": JSON.quote(uriTemplate),
            "name": JSON.quote(name ?? uriTemplate),
            "title": title.map(JSON.quote),
            "description": description.map(JSON.quote),
            "mimeType": mimeType.map(JSON.quote),
            "annotations": try annotations.map(JSON.text),
            "icons": JSON.list(icons),
        ]
        try offer(
            Definition(.resourceTemplates, uriTemplate, members, completers: complete) { payload, context in
                let read = try JSON.decode(Read.self, from: payload)
                let output = try await handler(reader.read(read.variables), context)
                return .value(try JSON.encode(output.contents(uri: read.uri, mimeType: mimeType)))
            })
    }

    /// Adds a family of resources whose handler takes the variables only. See the other form.
    public func resourceTemplate<Variables: Decodable & Sendable, Output: ResourceOutput>(
        _ uriTemplate: String, _ name: String? = nil, _ description: String? = nil, title: String? = nil,
        mimeType: String? = nil, annotations: Annotations? = nil, icons: [Icon] = [],
        complete: [String: Completer] = [:],
        _ handler: @escaping @Sendable (_ variables: Variables) async throws -> Output
    ) throws {
        try resourceTemplate(
            uriTemplate, name, description, title: title, mimeType: mimeType, annotations: annotations, icons: icons,
            complete: complete
        ) { (variables: Variables, _: Context) in try await handler(variables) }
    }
}

private struct Read: Decodable {
    let uri: String
    let variables: JSONValue
}
