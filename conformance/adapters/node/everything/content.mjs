// Tools that return every kind of content, and the tool with the widest schema.
import { Content } from "../../../../node/dist/index.mjs";

/** A red pixel. */
export const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVQI12P4z8AAAAMBAAEY3Y2wAAAAAElFTkSuQmCC",
  "base64",
);

/** One silent sample. */
const WAV = Buffer.from("UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAAAAA==", "base64");

const string = { type: "string" };

const WIDE = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: { address: { $anchor: "addressDef", type: "object", properties: { street: string, city: string } } },
  properties: {
    name: string,
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: string,
    email: string,
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
};

const MIRRORED = {
  type: "object",
  properties: { value: { type: "string", "x-mcp-header": "Value" } },
  required: ["value"],
};

export const image = () => Content.image(PNG, "image/png");

export function addContent(server) {
  const mixed = JSON.stringify({ test: "data", value: 123 });
  return server
    .tool("test_simple_text", { description: "Returns text" }, () =>
      Content.text("This is a simple text response for testing."),
    )
    .tool("test_image_content", { description: "Returns an image" }, image)
    .tool("test_audio_content", { description: "Returns audio" }, () => Content.audio(WAV, "audio/wav"))
    .tool("test_embedded_resource", { description: "Returns an embedded resource" }, () =>
      Content.resource("test://embedded-resource", "This is an embedded resource content.", "text/plain"),
    )
    .tool("test_multiple_content_types", { description: "Returns text, an image and a resource" }, () => [
      Content.text("Multiple content types test:"),
      image(),
      Content.resource("test://mixed-content-resource", mixed, "application/json"),
    ])
    .tool("test_error_handling", { description: "Fails" }, () => {
      throw new Error("This tool intentionally returns an error for testing");
    })
    .tool("json_schema_2020_12_tool", { description: "Has a wide schema", input: WIDE }, () => "accepted")
    .tool(
      "test_custom_header",
      { description: "Has an argument that is mirrored", input: MIRRORED },
      ({ value }) => value,
    );
}
