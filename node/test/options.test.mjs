// What servers and commands can be told: each option does what it says.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { Client, Command, Server } from "dovetail-mcp";

const LIMIT = { timeout: 20_000 };
const SESSIONS = "2025-11-25";
const KEYS = ["fleet", "other"].map((name) => `${name}:${Buffer.alloc(32, name).toString("base64")}`);

/** A server with a tool that waits until its caller goes away. */
function waiting(options) {
  return new Server("options", options)
    .tool("wait", {}, async (_args, context) => {
      context.progress(1);
      await once(context.signal, "abort");
    })
    .tool("ask", {}, async (_args, context) => ((await context.confirm("Sure?")) ? "yes" : "no"));
}

/** Closes these when the test has ended, in this order. */
function closing(t, ...closers) {
  t.after(async () => {
    for (const closer of closers) {
      await closer.close();
    }
  });
}

test("callTimeoutMs ends a call and tells its handler", LIMIT, async (t) => {
  const server = waiting({ callTimeoutMs: 20 });
  const client = await Client.connect(server);
  closing(t, client, server);
  await assert.rejects(client.call("wait"), { name: "deadline_exceeded" });
});

test("limits.inFlight refuses what is too much as busy", LIMIT, async (t) => {
  const server = waiting({ limits: { inFlight: 1 } });
  const client = await Client.connect(server);
  closing(t, client, server);
  const begun = Promise.withResolvers();
  const controller = new AbortController();
  const first = client.call("wait", {}, { signal: controller.signal, onProgress: begun.resolve });
  await begun.promise;
  await assert.rejects(client.call("wait"), { name: "busy", retry: "temporary", message: /in_flight/ });
  controller.abort();
  await assert.rejects(first, { name: "cancelled" });
});

test("limits.sessions refuses another session as busy", LIMIT, async (t) => {
  const server = waiting({ limits: { sessions: 1 } });
  const { url } = await server.listen();
  const client = await Client.connect(url, { revision: SESSIONS });
  closing(t, client, server);
  await assert.rejects(Client.connect(url, { revision: SESSIONS }), { message: /sessions/ });
});

test("limits.hook bounds a layer that does not come to an end", LIMIT, async (t) => {
  const server = waiting({ limits: { hook: 30 } }).layer(() => new Promise(() => {}), { methods: ["tools/call"] });
  const client = await Client.connect(server);
  closing(t, client, server);
  await assert.rejects(client.call("wait"), { name: "deadline_exceeded", message: /hook/ });
});

test("limits of a client bound what it does", LIMIT, async (t) => {
  const server = waiting({ pageSize: 1 });
  const client = await Client.connect(server, { limits: { pages: 1 } });
  closing(t, client, server);
  await assert.rejects(client.listTools(), { name: "limit_exceeded", message: /pages/ });
});

test("an option that does not exist is refused by its name", LIMIT, async () => {
  const server = waiting({ limits: { inflight: 1 } });
  await assert.rejects(Client.connect(server), { name: "invalid_argument", message: /inflight/ });
});

for (const [name, options, wanted] of [
  ["pageSize cuts lists into pages, which a client puts together", { pageSize: 1 }, 4],
  ["cache lets a client keep a list", { cache: { tools: { ttlMs: 60_000, scope: "public" } } }, 1],
  ["without either, each look asks once", {}, 2],
]) {
  test(name, LIMIT, async (t) => {
    const server = waiting(options);
    let asked = 0;
    server.layer((_message, next) => ((asked += 1), next()), { methods: ["tools/list"] });
    const client = await Client.connect(server);
    closing(t, client, server);
    for (let look = 0; look < 2; look++) {
      assert.deepEqual((await client.listTools()).map((tool) => tool.name), ["wait", "ask"]);
    }
    assert.equal(asked, wanted);
  });
}

/** Two servers behind one address, whose requests go to one and the other in turns. */
async function fleet(keys) {
  const servers = keys.map((stateKeys) => waiting({ stateKeys }));
  const handlers = servers.map((server) => server.handler());
  let turn = 0;
  const http = createServer((request, response) => handlers[turn++ % handlers.length](request, response));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const close = async () => {
    http.closeAllConnections();
    http.close();
    await Promise.all(servers.map((server) => server.close()));
  };
  return { url: `http://127.0.0.1:${http.address().port}/`, close };
}

for (const [name, keys, outcome] of [
  ["stateKeys lets one instance take the answer to another's question", [KEYS[0], KEYS.join()], "yes"],
  ["stateKeys of their own keep instances apart, and say so", KEYS, /^state_unknown_key: /],
]) {
  test(name, LIMIT, async (t) => {
    const { url, close } = await fleet(keys);
    const client = await Client.connect(url, { onElicit: () => ({ action: "accept", content: {} }) });
    closing(t, client, { close });
    const seen = await client.call("ask").then(
      ({ data }) => data,
      (error) => `${error.name}: ${error.detail}`,
    );
    assert[typeof outcome === "string" ? "equal" : "match"](seen, outcome);
  });
}

test("stateKeys that are no keys are refused", LIMIT, async () => {
  await assert.rejects(Client.connect(waiting({ stateKeys: "no keys" })), { name: "invalid_argument" });
});

for (const [respawn, starts] of [[true, 2], [false, 1]]) {
  const often = { 1: "once", 2: "twice" }[starts];
  test(`with respawn ${respawn}, a program that ends at the first question is started ${often}`, LIMIT, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "respawn-"));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, "starts");
    const program = `require("node:fs").appendFileSync(${JSON.stringify(file)}, "x"); process.exit(1)`;
    const command = new Command(process.execPath, ["--eval", program], { respawn });
    await assert.rejects(Client.connect(command), { name: "child_exited" });
    assert.equal((await readFile(file, "utf8")).length, starts);
  });
}

test("connecting can be given up", LIMIT, async (t) => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  closing(t, { close: () => (silent.closeAllConnections(), silent.close()) });
  const controller = new AbortController();
  const reason = new Error("enough");
  silent.once("request", () => controller.abort(reason));
  const connecting = Client.connect(`http://127.0.0.1:${silent.address().port}/`, { signal: controller.signal });
  await assert.rejects(connecting, { name: "cancelled", cause: reason });
  await assert.rejects(Client.connect(waiting(), { signal: controller.signal }), { name: "cancelled", cause: reason });
});
