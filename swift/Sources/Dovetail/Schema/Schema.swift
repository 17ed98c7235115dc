// Owns: JSON Schemas as values, in the order in which they were written. Knows nothing of the Swift types that some
// of them describe; see SchemaRecorder.
import Foundation

/// A JSON Schema (2020-12). Members keep their order, because forms and models read them in order.
public struct Schema: Hashable, Sendable {
    private struct Member: Hashable {
        let name: String
        let json: String
    }

    private var members: [Member]
    /// The properties of an object, as they were written.
    private(set) var properties: [Property] = []

    /// The schema as JSON text.
    public var json: String {
        "{" + members.map { JSON.quote($0.name) + ":" + $0.json }.joined(separator: ",") + "}"
    }

    private init(_ members: [Member]) {
        self.members = members
    }

    /// A schema that only names a type.
    init(type: String) {
        self.init([Member(name: "type", json: JSON.quote(type))])
    }

    /// A schema written as a JSON object, for what the other functions have no word for.
    public init(_ object: [String: JSONValue]) {
        self.init(object.sorted { $0.key < $1.key }.map { Member(name: $0.key, json: $0.value.description) })
    }

    /// The same schema with one more member, which replaces an earlier one of that name.
    public func with(_ name: String, _ value: JSONValue) -> Schema {
        with(name, json: value.description)
    }

    func with(_ name: String, json: String) -> Schema {
        var changed = self
        changed.members = members.filter { $0.name != name } + [Member(name: name, json: json)]
        return changed
    }

    /// The text of a member, when it holds text.
    func text(_ name: String) -> String? {
        members.first { $0.name == name }.flatMap { try? JSON.decode(String.self, from: Data($0.json.utf8)) }
    }

    /// Any text.
    public static let string = Schema(type: "string")
    /// Whole numbers.
    public static let integer = Schema(type: "integer")
    /// Any number.
    public static let number = Schema(type: "number")
    /// `true` or `false`.
    public static let boolean = Schema(type: "boolean")
    /// Anything at all.
    public static let any = Schema([:])

    /// Arrays of one kind of element.
    public static func array(of element: Schema) -> Schema {
        Schema(type: "array").with("items", json: element.json)
    }

    /// Objects with any names and one kind of value.
    public static func dictionary(of value: Schema) -> Schema {
        Schema(type: "object").with("additionalProperties", json: value.json)
    }

    /// One of these texts.
    public static func choice(_ texts: [String]) -> Schema {
        string.with("enum", .array(texts.map(JSONValue.string)))
    }

    /// A value or `null`.
    public static func nullable(_ schema: Schema) -> Schema {
        Schema([Member(name: "anyOf", json: JSON.array([schema.json, Schema(type: "null").json]))])
    }

    /// An object with these properties, in this order.
    public static func object(@PropertyBuilder _ properties: () -> [Property]) -> Schema {
        object(properties())
    }

    /// An object with these properties, in this order.
    public static func object(_ properties: [Property]) -> Schema {
        let named = properties.map { JSON.quote($0.name) + ":" + $0.schema.json }
        let required = properties.filter(\.isRequired).map { JSON.quote($0.name) }
        var schema = Schema(type: "object").with("properties", json: "{" + named.joined(separator: ",") + "}")
        schema.properties = properties
        return required.isEmpty ? schema : schema.with("required", json: JSON.array(required))
    }
}

extension Schema: CustomStringConvertible {
    /// The JSON text.
    public var description: String { json }
}

/// One property of an object schema.
public struct Property: Hashable, Sendable {
    /// The name of the property.
    public let name: String
    /// What it may hold.
    public let schema: Schema
    /// Whether it has to be there.
    public let isRequired: Bool

    /// - Parameters:
    ///   - name: its name.
    ///   - schema: what it may hold.
    ///   - description: one line for whoever fills it in.
    ///   - default: what an absent property means; it is then not required.
    ///   - required: whether it has to be there; by default, when it has no `default`.
    public init(
        _ name: String, _ schema: Schema, _ description: String? = nil, default: JSONValue? = nil,
        required: Bool? = nil
    ) {
        var schema = schema
        if let description {
            schema = schema.with("description", .string(description))
        }
        if let `default` {
            schema = schema.with("default", `default`)
        }
        self.name = name
        self.schema = schema
        isRequired = required ?? (`default` == nil)
    }
}

/// Collects the properties of ``Schema/object(_:)-(()->[Property])``.
@resultBuilder
public enum PropertyBuilder {
    public static func buildExpression(_ property: Property) -> [Property] { [property] }
    public static func buildBlock(_ parts: [Property]...) -> [Property] { Array(parts.joined()) }
    public static func buildOptional(_ part: [Property]?) -> [Property] { part ?? [] }
    public static func buildEither(first part: [Property]) -> [Property] { part }
    public static func buildEither(second part: [Property]) -> [Property] { part }
    public static func buildArray(_ parts: [[Property]]) -> [Property] { Array(parts.joined()) }
}
