// The server of the end-to-end tests: a module for tests, a program with `--stdio`.
import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { Command, Server, Suspended } from "dovetail-mcp";
import { z } from "zod";

export const counters = { cancelled: 0, runs: 0, caught: 0 };

/** How another process runs this server. */
export const asCommand = () => new Command(process.execPath, [fileURLToPath(import.meta.url), "--stdio"]);

const Pair = z.object({ a: z.int(), b: z.int() });
const Answer = z.object({ answer: z.string().describe("Your answer") });

export function makeServer() {
  const server = new Server("fixture", { version: "1.2.3", instructions: "For tests." });
  server.tool("add", { description: "Add two numbers", input: Pair, output: z.int() }, ({ a, b }) => a + b);
  server.tool("echo", { input: z.object({ value: z.any() }) }, ({ value }) => value);
  server.tool("point", { output: z.object({ x: z.number(), y: z.number() }) }, () => ({ x: 1, y: 2.5 }));
  server.tool("defaults", { input: z.object({ n: z.int().default(7) }) }, ({ n }) => String(n));
  server.tool("even", { input: z.object({ n: z.int().refine((n) => n % 2 === 0, "must be even") }) }, ({ n }) => n);
  server.tool("plain", { input: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] } }, ({ n }) => n);
  server.tool("count", { input: z.object({ to: z.int() }) }, async ({ to }, context) => {
    for (let n = 1; n <= to; n++) {
      context.progress(n, to, `step ${n}`);
      await turn();
    }
    return to;
  });
  server.tool("fail", {}, () => {
    throw new Error("it broke");
  });
  server.tool("reject", {}, async () => {
    throw "a string";
  });
  server.tool("pid", {}, () => String(process.pid));
  server.tool("huge", {}, () => 10n);
  server.tool("wait", {}, async (_args, context) => {
    if (!context.cancelled) {
      await once(context.signal, "abort");
    }
    counters.cancelled += 1;
  });
  server.tool("cancelled", {}, () => counters.cancelled);
  server.tool("info", {}, (_args, context) => ({ name: context.info.name, revision: context.info.revision }));
  server.tool("ask", {}, async (_args, context) => {
    const { action, content } = await context.elicit("Well?", Answer);
    return action === "accept" ? `said ${content.answer}` : action;
  });
  server.tool("twice", {}, async (_args, context) => {
    counters.runs += 1;
    const first = await context.elicit("First?", Answer);
    const second = await context.elicit("Second?", Answer);
    return `${first.content?.answer} ${second.content?.answer}`;
  });
  server.tool("confirm", {}, async (_args, context) => ((await context.confirm("Sure?")) ? "yes" : "no"));
  server.tool("stubborn", {}, async (_args, context) => {
    try {
      const { content } = await context.elicit("Well?", Answer);
      return `said ${content?.answer}`;
    } catch (thrown) {
      counters.caught += thrown instanceof Suspended ? 1 : 0;
      return "swallowed";
    }
  });
  server.tool("forgetful", {}, (_args, context) => {
    void context.elicit("Never mind?", Answer);
    return "did not wait";
  });
  server.tool("declared", { asks: ["form"] }, async (_args, context) => {
    counters.runs += 1;
    return (await context.elicit("Declared?", Answer)).action;
  });
  server.tool("runs", {}, () => counters.runs);
  return server;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await makeServer().stdio();
}
