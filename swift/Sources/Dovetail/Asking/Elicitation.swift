// Owns: questions to a user and their answers, the same on both sides of a connection.

/// What a user made of a question.
public struct Elicitation<Content: Sendable>: Sendable {
    /// What the user did.
    public enum Action: String, Codable, Sendable {
        /// Filled the form in.
        case accept
        /// Said no.
        case decline
        /// Went away without an answer.
        case cancel
    }

    /// What the user did.
    public let action: Action
    /// What the user filled in; nil unless accepted.
    public let content: Content?

    /// The form, filled in.
    public static func accept(_ content: Content) -> Self {
        Self(action: .accept, content: content)
    }

    /// A no.
    public static var decline: Self { Self(action: .decline, content: nil) }

    /// No answer.
    public static var cancel: Self { Self(action: .cancel, content: nil) }
}

extension Elicitation: Encodable where Content: Encodable {}
extension Elicitation: Decodable where Content: Decodable {}
extension Elicitation: Equatable where Content: Equatable {}

/// A question of a server to the user of a client.
public struct Question: Decodable, Sendable {
    /// What it asks.
    public let message: String
    /// The fields of the form, as a JSON Schema.
    public let schema: JSONValue

    /// The defaults of the fields that have one: what the form holds before the user touches it.
    public var defaults: [String: JSONValue] {
        (schema["properties"]?.object ?? [:]).compactMapValues { $0["default"] }
    }
}

/// A request of a server that the user of a client visits a page.
public struct URLQuestion: Decodable, Sendable {
    /// Why.
    public let message: String
    /// The page. Show it to the user before it is opened.
    public let url: String
}

/// Puts a question to the user. Its task is cancelled when the server takes the question back.
public typealias ElicitHandler = @Sendable (Question) async throws -> Elicitation<JSONValue>

/// Asks the user to visit a page. Its task is cancelled when the server takes the question back.
public typealias ElicitURLHandler = @Sendable (URLQuestion) async throws -> Elicitation<JSONValue>.Action

/// Asks the model of a client. Its task is cancelled when the server takes the question back.
public typealias SampleHandler = @Sendable (SampleRequest) async throws -> SampleResult

/// Names the places that servers may work in.
public typealias RootsHandler = @Sendable () async throws -> [Root]
