// Owns: types whose properties travel as text, as the arguments of prompts and the variables of templates do.
import Foundation

/// Reads values of one type from texts by name.
struct TextReader<Value: Decodable>: Sendable {
    private struct Field {
        let property: Property
        /// What it holds, in the words of JSON Schema.
        let type: String
    }

    private let fields: [Field]

    /// - Throws: ``DefinitionError`` when a property of the type cannot be written as text.
    init(_ type: Value.Type) throws {
        fields = try Schema(of: type).properties.map { property in
            guard let type = property.schema.text("type"), ["string", "integer", "number", "boolean"].contains(type)
            else {
                throw DefinitionError(
                    "\(type).\(property.name) cannot be read from text; here every property is a String, a number, "
                        + "a Bool or an enum of these")
            }
            return Field(property: property, type: type)
        }
    }

    /// The properties as the arguments of a prompt.
    var arguments: String {
        let arguments = fields.map { field in
            JSON.object([
                "name": JSON.quote(field.property.name),
                "description": field.property.schema.text("description").map(JSON.quote),
                "required": field.property.isRequired ? "true" : "false",
            ])
        }
        return JSON.array(arguments)
    }

    /// Reads a value.
    ///
    /// - Throws: ``DovetailError`` with the code `invalid_params` when a text is not what its property holds.
    func read(_ texts: JSONValue) throws -> Value {
        do {
            var members = texts.object ?? [:]
            for field in fields where field.type != "string" {
                if let text = members[field.property.name]?.string {
                    members[field.property.name] = try Self.value(of: text, field)
                }
            }
            return try JSONValue.object(members).decode()
        } catch let error as DecodingError {
            throw DovetailError(.invalidParams, JSON.explain(error))
        }
    }

    private static func value(of text: String, _ field: Field) throws -> JSONValue {
        let value: JSONValue? =
            switch field.type {
            case "integer": Int(text).map(JSONValue.int)
            case "boolean": Bool(text).map(JSONValue.bool)
            default: Double(text).flatMap { $0.isFinite ? .number($0) : nil }
            }
        guard let value else {
            let article = field.type == "integer" ? "an" : "a"
            throw DovetailError(.invalidParams, "\(field.property.name): \(article) \(field.type) is expected")
        }
        return value
    }
}
