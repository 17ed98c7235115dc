"""Tools that return every kind of content, and the tool with the widest schema."""

import base64
import json
from typing import Any

from dovetail import Audio, Contents, Embedded, Image, Server, Text

# A red pixel.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVQI12P4z8AAAAMBAQAY3Y2wAAAAAElFTkSuQmCC"
)

# One silent sample.
WAV = (
    b"RIFF" + (38).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    + b"\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00" + b"data" + (2).to_bytes(4, "little")
    + b"\x00\x00"
)

WIDE_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}

HEADER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"value": {"type": "string", "x-mcp-header": "Value"}},
    "required": ["value"],
}


def image() -> Image:
    return Image(PNG, "image/png")


def embedded(uri: str, mime_type: str, text: str) -> Embedded:
    return Embedded(Contents(uri, text=text, mime_type=mime_type))


def add(server: Server) -> None:
    @server.tool
    def test_simple_text() -> str:
        """Returns text."""
        return "This is a simple text response for testing."

    @server.tool
    def test_image_content() -> Image:
        """Returns an image."""
        return image()

    @server.tool
    def test_audio_content() -> Audio:
        """Returns audio."""
        return Audio(WAV, "audio/wav")

    @server.tool
    def test_embedded_resource() -> Embedded:
        """Returns an embedded resource."""
        return embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")

    @server.tool
    def test_multiple_content_types() -> list[Text | Image | Embedded]:
        """Returns text, an image and a resource."""
        data = json.dumps({"test": "data", "value": 123})
        mixed = embedded("test://mixed-content-resource", "application/json", data)
        return [Text("Multiple content types test:"), image(), mixed]

    @server.tool
    def test_error_handling() -> str:
        """Fails."""
        raise RuntimeError("This tool intentionally returns an error for testing")

    @server.tool(input_schema=WIDE_SCHEMA)
    def json_schema_2020_12_tool() -> str:
        """Has a wide schema."""
        return "accepted"

    @server.tool(input_schema=HEADER_SCHEMA)
    def test_custom_header(value: str) -> str:
        """Has an argument that is mirrored."""
        return value
