// Several servers behind one client: whose is what, and what happens to names that several have.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, Server } from "dovetail-mcp";

import { asCommand } from "./fixture.mjs";

const LIMIT = { timeout: 20_000 };

function named(name) {
  return new Server(name)
    .tool("who", {}, () => name)
    .tool(`only_${name}`, {}, () => `only ${name}`)
    .prompt("greet", {}, () => `Greet ${name}.`)
    .resource(`note://${name}`, {}, `note of ${name}`);
}

test("a group is one client: names of one server stay, those of several say whose they are", LIMIT, async (t) => {
  const servers = [named("one"), named("two")];
  const { url } = await servers[1].listen();
  const client = await Client.group({ one: servers[0], two: url, child: asCommand() });
  t.after(async () => {
    await client.close();
    await Promise.all(servers.map((server) => server.close()));
  });

  const tools = await client.listTools();
  const whose = Object.fromEntries(tools.map(({ name, server }) => [name, server]));
  assert.deepEqual(
    [whose.one_who, whose.two_who, whose.only_one, whose.only_two, whose.add, whose.who],
    ["one", "two", "one", "two", "child", undefined],
  );
  assert.equal((await client.call("one_who")).data, "one");
  assert.equal((await client.call("only_two")).data, "only two");
  assert.equal((await client.call("add", { a: 1, b: 2 })).data, 3);
  assert.equal((await client.call("who", {}, { server: "two" })).data, "two");
  assert.equal((await client.readResource("note://two")).text, "note of two");
  assert.equal((await client.getPrompt("one_greet")).messages[0].content.text, "Greet one.");

  const { servers: about } = await client.serverInfo();
  assert.deepEqual(Object.keys(about).toSorted(), ["child", "one", "two"]);
  await assert.rejects(client.call("who"), { name: "unknown_tool" });
});

test("changes of every member are heard of", LIMIT, async (t) => {
  const servers = [named("one"), named("two")];
  const client = await Client.group({ one: servers[0], two: servers[1] });
  t.after(async () => {
    await client.close();
    await Promise.all(servers.map((server) => server.close()));
  });
  const changes = client.listen({ tools: true });
  assert.equal((await changes.granted).tools, true);
  for (const server of servers) {
    server.tool("late", {}, () => "late");
    assert.deepEqual((await changes.next()).value, { kind: "tools" });
  }
});

test("headers belong to one server, and a place has to be one", LIMIT, async () => {
  const server = named("one");
  await assert.rejects(async () => Client.group({ one: server }, { headers: { authorization: "x" } }), {
    name: "invalid_argument",
    message: /every server/,
  });
  await assert.rejects(Client.group({ one: server, two: "npx server" }), { name: "invalid_argument" });
  await assert.rejects(Client.group({}), { name: "invalid_argument" });
  await server.close();
});
