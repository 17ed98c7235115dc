// Tools that return every kind of content, and the tool with the widest schema.

package dev.dovetail.conformance.everything

import dev.dovetail.Content
import dev.dovetail.ResourceContents
import dev.dovetail.Server
import dev.dovetail.ToolResult
import java.util.Base64
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive

/** A red pixel. */
internal val PNG: ByteArray = Base64.getDecoder().decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVQI12P4z8AAAAMBAQAY3Y2wAAAAAElFTkSuQmCC",
)

/** One silent sample. */
private val WAV = Base64.getDecoder().decode("UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAAAAA==")

private val WIDE_SCHEMA = schema(
    """
    {
      "${'$'}schema": "https://json-schema.org/draft/2020-12/schema",
      "type": "object",
      "${'$'}defs": {
        "address": {
          "${'$'}anchor": "addressDef",
          "type": "object",
          "properties": {"street": {"type": "string"}, "city": {"type": "string"}}
        }
      },
      "properties": {
        "name": {"type": "string"},
        "address": {"${'$'}ref": "#/${'$'}defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"}
      },
      "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
      "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
      "then": {"required": ["phone"]},
      "else": {"required": ["email"]},
      "additionalProperties": false
    }
    """,
)

private val HEADER_SCHEMA = schema(
    """
    {
      "type": "object",
      "properties": {"value": {"type": "string", "x-mcp-header": "Value"}},
      "required": ["value"]
    }
    """,
)

internal fun schema(text: String): JsonObject = Json.parseToJsonElement(text).jsonObject

internal fun image(): Content = Content.image(PNG, "image/png")

internal fun embedded(uri: String, mimeType: String, text: String): Content =
    Content.resource(ResourceContents.text(text, mimeType, uri))

internal fun Server.content() {
    tool<Content>("test_simple_text", "Returns text") {
        Content.text("This is a simple text response for testing.")
    }
    tool<Content>("test_image_content", "Returns an image") { image() }
    tool<Content>("test_audio_content", "Returns audio") { Content.audio(WAV, "audio/wav") }
    tool<Content>("test_embedded_resource", "Returns an embedded resource") {
        embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")
    }
    tool<List<Content>>("test_multiple_content_types", "Returns text, an image and a resource") {
        val resource =
            embedded("test://mixed-content-resource", "application/json", """{"test":"data","value":123}""")
        listOf(Content.text("Multiple content types test:"), image(), resource)
    }
    tool<ToolResult>("test_error_handling", "Fails") {
        ToolResult(listOf(Content.text("This tool intentionally returns an error for testing")), isError = true)
    }
    tool<String>("json_schema_2020_12_tool", "Has a wide schema", WIDE_SCHEMA) { "accepted" }
    tool<String>("test_custom_header", "Has an argument that is mirrored", HEADER_SCHEMA) { arguments ->
        arguments.getValue("value").jsonPrimitive.content
    }
}
