// The tools of the shared suite's server, on the official TypeScript SDK.
import { setImmediate as turn } from "node:timers/promises";

import { load } from "./sdk.mjs";

const { acceptedContent, fromJsonSchema, inputRequired, McpServer } = load("@modelcontextprotocol/server");

const string = { type: "string" };
const integer = { type: "integer" };
const object = (properties) => ({ type: "object", properties, required: Object.keys(properties) });
const answerForm = object({ answer: string });

const text = (text) => ({ content: [{ type: "text", text: String(text) }] });
const valued = (result) => ({ ...text(result), structuredContent: { result } });

let cancelled = 0;

async function report({ mcpReq }, progress, total) {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken !== undefined) {
    await mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, total } });
  }
}

/** Asks the user: by a request of one's own where there are sessions, by the result elsewhere. */
async function ask(era, message, { mcpReq }) {
  if (era === "legacy") {
    const { action, content } = await mcpReq.elicitInput({ mode: "form", message, requestedSchema: answerForm });
    return text(action === "accept" ? `accepted: ${content.answer}` : action === "decline" ? "declined" : "cancelled");
  }
  const given = mcpReq.inputResponses?.answer;
  if (given === undefined) {
    return inputRequired({ inputRequests: { answer: inputRequired.elicit({ message, requestedSchema: answerForm }) } });
  }
  const accepted = acceptedContent(mcpReq.inputResponses, "answer");
  return text(accepted ? `accepted: ${accepted.answer}` : given.action === "decline" ? "declined" : "cancelled");
}

/** A server for one connection or request of the given era. */
export function makeServer({ era }) {
  const server = new McpServer({ name: "typescript-peer", version: "1.0.0" });
  const tool = (name, description, properties, handler, output) =>
    server.registerTool(
      name,
      {
        description,
        inputSchema: fromJsonSchema(object(properties)),
        ...(output && { outputSchema: fromJsonSchema(object({ result: output })) }),
      },
      handler,
    );
  tool("echo", "Say it again", { text: string }, (args) => text(args.text));
  tool("add", "Add two numbers", { a: integer, b: integer }, ({ a, b }) => valued(a + b), integer);
  tool(
    "count",
    "Count with progress",
    { to: integer },
    async ({ to }, context) => {
      for (let step = 1; step <= to; step++) {
        await report(context, step, to);
        await turn();
      }
      return valued(to);
    },
    integer,
  );
  tool("wait", "Wait to be cancelled", {}, async (_args, context) => {
    const { signal } = context.mcpReq;
    const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    await report(context, 1);
    if (!signal.aborted) {
      await aborted;
    }
    cancelled += 1;
    return text("cancelled");
  });
  tool("cancelled", "How many waits were cancelled", {}, () => valued(cancelled), integer);
  tool("ask", "Ask the user", { what: string }, ({ what }, context) => ask(era, what, context));
  tool("fail", "Fail", {}, () => {
    throw new Error("it broke");
  });
  return server;
}
