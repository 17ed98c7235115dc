// Tools that return every kind of content, and the tools with special schemas.
#include <stdexcept>
#include <vector>

#include "everything.hpp"

using namespace dovetail;

namespace everything {
namespace {

/// One silent sample.
const Bytes wav = {
    'R', 'I', 'F', 'F', 38, 0, 0, 0, 'W', 'A', 'V', 'E', 'f', 'm', 't', ' ', 16, 0, 0, 0, 1, 0, 1, 0, 0x40,
    0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 16, 0, 'd', 'a', 't', 'a', 2, 0, 0, 0, 0, 0};

const char* const wide_schema = R"({
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
})";

void add_fixed(Server& server, const std::string& name, const std::string& description,
               const std::vector<Content>& content) {
    server.tool(name, description, nothing(), [content] { return content; });
}

} // namespace

Json nothing() { return object(Json::object()); }

Json object(const Json& properties) {
    Json required = Json::array();
    for (const auto& property : properties.items()) {
        required.push_back(property.key());
    }
    return {{"type", "object"}, {"properties", properties}, {"required", required}};
}

const Bytes& png() {
    static const Bytes bytes = {
        0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 0, 1, 0, 0, 0, 1,
        8, 2, 0, 0, 0, 0x90, 0x77, 0x53, 0xDE, 0, 0, 0, 12, 'I', 'D', 'A', 'T', 0x08, 0xD7, 0x63, 0xF8, 0xCF,
        0xC0, 0, 0, 3, 1, 1, 0, 0x18, 0xDD, 0x8D, 0xB0, 0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82};
    return bytes;
}

Content image() { return Content::image(png(), "image/png"); }

Content embedded(const std::string& uri, const std::string& mime_type, const std::string& text) {
    return Content::resource(Contents::of_text(text, mime_type, uri));
}

void add_content(Server& server) {
    add_fixed(server, "test_simple_text", "Returns text",
              {Content::text("This is a simple text response for testing.")});
    add_fixed(server, "test_image_content", "Returns an image", {image()});
    add_fixed(server, "test_audio_content", "Returns audio", {Content::audio(wav, "audio/wav")});
    add_fixed(server, "test_embedded_resource", "Returns an embedded resource",
              {embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")});
    add_fixed(server, "test_multiple_content_types", "Returns text, an image and a resource",
              {Content::text("Multiple content types test:"), image(),
               embedded("test://mixed-content-resource", "application/json", R"({"test":"data","value":123})")});
    server.tool("test_error_handling", "Fails", nothing(), []() -> std::string {
        throw std::runtime_error("This tool intentionally returns an error for testing");
    });
    server.tool("json_schema_2020_12_tool", "Has a wide schema", Json::parse(wide_schema),
                [] { return std::string("accepted"); });
    server.tool("test_custom_header", "Has an argument that is mirrored",
                object({{"value", {{"type", "string"}, {"x-mcp-header", "Value"}}}}),
                [](const Json& in) { return in.at("value"); });
}

} // namespace everything
