// Owns: what a client gets back, as values.
import Foundation

/// What a tool answered.
public struct CallResult: Sendable {
    /// The typed value: structured content, or the text of a single text block; nil when there is neither.
    public let data: JSONValue?
    /// The content blocks.
    public let content: [Content]
    /// The structured content, as it came.
    public let structured: JSONValue?
    /// Whether the tool reports an error.
    public let isError: Bool
    /// The whole result, as it came.
    public let raw: JSONValue

    init(_ payload: Data) throws {
        do {
            let envelope = try JSON.decode(JSONValue.self, from: payload)
            let result = envelope["result"] ?? .null
            let fields = try result.decode(as: Fields.self)
            data = envelope["data"]
            content = fields.content ?? []
            structured = result["structuredContent"]
            isError = fields.isError ?? false
            raw = result
        } catch let error as DecodingError {
            throw DovetailError(.malformed, "the result: " + JSON.explain(error))
        }
    }

    /// ``data`` as a type.
    ///
    /// - Throws: `DecodingError` when it has another shape.
    public func data<Value: Decodable>(as type: Value.Type) throws -> Value {
        try (data ?? .null).decode(as: type)
    }

    /// The value inside a completion, without reading the rest.
    static func value<Value: Decodable>(in payload: Data, as type: Value.Type) throws -> Value {
        do {
            return try JSON.decode(Typed<Value>.self, from: payload).data
        } catch let error as DecodingError {
            throw DovetailError(.malformed, "the result is no \(type): " + JSON.explain(error))
        }
    }

    private struct Typed<Value: Decodable>: Decodable {
        let data: Value
    }

    private struct Fields: Decodable {
        let content: [Content]?
        let isError: Bool?
    }
}

/// What a server says about itself.
public struct ServerInfo: Decodable, Sendable {
    /// The revision of the protocol that was agreed on.
    public let revision: String
    /// The name and version of the server, and whatever else it says.
    public let info: JSONValue
    /// What the server can do.
    public let capabilities: JSONValue
    /// How a model should use the tools together.
    public let instructions: String?
    /// For a group, what each member says, by its name.
    public let servers: [String: ServerInfo]?
}

/// How far a call is.
public struct ProgressUpdate: Codable, Hashable, Sendable {
    /// How far.
    public let progress: Double
    /// How far it goes, when known.
    public let total: Double?
    /// One line for a person.
    public let message: String?
}

/// Receives the progress of a call.
public typealias ProgressHandler = @Sendable (ProgressUpdate) -> Void
