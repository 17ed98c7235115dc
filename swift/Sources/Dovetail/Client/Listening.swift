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

extension Client {
    /// Listens for news of the server, until it ends the stream. Whoever stops iterating stops listening.
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
    /// - Returns: the changes from now on; iterating throws ``DovetailError`` when the stream breaks.
    /// - Throws: ``DovetailError``; `CancellationError`.
    public func listen(
        tools: Bool = false, prompts: Bool = false, resources: Bool = false, uris: [String] = []
    ) async throws -> AsyncThrowingStream<Change, any Error> {
        let filter = JSON.object([
            "tools": tools ? "true" : nil,
            "prompts": prompts ? "true" : nil,
            "resources": resources ? "true" : nil,
            "uris": JSON.array(uris.map(JSON.quote)),
        ])
        let (changes, receive) = AsyncThrowingStream.makeStream(
            of: Change.self, throwing: (any Error).self, bufferingPolicy: .bufferingNewest(256))
        let (beginning, begin) = AsyncThrowingStream.makeStream(of: Void.self, throwing: (any Error).self)
        let listening = Task { [self] in
            do {
                _ = try await operate("listen", filter) { event in
                    if event.kind == .ready {
                        begin.finish()
                    } else if let change = Change(event.payload) {
                        receive.yield(change)
                    }
                }
                receive.finish()
                begin.finish()
            } catch is CancellationError {
                receive.finish()
                begin.finish()
            } catch {
                receive.finish(throwing: error)
                begin.finish(throwing: error)
            }
        }
        receive.onTermination = { _ in listening.cancel() }
        for try await _ in beginning {}
        try Task.checkCancellation()
        return changes
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
