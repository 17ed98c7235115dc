// Owns: layers around the messages of a server or client, as their author writes them.
// Must never interpret a message: what a layer sees and returns are the wire's own parameters and results.

/// A message on its way through the layers.
public struct Message: Decodable, Sendable {
    /// The method, in the words of the specification.
    public let method: String
    /// The parameters. A layer may let the message go on with others.
    public var params: JSONValue
    /// The revision of the protocol that it speaks.
    public let revision: String?
    /// On whose behalf it comes, when that is known.
    public let principal: String?
    /// Whether nobody waits for a result.
    public let notification: Bool
}

/// What is inside of a layer.
public struct Next: Sendable {
    let proceed: @Sendable (Message) async throws -> JSONValue

    /// Lets the message go on, once, and gives its result; that of a notification is an empty object.
    ///
    /// - Throws: ``DovetailError`` when the request fails inside, or when it went on before (`invalid_state`);
    ///   `CancellationError`.
    public func callAsFunction(_ message: Message) async throws -> JSONValue {
        try await proceed(message)
    }
}

/// Stands around messages: what it returns is their result.
///
/// A layer lets a message go on with `try await next(message)` and returns the result or another one. Without `next` it
/// answers by itself, or drops a notification. A ``DovetailError`` refuses the request with its code; any other error is
/// logged and refuses it as `internal`. It has ten seconds of its own before it calls `next` and after.
public typealias LayerHandler = @Sendable (_ message: Message, _ next: Next) async throws -> JSONValue

/// A layer and the messages that it sees.
public struct Layer: Sendable {
    let methods: [String]?
    let run: LayerHandler

    /// - Parameters:
    ///   - methods: the methods of the messages that it sees, in the words of the specification; nil for all of them.
    ///   - run: the layer itself.
    public init(methods: [String]? = nil, _ run: @escaping LayerHandler) {
        self.methods = methods
        self.run = run
    }
}

extension Server {
    /// Adds a layer around everything that comes in, inside of those that were added before. Add layers before the
    /// server is used.
    ///
    /// ```swift
    /// try server.layer { message, next in
    ///     print(message.method)
    ///     return try await next(message)
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - methods: the methods of the messages that it sees, in the words of the specification; nil for all of them.
    ///   - run: the layer itself; see ``LayerHandler``.
    /// - Throws: ``DovetailError`` with the code `invalid_state` when the server is open.
    public func layer(methods: [String]? = nil, _ run: @escaping LayerHandler) throws {
        try layer(Layer(methods: methods, run))
    }
}
