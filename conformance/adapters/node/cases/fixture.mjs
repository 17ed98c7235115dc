// The server of the shared cases.
import { once } from "node:events";

import { DovetailError, Server } from "../../../../node/dist/index.mjs";
import { addAsking } from "./asking.mjs";
import { Journal, layers } from "./layers.mjs";

const string = { type: "string" };
const integer = { type: "integer" };

/** The schema of an object whose members are all required. */
export const object = (properties) => ({ type: "object", properties, required: Object.keys(properties) });

/** Counters by name; 0 until counted. */
class Counters {
  #numbers = new Map();

  get(name) {
    return this.#numbers.get(name) ?? 0;
  }

  add(name) {
    this.#numbers.set(name, this.get(name) + 1);
    return this.get(name);
  }
}

/** Tools that wait until they are let go. */
function addHolding(server, counters) {
  const held = new Set();
  return server
    .tool("hold", { description: "Waits to be let go" }, async (_args, context) => {
      context.progress(1);
      const released = Promise.withResolvers();
      held.add(released);
      const cancelled = context.cancelled ? Promise.resolve() : once(context.signal, "abort");
      const outcome = await Promise.race([released.promise, cancelled.then(() => counters.add("cancelled"))]);
      held.delete(released);
      return outcome;
    })
    .tool("release", { description: "Lets them go" }, () => {
      for (const { resolve } of held) {
        resolve("released");
      }
      return "ok";
    });
}

/** Tools that change what the server offers. */
function addChanging(server) {
  const addExtra = () => server.tool("extra", { description: "Comes and goes" }, () => "extra");
  server
    .tool("grow", { description: "Adds a tool" }, () => (addExtra(), "ok"))
    .tool("shrink", { description: "Removes it" }, () => (server.remove({ tools: ["extra"] }), "ok"))
    .tool("touch", { description: "Announces a change of a resource", input: object({ uri: string }) }, ({ uri }) => {
      server.resourceUpdated(uri);
      return "ok";
    })
    .tool("quit", { description: "Closes the server" }, () => {
      void server.close();
      return "ok";
    });
  return addExtra;
}

function addNotes(server) {
  return server
    .resource("note://welcome", { name: "welcome" }, "Hello")
    .resource("note://asking", { name: "asking" }, async (context) =>
      (await context.confirm("Read it?")) ? "read" : "not read",
    )
    .resourceTemplate("note://people/{name}", { name: "people" }, ({ name }) => {
      const refusal = { nobody: "unknown_resource", secret: "forbidden" }[name];
      if (refusal) {
        throw new DovetailError(refusal, "there is no such note");
      }
      return `note for ${name}`;
    });
}

function addPrompts(server) {
  return server
    .prompt("greet", { description: "Greets somebody", input: object({ name: string }) }, ({ name }) => `Greet ${name}.`)
    .prompt("repeat", { description: "Says it again", input: object({ times: string }) }, ({ times }) => {
      if (!/^\d+$/.test(times)) {
        throw new DovetailError("invalid_params", "times: an integer is expected");
      }
      return Array(Number(times)).fill("again").join(" ");
    })
    .prompt("careful", { description: "Asks first" }, async (_args, context) =>
      (await context.confirm("Go on?")) ? "Going on." : "Stopping.",
    );
}

/** The server of the fixture, set up by the options of a case. */
export function makeServer({ layers: layered = false, extra = false, sse: _sse, ...options } = {}) {
  const counters = new Counters();
  const journal = new Journal();
  const cache = { tools: { ttlMs: 60_000, scope: "public" } };
  const server = new Server("cases", { version: "1.0.0", instructions: "Cases.", cache, ...options });
  for (const layer of layered ? layers(journal) : []) {
    server.layer(layer);
  }
  server
    .tool("add", { description: "Adds", input: object({ a: integer, b: integer }), output: integer }, ({ a, b }) => a + b)
    .tool("fail", { description: "Fails", input: object({ message: string }) }, ({ message }) => {
      throw new Error(message);
    });
  addHolding(server, counters)
    .tool("count", { description: "A counter", input: object({ of: string }), output: integer }, ({ of }) => counters.get(of))
    .tool("journal", { description: "What the layers saw" }, () => journal.take().join("; "));
  addAsking(server, counters);
  const addExtra = addChanging(server);
  if (extra) {
    addExtra();
  }
  addPrompts(addNotes(server));
  return server;
}
