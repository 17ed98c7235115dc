// Owns: tools that return every kind of content, and the tools with the widest schemas.
import Dovetail

private struct Value: Codable {
    var value: String
}

func addContent(to server: Server) throws {
    try server.tool("test_simple_text", "Returns text") { (_: NoInput) in
        Content.text("This is a simple text response for testing.")
    }
    try server.tool("test_image_content", "Returns an image") { (_: NoInput) in Samples.image }
    try server.tool("test_audio_content", "Returns audio") { (_: NoInput) in
        Content.audio(Samples.wav, mimeType: "audio/wav")
    }
    try server.tool("test_embedded_resource", "Returns an embedded resource") { (_: NoInput) in
        Content.resource(
            .text("test://embedded-resource", "This is an embedded resource content.", mimeType: "text/plain"))
    }
    try server.tool("test_multiple_content_types", "Returns text, an image and a resource") { (_: NoInput) in
        let json = #"{"test":"data","value":123}"#
        return [
            Content.text("Multiple content types test:"), Samples.image,
            .resource(.text("test://mixed-content-resource", json, mimeType: "application/json")),
        ]
    }
    try server.tool("test_error_handling", "Fails") { (_: NoInput) -> String in
        throw ToolError("This tool intentionally returns an error for testing")
    }
    try server.tool("json_schema_2020_12_tool", "Has a wide schema", input: wideSchema) { (_: JSONValue) in "accepted" }
    try server.tool("test_custom_header", "Has an argument that is mirrored", input: headerSchema) { (input: Value) in
        input.value
    }
}

private let wideSchema = Schema([
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": [
        "address": [
            "$anchor": "addressDef",
            "type": "object",
            "properties": ["street": ["type": "string"], "city": ["type": "string"]],
        ]
    ],
    "properties": [
        "name": ["type": "string"],
        "address": ["$ref": "#/$defs/address"],
        "contactMethod": ["type": "string", "enum": ["phone", "email"]],
        "phone": ["type": "string"],
        "email": ["type": "string"],
    ],
    "allOf": [["anyOf": [["required": ["phone"]], ["required": ["email"]]]]],
    "if": ["properties": ["contactMethod": ["const": "phone"]], "required": ["contactMethod"]],
    "then": ["required": ["phone"]],
    "else": ["required": ["email"]],
    "additionalProperties": false,
])

private let headerSchema = Schema.object {
    Property("value", Schema.string.with("x-mcp-header", "Value"))
}
