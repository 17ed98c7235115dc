// The shared suite's server: `server --stdio | --http HOST:PORT`.
import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";

import { Server } from "../../../node/dist/index.mjs";

const object = (properties) => ({ type: "object", properties, required: Object.keys(properties) });
const string = { type: "string" };
const integer = { type: "integer" };
const answerForm = object({ answer: string });

const counters = { cancelled: 0, changing: 0, declared: 0 };

function outcome({ action, content }) {
  return { accept: () => `accepted: ${content.answer}`, decline: () => "declined", cancel: () => "cancelled" }[action]();
}

const server = new Server("node-adapter", { version: "1.0.0" });

server.tool("echo", { description: "Say it again", input: object({ text: string }) }, ({ text }) => text);

server.tool(
  "add",
  { description: "Add two numbers", input: object({ a: integer, b: integer }), output: integer },
  ({ a, b }) => a + b,
);

server.tool("count", { description: "Count with progress", input: object({ to: integer }), output: integer }, async ({ to }, context) => {
  for (let step = 1; step <= to; step++) {
    context.progress(step, to);
    await turn();
  }
  return to;
});

server.tool("wait", { description: "Wait to be cancelled" }, async (_args, context) => {
  context.progress(1);
  if (!context.signal.aborted) {
    await once(context.signal, "abort");
  }
  counters.cancelled += 1;
  return "cancelled";
});

server.tool("cancelled", { description: "How many waits were cancelled", output: integer }, () => counters.cancelled);

server.tool("ask", { description: "Ask the user", input: object({ what: string }) }, async ({ what }, context) =>
  outcome(await context.elicit(what, answerForm)),
);

server.tool("stubborn", { description: "Ask, and catch everything", input: object({ what: string }) }, async ({ what }, context) => {
  try {
    return outcome(await context.elicit(what, answerForm));
  } catch {
    return "swallowed";
  }
});

server.tool("changing", { description: "Ask something else the second time" }, async (_args, context) => {
  counters.changing += 1;
  return outcome(await context.elicit(`question ${Math.min(counters.changing, 2)}`, answerForm));
});

server.tool("declared", { description: "Ask, as declared", asks: ["form"] }, async (_args, context) => {
  counters.declared += 1;
  return outcome(await context.elicit("declared", answerForm));
});

server.tool("ran", { description: "How often `declared` has run", output: integer }, () => counters.declared);

server.tool("fail", { description: "Fail" }, () => {
  throw new Error("it broke");
});

const [mode, address, ...rest] = process.argv.slice(2);
if (mode === "--stdio" && address === undefined) {
  await server.stdio();
} else if (mode === "--http" && address !== undefined && rest.length === 0) {
  const { url, ended } = await server.serve({ http: address });
  console.error(`listening on ${url}`);
  await ended;
} else {
  console.error("usage: server --stdio | --http HOST:PORT");
  process.exitCode = 2;
}
