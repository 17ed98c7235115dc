// Owns: questions as values, to be asked alone or several at once, and the answers to several.
import Foundation

/// A question to a client, for ``Context/ask(_:)``.
public struct Ask: Sendable {
    private let members: [(name: String, json: String)]

    private init(_ kind: InputKind, _ members: KeyValuePairs<String, String>) {
        self.members = [("kind", JSON.quote(kind.rawValue))] + members.map { ($0.key, $0.value) }
    }

    /// The question as the boundary has it.
    func json(name: String? = nil) -> String {
        let named = members + (name.map { [("name", JSON.quote($0))] } ?? [])
        return "{" + named.map { JSON.quote($0) + ":" + $1 }.joined(separator: ",") + "}"
    }

    /// A form for the user, with these fields.
    public static func form(_ message: String, schema: Schema) -> Ask {
        Ask(.form, ["message": JSON.quote(message), "schema": schema.json])
    }

    /// A form for the user, with the fields of a type.
    ///
    /// - Throws: ``DefinitionError`` when the fields cannot be read.
    public static func form<Content: Decodable>(_ message: String, as type: Content.Type) throws -> Ask {
        form(message, schema: try Schema(of: type))
    }

    /// A page for the user to visit.
    public static func url(_ message: String, url: String) -> Ask {
        Ask(.url, ["message": JSON.quote(message), "url": JSON.quote(url)])
    }

    /// A request to the client's model.
    ///
    /// - Throws: `EncodingError` when the request holds a number that JSON cannot.
    public static func sample(_ request: SampleRequest) throws -> Ask {
        Ask(.sample, ["params": try JSON.text(request)])
    }

    /// The client's roots.
    public static var roots: Ask { Ask(.roots, [:]) }
}

/// The answers to several questions, by the names of the questions.
public struct Answers: Sendable {
    /// Every answer, as it came.
    public let raw: [String: JSONValue]

    /// What the user made of a form.
    ///
    /// - Throws: `DecodingError` when there is no such answer or it has another shape; so do all of these functions.
    public func form<Content: Decodable & Sendable>(
        _ name: String, as type: Content.Type = JSONValue.self
    ) throws -> Elicitation<Content> {
        try answer(name)
    }

    /// What the user made of a page.
    public func url(_ name: String) throws -> Elicitation<JSONValue>.Action {
        try (answer(name) as Elicitation<JSONValue>).action
    }

    /// What the model answered.
    public func sample(_ name: String) throws -> SampleResult {
        try answer(name)
    }

    /// The client's roots.
    public func roots(_ name: String) throws -> [Root] {
        try (answer(name) as Roots).roots
    }

    private func answer<Value: Decodable>(_ name: String) throws -> Value {
        try (raw[name] ?? .null).decode()
    }
}
