// Tools and a prompt whose questions travel in results, under the names that the suite looks for.
import { Ask } from "../../../../node/dist/index.mjs";
import { request, spoken } from "./asking.mjs";

const form = (name, type) => ({ type: "object", properties: { [name]: { type } }, required: [name] });
const NAME = form("name", "string");
const CONFIRM = form("ok", "boolean");
const COLOR = form("color", "string");
const TOPIC = form("context", "string");

const named = (suffix) => `test_input_required_result_${suffix}`;

async function requestState(_args, context) {
  return `state-ok: ${spoken(await context.elicit("Please confirm", CONFIRM, { name: "confirm" }))}`;
}

export function addRounds(server) {
  return server
    .tool(
      named("elicitation"),
      // The suite answers this question before it is put.
      { description: "Asks for a name", openAnswers: true },
      async (_args, context) => {
        const answer = await context.elicit("What is your name?", NAME, { name: "user_name" });
        return `Hello: ${spoken(answer)}`;
      },
    )
    .tool(named("sampling"), { description: "Asks the model" }, async (_args, context) => {
      const answer = await context.sample(request("What is the capital of France?", 100), { name: "capital_question" });
      return `The model said: ${JSON.stringify(answer.content)}`;
    })
    .tool(named("list_roots"), { description: "Asks for roots" }, async (_args, context) => {
      const roots = await context.listRoots({ name: "client_roots" });
      return `Roots: ${roots.map((root) => root.uri).join(", ")}`;
    })
    .tool(named("request_state"), { description: "Keeps its state" }, requestState)
    .tool(named("tampered_state"), { description: "Guards its state" }, requestState)
    .tool(named("multiple_inputs"), { description: "Asks three things at once" }, async (_args, context) => {
      const { user_name } = await context.ask({
        user_name: Ask.form("What is your name?", NAME),
        greeting: Ask.sample(request("Generate a greeting", 50)),
        client_roots: Ask.roots(),
      });
      return `All answered: ${spoken(user_name)}`;
    })
    .tool(named("multi_round"), { description: "Asks twice" }, async (_args, context) => {
      const name = await context.elicit("Step 1: What is your name?", NAME, { name: "step1" });
      const color = await context.elicit("Step 2: What is your favorite color?", COLOR, { name: "step2" });
      return `Done: ${spoken(name)} and ${spoken(color)}`;
    })
    .tool(named("capabilities"), { description: "Asks what can be answered" }, async (_args, context) => {
      const { sampling, elicitation } = context.info.clientCapabilities ?? {};
      if (sampling) {
        await context.sample(request("Say hello", 50));
      }
      if (elicitation) {
        await context.elicit("What is your name?", NAME, { name: "user_name" });
      }
      return "Everything that this client can answer was asked";
    })
    .prompt(named("prompt"), { description: "Asks before it is written" }, async (_args, context) => {
      const answer = await context.elicit("What context should the prompt use?", TOPIC, { name: "user_context" });
      return `Use this context: ${spoken(answer)}`;
    });
}
