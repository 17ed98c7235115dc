// Owns: news of a server, as a sequence.
import Foundation

/// Something that has changed at a server.
public enum Change: Hashable, Sendable {
    /// The list of tools.
    case tools
    /// The list of prompts.
    case prompts
    /// The list of resources or of their templates.
    case resources
    /// What a resource holds.
    case resource(uri: String)
}

/// The changes at a server, from ``Client/listen(tools:prompts:resources:uris:)``. It can be iterated once.
///
/// Whoever stops iterating, cancels the task that does, or lets go of it stops listening. Iterating throws
/// ``DovetailError`` when the stream breaks, and ends when the server ends it.
public struct Listening: AsyncSequence, Sendable {
    public typealias Element = Change

    /// What the server agreed to tell.
    public struct Granted: Decodable, Hashable, Sendable {
        /// Whether it tells of other tools.
        public let tools: Bool
        /// Whether it tells of other prompts.
        public let prompts: Bool
        /// Whether it tells of other resources.
        public let resources: Bool
        /// The resources that it watches.
        public let uris: [String]
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var changes: Delivery<Change>.Iterator

        public mutating func next() async throws -> Change? {
            try await changes.next()
        }
    }

    /// What the server agreed to tell; it need not be all that was asked for.
    public let granted: Granted
    fileprivate let changes: Delivery<Change>

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(changes: changes.makeIterator())
    }
}

extension Client {
    /// Listens for news of the server.
    ///
    /// ```swift
    /// for try await change in try await client.listen(tools: true) {
    ///     tools = try await client.listTools()
    /// }
    /// ```
    ///
    /// Whoever iterates too slowly gets the newest 256 changes.
    ///
    /// - Parameters:
    ///   - tools: whether to hear of other tools.
    ///   - prompts: whether to hear of other prompts.
    ///   - resources: whether to hear of other resources.
    ///   - uris: the resources to hear of when they hold something else.
    /// - Returns: the changes from now on.
    /// - Throws: ``DovetailError``; `CancellationError`.
    public func listen(
        tools: Bool = false, prompts: Bool = false, resources: Bool = false, uris: [String] = []
    ) async throws -> Listening {
        let filter = JSON.object([
            "tools": tools ? "true" : nil,
            "prompts": prompts ? "true" : nil,
            "resources": resources ? "true" : nil,
            "uris": JSON.array(uris.map(JSON.quote)),
        ])
        let session = session
        let options = addressed()
        let (granted, changes) = try await session.deliver(limit: 256, read: Listening.read) { key in
            try session.native.request(
                key: key, operation: "listen", params: Data(filter.utf8), options: Data(options.utf8))
        }
        return Listening(granted: granted, changes: changes)
    }

    /// Asks to hear of a resource; ``listen(tools:prompts:resources:uris:)`` with its URI tells.
    ///
    /// - Throws: ``DovetailError``; `CancellationError`.
    public func subscribe(_ uri: String) async throws {
        _ = try await operate("subscribe", JSON.object(["uri": JSON.quote(uri)]))
    }

    /// Takes that back.
    ///
    /// - Throws: ``DovetailError``; `CancellationError`.
    public func unsubscribe(_ uri: String) async throws {
        _ = try await operate("unsubscribe", JSON.object(["uri": JSON.quote(uri)]))
    }
}

extension Listening {
    @Sendable fileprivate static func read(_ event: Event) throws -> Delivered<Granted, Change>? {
        if event.kind == .ready {
            .beginning(try JSON.decode(Granted.self, from: event.payload))
        } else {
            Change(event.payload).map { .element($0) }
        }
    }
}

extension Change {
    /// Reads a change as the boundary has it; nil for kinds that are unknown here.
    fileprivate init?(_ payload: Data) {
        struct Body: Decodable {
            let kind: String
            let uri: String?
        }
        guard let body = try? JSON.decode(Body.self, from: payload) else { return nil }
        switch (body.kind, body.uri) {
        case ("tools", _): self = .tools
        case ("prompts", _): self = .prompts
        case ("resources", _): self = .resources
        case ("resource", let uri?): self = .resource(uri: uri)
        default: return nil
        }
    }
}
