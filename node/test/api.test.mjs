// What the public classes refuse, and that both doors of the package lead to the same room.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { test } from "node:test";

import * as imported from "dovetail-mcp";
import { z } from "zod";

const { Client, Command, DovetailError, Server } = imported;
const LIMIT = { timeout: 20_000 };

test("import and require give the same classes", () => {
  const required = createRequire(import.meta.url)("dovetail-mcp");
  assert.deepEqual(Object.keys(required).toSorted(), Object.keys(imported).toSorted());
  for (const name of Object.keys(imported)) {
    assert.equal(required[name], imported[name], name);
  }
});

test("a string is only ever an http(s) URL", LIMIT, async () => {
  for (const target of ["npx -y server", "./server.js", "file:///bin/sh", "ftp://example.test/", ""]) {
    await assert.rejects(Client.connect(target), { name: "invalid_argument" }, target);
  }
});

test("a command that does not exist says so", LIMIT, async () => {
  await assert.rejects(Client.connect(new Command("/no/such/program")), (error) => error instanceof DovetailError);
});

test("nobody listening is a transport error that may be tried again", LIMIT, async () => {
  const port = await new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
  await assert.rejects(Client.connect(`http://127.0.0.1:${port}/mcp`), { name: "transport", retry: "temporary" });
});

test("a command keeps its own copy of its arguments", () => {
  const args = ["a b", "$HOME"];
  const command = new Command("program", args, { env: { A: "1" }, cwd: "/tmp" });
  args.push("c");
  assert.deepEqual(command.args, ["a b", "$HOME"]);
  assert.deepEqual([command.env, command.cwd], [{ A: "1" }, "/tmp"]);
});

test("a server that serves takes more tools, and refuses a taken name", LIMIT, async () => {
  const server = new Server("late").tool("early", {}, () => 1);
  const { url } = await server.listen();
  try {
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
    server.tool("late", {}, () => "late");
    assert.throws(() => server.tool("late", {}, () => 1), { name: "invalid_argument" });
    await using client = await Client.connect(url);
    assert.equal((await client.call("late")).data, "late");
  } finally {
    await server.close();
    await server.close();
  }
});

test("a schema without JSON Schema is refused when the tool is defined", () => {
  const schema = { "~standard": { version: 1, vendor: "bare", validate: (value) => ({ value }) } };
  assert.throws(() => new Server("bare").tool("t", { input: schema }, () => 1), {
    name: "invalid_argument",
    message: /bare schema offers no JSON Schema/,
  });
});

test("an address in use is an error of serve, not a silence", LIMIT, async () => {
  const first = new Server("first");
  const { url } = await first.listen();
  const { port } = new URL(url);
  const second = new Server("second");
  await assert.rejects(second.listen({ port: Number(port) }), (error) => error instanceof DovetailError);
  await second.close();
  await first.close();
});

test("serving ends when the server is closed", LIMIT, async () => {
  const server = new Server("ending");
  const { ended } = await server.listen();
  await server.close();
  await ended;
});

test("two servers and their clients live side by side", LIMIT, async () => {
  const make = (name) => new Server(name).tool("name", { output: z.string() }, () => name);
  const [one, two] = [make("one"), make("two")];
  const clients = await Promise.all([one, two].map((server) => Client.connect(server)));
  const names = await Promise.all(clients.map(async (client) => (await client.call("name")).data));
  assert.deepEqual(names, ["one", "two"]);
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all([one.close(), two.close()]);
});
