// Owns: types whose properties are all text, as prompts and resource templates take them.

/// A property of type `String`.
struct TextProperty {
    let name: String
    let description: String?
    let isRequired: Bool

    /// The property as an argument of a prompt.
    var json: String {
        JSON.object([
            "name": JSON.quote(name),
            "description": description.map(JSON.quote),
            "required": isRequired ? "true" : "false",
        ])
    }

    /// The properties of a type, in order.
    ///
    /// - Throws: ``DefinitionError`` when one of them is something else than text.
    static func all<Value: Decodable>(of type: Value.Type) throws -> [TextProperty] {
        try Schema(of: type).properties.map { property in
            guard property.schema.text("type") == "string" else {
                throw DefinitionError("\(type).\(property.name) is no text; here every property is a String")
            }
            return TextProperty(
                name: property.name, description: property.schema.text("description"), isRequired: property.isRequired)
        }
    }
}
