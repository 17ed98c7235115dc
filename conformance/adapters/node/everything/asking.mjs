// Tools that ask their client, linear in every era.

const object = (properties, required) => ({ type: "object", properties, required });
const string = (description, more) => ({ type: "string", description, ...more });
const choices = (...pairs) => pairs.map(([value, title]) => ({ const: value, title }));

const CONTACT = object(
  { username: string("User name"), email: string("User email", { format: "email" }) },
  ["username", "email"],
);

const DEFAULTS = object({
  name: string("User name", { default: "John Doe" }),
  age: { type: "integer", description: "User age", default: 30 },
  score: { type: "number", description: "User score", default: 95.5 },
  status: string("User status", { enum: ["active", "inactive", "pending"], default: "active" }),
  verified: { type: "boolean", description: "Verification status", default: true },
});

const ENUMS = object({
  untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
  titledSingle: {
    type: "string",
    oneOf: choices(["value1", "First Option"], ["value2", "Second Option"], ["value3", "Third Option"]),
  },
  legacyEnum: {
    type: "string",
    enum: ["opt1", "opt2", "opt3"],
    enumNames: ["Option One", "Option Two", "Option Three"],
  },
  untitledMulti: { type: "array", items: { type: "string", enum: ["option1", "option2", "option3"] } },
  titledMulti: {
    type: "array",
    items: { anyOf: choices(["value1", "First Choice"], ["value2", "Second Choice"], ["value3", "Third Choice"]) },
  },
});

/** A question to the client's model. */
export const request = (text, maxTokens) => ({
  messages: [{ role: "user", content: { type: "text", text } }],
  maxTokens,
});

/** What a form was answered with, in words. */
export const spoken = ({ action, content }) =>
  content ? `action=${action}, content=${JSON.stringify(content)}` : `action=${action}`;

export function addAsking(server) {
  const defaults = async (_args, context) => {
    const answer = await context.elicit("Please review the form with defaults", DEFAULTS);
    return `Elicitation completed: ${spoken(answer)}`;
  };
  return server
    .tool(
      "test_sampling",
      { description: "Asks the client's model", input: object({ prompt: string("What to ask") }, ["prompt"]) },
      async ({ prompt }, context) => {
        const { content } = await context.sample(request(prompt, 100));
        const text = [content].flat().find((piece) => piece.type === "text")?.text ?? "";
        return `LLM response: ${text}`;
      },
    )
    .tool(
      "test_elicitation",
      { description: "Asks the user", input: object({ message: string("What to ask") }, ["message"]) },
      async ({ message }, context) => `User response: ${spoken(await context.elicit(message, CONTACT))}`,
    )
    .tool("test_elicitation_sep1034_defaults", { description: "Asks with defaults" }, defaults)
    .tool("test_elicitation_sep1330_enums", { description: "Asks with choices" }, async (_args, context) => {
      const answer = await context.elicit("Please select options", ENUMS);
      return `Elicitation completed: ${spoken(answer)}`;
    })
    .tool("test_streaming_elicitation", { description: "Asks while it could report" }, defaults)
    .tool(
      "test_missing_capability",
      { description: "Needs a client that can sample", asks: ["sample"] },
      () => "The client can sample",
    );
}
