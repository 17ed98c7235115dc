//! Tools that return every kind of content, and the tool with the widest schema.
use dovetail::{Content, Contents, Context, Failure, RawValue, Server, Tool, ToolResult};
use schemars::JsonSchema;
use serde::Deserialize;

/// A red pixel.
const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0,
    1, 8, 2, 0, 0, 0, 0x90, 0x77, 0x53, 0xDE, 0, 0, 0, 12, b'I', b'D', b'A', b'T', 0x08, 0xD7, 0x63, 0xF8,
    0xCF, 0xC0, 0, 0, 3, 1, 1, 0, 0x18, 0xDD, 0x8D, 0xB0, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xAE, 0x42,
    0x60, 0x82,
];

/// One silent sample.
const WAV: &[u8] = &[
    b'R', b'I', b'F', b'F', 38, 0, 0, 0, b'W', b'A', b'V', b'E', b'f', b'm', b't', b' ', 16, 0, 0, 0, 1, 0,
    1, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 16, 0, b'd', b'a', b't', b'a', 2, 0, 0, 0, 0, 0,
];

const WIDE_SCHEMA: &str = r##"{
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}}
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"}
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": false
}"##;

const HEADER_SCHEMA: &str = r#"{
    "type": "object",
    "properties": {"value": {"type": "string", "x-mcp-header": "Value"}},
    "required": ["value"]
}"#;

/// No arguments.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Nothing {}

/// Any arguments.
#[derive(Deserialize, JsonSchema)]
struct Anything {}

#[derive(Deserialize, JsonSchema)]
struct Value {
    value: String,
}

fn schema(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).expect("a constant")
}

fn fixed(name: &str, description: &str, content: Vec<Content>) -> Tool {
    Tool::typed(name, description, move |_: Nothing, _: Context| {
        std::future::ready(Ok(ToolResult::new(content.clone())))
    })
}

pub(crate) fn image() -> Content {
    Content::image(PNG, "image/png")
}

pub(crate) fn png() -> &'static [u8] {
    PNG
}

pub(crate) fn embedded(uri: &str, mime_type: &str, text: &str) -> Content {
    Content::resource(&Contents::text(uri, text).with_mime_type(mime_type))
}

pub(crate) fn add(server: Server) -> Server {
    let text = "This is a simple text response for testing.";
    let embedded_text =
        embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.");
    let mixed =
        embedded("test://mixed-content-resource", "application/json", r#"{"test":"data","value":123}"#);
    server
        .tool(fixed("test_simple_text", "Returns text", vec![Content::text(text)]))
        .tool(fixed("test_image_content", "Returns an image", vec![image()]))
        .tool(fixed("test_audio_content", "Returns audio", vec![Content::audio(WAV, "audio/wav")]))
        .tool(fixed("test_embedded_resource", "Returns an embedded resource", vec![embedded_text]))
        .tool(fixed(
            "test_multiple_content_types",
            "Returns text, an image and a resource",
            vec![Content::text("Multiple content types test:"), image(), mixed],
        ))
        .tool(Tool::typed("test_error_handling", "Fails", |_: Nothing, _: Context| {
            std::future::ready(Err::<String, _>(Failure::tool(
                "This tool intentionally returns an error for testing",
            )))
        }))
        .tool(
            Tool::typed("json_schema_2020_12_tool", "Has a wide schema", |_: Anything, _: Context| {
                std::future::ready(Ok("accepted".to_owned()))
            })
            .input_schema(schema(WIDE_SCHEMA)),
        )
        .tool(
            Tool::typed(
                "test_custom_header",
                "Has an argument that is mirrored",
                |input: Value, _: Context| std::future::ready(Ok(input.value)),
            )
            .input_schema(schema(HEADER_SCHEMA)),
        )
}
