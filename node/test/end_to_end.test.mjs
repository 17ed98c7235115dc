// Our client against our server: every transport, every era, every promise of the public API.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { CallResult, Client, DovetailError } from "dovetail-mcp";

import { asCommand, makeServer } from "./fixture.mjs";

const LIMIT = { timeout: 20_000 };
const REVISIONS = ["2026-07-28", "2025-11-25"];

const transports = {
  memory: () => ({ server: makeServer(), target: (server) => server }),
  http: async () => {
    const server = makeServer();
    const { url } = await server.listen({ port: 0 });
    return { server, target: () => url };
  },
  stdio: () => ({ server: undefined, target: asCommand }),
};

for (const [transport, start] of Object.entries(transports)) {
  for (const revision of REVISIONS) {
    describe(`${transport}, ${revision}`, LIMIT, () => suite(start, revision));
  }
}

function suite(start, revision) {
  let server;
  let target;
  let client;
  const questions = [];
  let answer;

  async function connect(options = {}) {
    return Client.connect(target(server), { revision, ...options });
  }

  before(async () => {
    ({ server, target } = await start());
    client = await connect({
      onElicit(question) {
        questions.push(question);
        return answer();
      },
    });
  });
  after(async () => {
    await client?.close();
    await server?.close();
  });

  test("says who it is", async () => {
    const about = await client.serverInfo();
    assert.equal(about.revision, revision);
    assert.deepEqual([about.info.name, about.info.version], ["fixture", "1.2.3"]);
    assert.equal(about.instructions, "For tests.");
  });

  test("lists its tools with their schemas", async () => {
    const tools = await client.listTools();
    const add = tools.find((tool) => tool.name === "add");
    assert.equal(add.description, "Add two numbers");
    assert.deepEqual(add.inputSchema.required, ["a", "b"]);
    assert.equal(add.inputSchema.properties.a.type, "integer");
  });

  test("calls a tool with a typed result", async () => {
    const result = await client.call("add", { a: 1, b: 2 });
    assert.ok(result instanceof CallResult);
    assert.equal(result.data, 3);
    assert.equal(result.isError, false);
    assert.equal(result.content[0].type, "text");
  });

  test("gives structured results back as they were", async () => {
    const { data, structured } = await client.call("point");
    assert.deepEqual(data, { x: 1, y: 2.5 });
    assert.deepEqual(structured, { x: 1, y: 2.5 });
  });

  test("carries any text", async () => {
    const text = 'ä"\\n€😀\u2028';
    assert.equal((await client.call("echo", { value: text })).data, text);
  });

  test("applies a schema's defaults and refinements", async () => {
    assert.equal((await client.call("defaults")).data, "7");
    await assert.rejects(client.call("even", { n: 3 }), { name: "tool_error", message: /n: must be even/ });
  });

  test("takes a plain JSON Schema", async () => {
    assert.equal((await client.callRaw("plain", { n: 4 })).isError, false);
    assert.equal((await client.callRaw("plain", { n: "4" })).isError, true);
  });

  test("reports progress in order, up to the end", async () => {
    const seen = [];
    await client.call("count", { to: 5 }, { onProgress: (step) => seen.push(step) });
    assert.deepEqual(seen.at(-1), { progress: 5, total: 5, message: "step 5" });
    assert.deepEqual(
      seen.map((step) => step.progress),
      seen.map((step) => step.progress).toSorted((a, b) => a - b),
    );
  });

  test("turns what a handler throws into a tool error, without a stack", async () => {
    await assert.rejects(client.call("fail"), (error) => {
      assert.ok(error instanceof DovetailError);
      assert.equal(error.name, "tool_error");
      assert.equal(error.detail, "it broke");
      return true;
    });
    await assert.rejects(client.call("reject"), { name: "tool_error", message: "a string" });
    await assert.rejects(client.call("huge"), { name: "tool_error", message: /cannot be written as JSON/ });
    const raw = await client.callRaw("fail");
    assert.equal(raw.isError, true);
    assert.equal(raw.content[0].text, "it broke");
  });

  test("refuses an unknown tool and wrong arguments", async () => {
    // Older servers have no code of their own for it, so the name may be the general one.
    await assert.rejects(client.call("nope"), { name: /^(unknown_tool|invalid_params)$/, message: /nope/ });
    await assert.rejects(client.call("add", { a: "x", b: 1 }), { name: "tool_error", message: /a/ });
  });

  test("cancels at the server as well", async () => {
    const controller = new AbortController();
    const { data: count } = await client.call("cancelled");
    const reason = new Error("no longer needed");
    const waiting = client.call("wait", {}, { signal: controller.signal });
    await client.call("cancelled");
    controller.abort(reason);
    await assert.rejects(waiting, { name: "cancelled", cause: reason });
    let seen;
    do {
      seen = (await client.call("cancelled")).data;
    } while (Number(seen) <= Number(count));
    await assert.rejects(client.call("add", { a: 1, b: 2 }, { signal: controller.signal }), { name: "cancelled" });
  });

  test("ends a call at its deadline", async () => {
    await assert.rejects(client.call("wait", {}, { timeoutMs: 50 }), { name: "deadline_exceeded", retry: "temporary" });
  });

  test("tells a handler about its call", async () => {
    const { data } = await client.call("info");
    assert.deepEqual(typeof data === "string" ? JSON.parse(data) : data, { name: "info", revision });
  });

  test("asks, and hears every kind of answer", async () => {
    questions.length = 0;
    answer = () => ({ action: "accept", content: { answer: "this" } });
    assert.equal((await client.call("ask")).data, "said this");
    assert.equal(questions[0].message, "Well?");
    assert.deepEqual(Object.keys(questions[0].schema.properties), ["answer"]);
    answer = async () => ({ action: "decline" });
    assert.equal((await client.call("ask")).data, "decline");
    answer = () => ({ action: "cancel" });
    assert.equal((await client.call("ask")).data, "cancel");
  });

  test("asks twice in one call, each question once", async () => {
    questions.length = 0;
    answer = () => ({ action: "accept", content: { answer: questions.at(-1).message } });
    assert.equal((await client.call("twice")).data, "First? Second?");
    assert.deepEqual(
      questions.map((question) => question.message),
      ["First?", "Second?"],
    );
  });

  test("confirms", async () => {
    answer = () => {
      const [field] = Object.keys(questions.at(-1).schema.properties);
      return { action: "accept", content: { [field]: true } };
    };
    assert.equal((await client.call("confirm")).data, "yes");
    answer = () => ({ action: "decline" });
    assert.equal((await client.call("confirm")).data, "no");
  });

  test("asks even when the handler catches everything", async () => {
    answer = () => ({ action: "accept", content: { answer: "heard" } });
    assert.equal((await client.call("stubborn")).data, "said heard");
  });

  test("survives a handler that does not wait for its question", async () => {
    answer = () => ({ action: "accept", content: { answer: "late" } });
    assert.equal((await client.call("forgetful")).data, "did not wait");
    assert.equal((await client.call("add", { a: 1, b: 1 })).data, 2);
  });

  test("does not ask a client that cannot answer", async () => {
    const silent = await connect();
    try {
      const { data: before } = await silent.call("runs");
      await assert.rejects(silent.call("declared"), (error) => error instanceof DovetailError);
      assert.equal((await silent.call("runs")).data, before);
      await assert.rejects(silent.call("ask"), (error) => error instanceof DovetailError);
    } finally {
      await silent.close();
    }
  });

  test("answers many calls at once", async () => {
    const sums = await Promise.all(Array.from({ length: 200 }, (_, n) => client.call("add", { a: n, b: 1 })));
    assert.deepEqual(
      sums.map((sum) => sum.data),
      Array.from({ length: 200 }, (_, n) => n + 1),
    );
  });

  test("ends what is outstanding when it is closed", async () => {
    const other = await connect();
    const waiting = other.call("wait");
    const closed = other.close({ deadlineMs: 0 });
    await assert.rejects(waiting, { name: "closed" });
    await closed;
    await other.close();
    await assert.rejects(other.call("add", { a: 1, b: 2 }), { name: "closed" });
  });
}
