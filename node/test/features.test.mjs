// Resources, prompts, completions, questions, logs and changes: in memory and over HTTP, with and without sessions.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Client, ReadResult } from "dovetail-mcp";

import { makeFeatures } from "./features_fixture.mjs";

const LIMIT = { timeout: 20_000 };

const transports = {
  memory: async (server) => server,
  http: async (server) => (await server.listen()).url,
};

for (const [transport, reach] of Object.entries(transports)) {
  for (const revision of ["2026-07-28", "2025-11-25"]) {
    describe(`${transport}, ${revision}`, LIMIT, () => suite(reach, revision));
  }
}

function suite(reach, revision) {
  const { server, counts } = makeFeatures();
  const asked = [];
  const messages = [];
  let target;
  let client;

  before(async () => {
    target = await reach(server);
    client = await Client.connect(target, {
      revision,
      onElicit: (question) => (asked.push(question), { action: "accept", content: { name: "Ada" } }),
      onElicitUrl: ({ url }) => (asked.push(url), { action: "decline" }),
      onSample: ({ messages: [message], maxTokens }) => ({
        role: "assistant",
        content: { type: "text", text: `${message.content.text} ${maxTokens}` },
        model: "test",
      }),
      roots: async () => [{ uri: "file:///a" }, { uri: "file:///b", name: "b" }],
      logLevel: "info",
      onLog: (message) => messages.push(message),
    });
  });
  after(async () => {
    await client?.close();
    await server.close();
  });

  test("lists everything, page after page", async () => {
    const resources = await client.listResources();
    assert.deepEqual(
      resources.map(({ uri }) => uri),
      ["note://static", "note://bytes", "note://read", "note://broken"],
    );
    const { name, title, mimeType, size } = resources[0];
    assert.deepEqual([name, title, mimeType, size], ["Static", "A note", "text/plain", 5]);
    assert.equal(resources[1].name, "note://bytes");
    const templates = await client.listResourceTemplates();
    assert.deepEqual(templates.map(({ uriTemplate }) => uriTemplate), ["note://{folder}/{id}"]);
    const greet = (await client.listPrompts()).find((prompt) => prompt.name === "greet");
    assert.equal(greet.title, "Greeting");
    assert.deepEqual(
      greet.arguments.map(({ name, description, required }) => [name, description, required ?? false]),
      [["name", "Who", true], ["tone", undefined, false]],
    );
  });

  test("reads text, bytes, and what a function or a template gives", async () => {
    const read = await client.readResource("note://static");
    assert.ok(read instanceof ReadResult);
    assert.deepEqual([read.text, read.bytes, read.contents[0].mimeType], ["hello", undefined, "text/plain"]);
    assert.deepEqual((await client.readResource("note://bytes")).bytes, new Uint8Array([0, 255, 7]));
    assert.equal((await client.readResource("note://read", { fresh: true })).text, `read as ${revision}`);
    const note = await client.readResource("note://inbox/7");
    assert.deepEqual([note.text, note.contents[0].uri], ["7 of inbox", "note://inbox/7"]);
  });

  test("says what is unknown, and what could not be read", async () => {
    await assert.rejects(client.readResource("nowhere://x"), { name: "unknown_resource" });
    // What went wrong inside of the server is for its own log.
    await assert.rejects(client.readResource("note://broken"), { name: "internal", message: /^(?!.*cannot be read)/ });
    await assert.rejects(client.getPrompt("nope"), { name: /^(unknown_prompt|invalid_params)$/ });
  });

  test("writes prompts", async () => {
    const { messages: plain } = await client.getPrompt("plain");
    assert.deepEqual(plain, [{ role: "user", content: { type: "text", text: "Say hello." } }]);
    const { messages: greet } = await client.getPrompt("greet", { name: "Ada" });
    assert.deepEqual(greet.map(({ role }) => role), ["user", "assistant", "user"]);
    assert.deepEqual(greet.map(({ content }) => content.text), ["Greet Ada.", "In a warm tone?", undefined]);
    assert.deepEqual([greet[2].content.data, greet[2].content.mimeType], ["AQI=", "image/png"]);
    assert.equal((await client.getPrompt("described")).description, "now");
    const { messages: asking } = await client.getPrompt("asking");
    assert.equal(asking[0].content.text, "About Ada");
  });

  test("completes arguments and variables", async () => {
    const { values } = await client.complete({ prompt: "greet" }, "name", "A", { context: { tone: "dry" } });
    assert.deepEqual(values, ["A!", "name", "dry"]);
    const folders = await client.complete({ resourceTemplate: "note://{folder}/{id}" }, "folder", "ind");
    assert.deepEqual(folders.values, ["index"]);
  });

  test("describes tools, and returns every kind of content", async () => {
    const extras = (await client.listTools()).find((tool) => tool.name === "extras");
    assert.deepEqual([extras.title, extras.annotations.readOnlyHint], ["Extras", true]);
    assert.equal(extras.icons[0].src, "https://example.test/i.png");
    assert.equal(extras._meta["example.test/kind"], 1);
    const [link] = (await client.call("extras")).content;
    assert.deepEqual([link.type, link.uri, link.title], ["resource_link", "note://static", "A note"]);
    const { content } = await client.call("pieces");
    assert.deepEqual(content.map(({ type }) => type), ["text", "audio", "resource"]);
    assert.deepEqual(content[0].annotations, { audience: ["user"], priority: 1 });
    assert.equal(content[2].resource.text, "inside");
  });

  test("returns whole results", async () => {
    const whole = await client.call("whole");
    assert.deepEqual([whole.data, whole.content[0].text], [{ n: 1 }, "n is 1"]);
    await assert.rejects(client.call("refused"), { name: "tool_error", message: "no, thank you" });
  });

  test("asks for pages, models, roots, and several things at once", async () => {
    assert.equal((await client.call("page")).data, "decline");
    assert.equal(asked.at(-1), "https://example.test/in");
    assert.equal((await client.call("sample")).data, "What is the capital of France? 10 says test");
    assert.equal((await client.call("roots")).data, "file:///a file:///b");
    assert.equal((await client.call("many")).data, "Ada in 2 roots");
  });

  test("takes a question back when its call is cancelled", async () => {
    const shown = Promise.withResolvers();
    const hidden = Promise.withResolvers();
    await using patient = await Client.connect(target, {
      revision,
      onElicitUrl: (_question, { signal }) => {
        shown.resolve();
        signal.addEventListener("abort", () => hidden.resolve("hidden"));
        return new Promise(() => {});
      },
    });
    const controller = new AbortController();
    const before = counts.unwound;
    const call = patient.call("page", {}, { signal: controller.signal });
    await shown.promise;
    controller.abort();
    await assert.rejects(call, { name: "cancelled" });
    assert.equal(await hidden.promise, "hidden");
    while (counts.unwound === before) {
      await client.ping();
    }
  });

  test("does not repeat a step when a question makes the handler run again", async () => {
    assert.equal((await client.call("steps")).data, "accept ticket 1");
    assert.equal(counts.steps, 1);
    // Without sessions the question ends the first run.
    assert.equal(counts.runs, revision === "2026-07-28" ? 2 : 1);
  });

  test("logs to a client that asked for it", async () => {
    await client.call("log");
    await client.ping();
    assert.deepEqual(messages, [{ level: "warning", logger: "storage", data: { disk: "full" } }]);
    await client.setLogLevel("error");
    await client.call("log");
    assert.equal(messages.length, 1);
  });

  test("refuses what a client cannot answer", async () => {
    await using silent = await Client.connect(target, { revision });
    await assert.rejects(silent.call("page"), { name: "missing_client_capability" });
    await assert.rejects(silent.call("sample"));
  });

  test("tells of changes while it serves", async () => {
    const listening = client.listen({ tools: true, uris: ["note://static"] });
    const { tools, uris } = await listening.granted;
    assert.deepEqual([tools, uris], [true, ["note://static"]]);
    server.tool("added0", {}, () => "added").resourceUpdated("note://static");
    const seen = [];
    for await (const { kind, uri } of listening) {
      if (seen.push(`${kind} ${uri ?? ""}`.trim()) === 2) {
        break;
      }
    }
    assert.deepEqual(seen.toSorted(), ["resource note://static", "tools"]);
    assert.deepEqual(await listening.next(), { done: true, value: undefined });
    assert.equal((await client.call("added0")).data, "added");
    server.disable({ tools: ["added0"] });
    await assert.rejects(client.call("added0"));
    server.enable({ tools: ["added0"] });
    assert.equal((await client.call("added0")).data, "added");
    server.remove({ tools: ["added0"], prompts: ["plain"] });
    await assert.rejects(client.call("added0"));
    await assert.rejects(client.getPrompt("plain"));
  });

  test("follows single resources", async () => {
    await client.subscribe("note://read");
    await client.unsubscribe("note://read");
  });

  test("stops listening by signal, and with its client", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const early = client.listen({ prompts: true, signal: controller.signal });
    const stopped = early.next();
    controller.abort(reason);
    await assert.rejects(stopped, { name: "cancelled", cause: reason });
    assert.throws(() => client.listen({ signal: controller.signal }), { name: "cancelled", cause: reason });
    const other = await Client.connect(target, { revision });
    const ended = other.listen({ prompts: true }).next();
    await other.close({ deadlineMs: 0 });
    assert.deepEqual(await ended, { done: true, value: undefined });
  });
}
