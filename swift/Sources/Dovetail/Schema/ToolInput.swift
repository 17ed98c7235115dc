// Owns: how a type says its own schema, and what a definition that cannot be read says.

/// A type that writes its own schema, instead of having it read from its properties.
///
/// Use it for descriptions, defaults and everything that a plain struct cannot say:
///
/// ```swift
/// struct Forecast: ToolInput {
///     var city: String
///     var days: Int?
///
///     static var schema: Schema {
///         .object {
///             Property("city", .string, "Name of the city")
///             Property("days", .integer, "Number of days", default: 1)
///         }
///     }
/// }
/// ```
public protocol ToolInput: Codable, Sendable {
    /// The schema of the type. It has to fit what `init(from:)` accepts.
    static var schema: Schema { get }
}

/// The input of a tool that has none.
public struct NoInput: ToolInput {
    public static var schema: Schema { .object([]) }

    public init() {}
}

/// A tool that cannot be defined this way. The text says what to do.
public struct DefinitionError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ text: String) {
        description = text
    }
}

extension Schema {
    /// The schema of a `Decodable` type, read by letting it decode from a recorder.
    ///
    /// Plain structs, optionals, arrays, sets, dictionaries with text keys, `CaseIterable` enums with raw values,
    /// dates, URLs, UUIDs, data and numbers can be read; so can every ``ToolInput``.
    ///
    /// - Throws: ``DefinitionError`` for anything else.
    public init<Value: Decodable>(of type: Value.Type) throws {
        if let described = type as? any ToolInput.Type {
            self = described.schema
        } else {
            self = try SchemaRecorder().record(type).schema
        }
    }
}
