// Resources and prompts.
import { Content } from "../../../../node/dist/index.mjs";
import { image, PNG } from "./content.mjs";

const strings = (descriptions) => ({
  type: "object",
  properties: Object.fromEntries(
    Object.entries(descriptions).map(([name, description]) => [name, { type: "string", description }]),
  ),
  required: Object.keys(descriptions),
});

const WORDS = ["paris", "park", "party", "test", "testing"];
const complete = (value) => WORDS.filter((word) => word.startsWith(value));

export function addResources(server) {
  return server
    .resource(
      "test://static-text",
      { name: "Static text", description: "Text that never changes", mimeType: "text/plain" },
      "This is the content of the static text resource.",
    )
    .resource(
      "test://static-binary",
      { name: "Static binary", description: "Bytes that never change", mimeType: "image/png" },
      PNG,
    )
    .resource(
      "test://watched-resource",
      { name: "Watched", description: "Can be subscribed to", mimeType: "text/plain" },
      () => "Watched resource content",
    )
    .resourceTemplate(
      "test://template/{id}/data",
      { name: "Template", description: "Data by id", mimeType: "application/json" },
      ({ id }) => JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
    )
    .prompt(
      "test_simple_prompt",
      { description: "A prompt without arguments" },
      () => "This is a simple prompt for testing.",
    )
    .prompt(
      "test_prompt_with_arguments",
      {
        description: "A prompt with two arguments",
        input: strings({ arg1: "First argument", arg2: "Second argument" }),
        complete: { arg1: complete, arg2: complete },
      },
      ({ arg1, arg2 }) => `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`,
    )
    .prompt(
      "test_prompt_with_embedded_resource",
      { description: "A prompt with a resource", input: strings({ resourceUri: "URI of the resource" }) },
      ({ resourceUri }) => [
        Content.resource(resourceUri, "Embedded resource content for testing.", "text/plain"),
        "Please process the embedded resource above.",
      ],
    )
    .prompt("test_prompt_with_image", { description: "A prompt with an image" }, () => [
      image(),
      "Please analyze the image above.",
    ]);
}
