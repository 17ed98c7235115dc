// One server under other people's HTTP stacks: every stack, both eras, and what a peer can do to it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import { connect as http2Connect, createServer as createHttp2Server } from "node:http2";
import { after, before, describe, test } from "node:test";

import { Client, Server } from "dovetail-mcp";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";

const LIMIT = { timeout: 20_000 };
const REVISIONS = ["2026-07-28", "2025-11-25"];
const integer = { type: "integer" };
const pair = { type: "object", properties: { a: integer, b: integer }, required: ["a", "b"] };

function makeServer(options = {}) {
  const heard = { begun: Promise.withResolvers(), cancelled: Promise.withResolvers() };
  const server = new Server("mounted", options)
    .tool("add", { input: pair, output: integer }, ({ a, b }) => a + b)
    .tool(
      "length",
      { input: { type: "object", properties: { text: { type: "string" } } }, output: integer },
      ({ text }) => text.length,
    )
    .tool("count", {}, (_args, context) => {
      for (let step = 1; step <= 3; step++) {
        context.progress(step, 3);
      }
      return "counted";
    })
    .tool("wait", {}, async (_args, context) => {
      context.progress(1);
      heard.begun.resolve();
      if (!context.cancelled) {
        await once(context.signal, "abort");
      }
      heard.cancelled.resolve("cancelled");
    });
  return { server, heard };
}

/** Starts an HTTP server; the way to stop it, and the URL of its endpoint. */
async function listening(http) {
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const stop = async () => {
    http.closeAllConnections?.();
    http.close();
    await once(http, "close");
  };
  return { url: `http://127.0.0.1:${http.address().port}/mcp`, stop };
}

/** An HTTP server around a function of the Fetch family, as its runtimes have one. */
function fetching(respond) {
  return createServer(async (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.once("close", () => gone.abort(new Error("the peer has gone")));
    const { method } = incoming;
    const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
      method,
      headers: Object.entries(incoming.headers),
      signal: gone.signal,
      ...(method === "POST" && { body: incoming, duplex: "half" }),
    });
    try {
      const { status, headers, body } = await respond(request);
      outgoing.writeHead(status, Object.fromEntries(headers));
      for await (const chunk of body ?? []) {
        outgoing.write(chunk);
      }
      outgoing.end();
    } catch {
      outgoing.destroy();
    }
  });
}

const stacks = {
  "node:http": (server) => listening(createServer(server.handler())),
  express: (server) => listening(createServer(express().all("/mcp", server.handler()))),
  "express that has parsed the body": (server) =>
    listening(createServer(express().use(express.json({ limit: "8mb" })).all("/mcp", server.handler()))),
  fastify: async (server) => {
    const app = fastify({ forceCloseConnections: true });
    const handle = server.handler();
    app.all("/mcp", (request, reply) => (reply.hijack(), handle(request.raw, reply.raw, request.body)));
    return { url: `${await app.listen({ port: 0, host: "127.0.0.1" })}/mcp`, stop: () => app.close() };
  },
  hono: (server) => {
    const app = new Hono().all("/mcp", (context) => server.fetch(context.req.raw));
    return listening(fetching((request) => app.fetch(request)));
  },
  "a runtime with fetch": (server) => listening(fetching(server.fetch.bind(server))),
};

for (const [name, mount] of Object.entries(stacks)) {
  for (const revision of REVISIONS) {
    describe(`${name}, ${revision}`, LIMIT, () => suite(mount, revision));
  }
}

function suite(mount, revision) {
  const { server, heard } = makeServer();
  let stack;
  let client;

  before(async () => {
    stack = await mount(server);
    client = await Client.connect(stack.url, { revision });
  });
  after(async () => {
    await client?.close();
    await stack?.stop();
    await server.close();
  });

  test("calls go through, one after another and all at once", async () => {
    assert.equal((await client.serverInfo()).revision, revision);
    assert.equal((await client.call("add", { a: 1, b: 2 })).data, 3);
    const sums = await Promise.all(Array.from({ length: 50 }, (_, a) => client.call("add", { a, b: 1 })));
    assert.deepEqual(sums.map(({ data }) => data), Array.from({ length: 50 }, (_, a) => a + 1));
  });

  test("a large body goes through whole", async () => {
    const text = "x€".repeat(200_000);
    assert.equal((await client.call("length", { text })).data, text.length);
  });

  test("progress comes before the answer", async () => {
    const seen = [];
    const { data } = await client.call("count", {}, { onProgress: ({ progress }) => seen.push(progress) });
    assert.equal(data, "counted");
    assert.equal(seen.at(-1), 3);
  });

  test("a caller that goes away is heard of", async () => {
    const controller = new AbortController();
    const call = client.call("wait", {}, { signal: controller.signal, onProgress: () => controller.abort() });
    await assert.rejects(call, { name: "cancelled" });
    assert.equal(await heard.cancelled.promise, "cancelled");
  });
}

/** A request that calls the tool that waits, and wants progress. */
function callingWait(init = {}) {
  return new Request("http://localhost/mcp", {
    method: "POST",
    headers: {
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "wait",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: {
        name: "wait",
        arguments: {},
        _meta: {
          progressToken: "p",
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
          "io.modelcontextprotocol/clientCapabilities": {},
        },
      },
    }),
    ...init,
  });
}

/** Sends a request of one's own making; the status, headers and body of its answer. */
function send(url, { method = "POST", headers = {}, body } = {}) {
  const { promise, resolve, reject } = Promise.withResolvers();
  const sent = httpRequest(url, {
    method,
    headers: { accept: "application/json, text/event-stream", "content-type": "application/json", ...headers },
  });
  sent.once("error", reject).once("response", async (response) => {
    let text = "";
    for await (const chunk of response) {
      text += chunk;
    }
    resolve({ status: response.statusCode, headers: response.headers, text });
  });
  sent.end(body);
  return promise;
}

describe("what a mounted server refuses", LIMIT, () => {
  const small = { limits: { body: 1_000 } };
  const ways = {
    handler: (server) => listening(createServer(server.handler())),
    fetch: (server) => listening(fetching((request) => server.fetch(request))),
  };
  for (const [name, mount] of Object.entries(ways)) {
    test(`${name}: a foreign host, a foreign page, a method, a body that is too large`, async () => {
      const { server } = makeServer(small);
      const { url, stop } = await mount(server);
      try {
        const body = "{}";
        assert.equal((await send(url, { body, headers: { host: "example.test" } })).status, 403);
        assert.equal((await send(url, { body, headers: { origin: "https://example.test" } })).status, 403);
        assert.equal((await send(url, { method: "PUT", body })).status, 405);
        const { status, text } = await send(url, { body: " ".repeat(1_001) });
        assert.deepEqual([status, JSON.parse(text).error.message.includes("limit `body`")], [413, true]);
        assert.equal((await send(url, { body: "{", headers: { "x-odd": "\u00e4" } })).status, 400);
        await server.close();
        assert.equal((await send(url, { body })).status, 503);
      } finally {
        await stop();
      }
    });
  }

  test("hosts and pages that are allowed come in, by every door of the server", async () => {
    const { server } = makeServer();
    const allowed = { allowedHosts: ["example.test"], allowedOrigins: ["https://example.test"] };
    const { url, stop } = await listening(createServer(server.handler(allowed)));
    const headers = { host: "example.test", origin: "https://example.test" };
    // Admitted, and then refused for what it is.
    assert.equal((await send(url, { body: "{}", headers })).status, 400);
    assert.equal((await send(url, { body: "{}", headers: { ...headers, host: "example.org" } })).status, 403);
    const json = { "content-type": "application/json" };
    const request = new Request("https://example.test/mcp", { method: "POST", body: "{}", headers: json });
    assert.equal((await server.fetch(request)).status, 400);
    // One set of rules for one server.
    assert.throws(() => server.handler({ allowedHosts: ["example.org"] }), { name: "invalid_state" });
    await stop();
    await server.close();
  });

  test("a body without an end is not read further than the limit", async () => {
    const { server } = makeServer(small);
    const { url, stop } = await listening(createServer(server.handler()));
    const answered = Promise.withResolvers();
    const sent = httpRequest(url, { method: "POST", headers: { accept: "*/*", "content-type": "application/json" } });
    sent.once("response", answered.resolve).on("error", () => {});
    sent.write("x".repeat(5_000));
    const response = await answered.promise;
    assert.deepEqual([response.statusCode, response.headers.connection], [413, "close"]);
    sent.destroy();
    await stop();
    await server.close();
  });
});

test("a whole answer has its length, and nothing of it is sent in pieces", LIMIT, async () => {
  const { server } = makeServer();
  const { url, stop } = await listening(createServer(server.handler()));
  const { headers, text } = await send(url, { body: "{}" });
  assert.equal(headers["content-length"], String(text.length));
  await stop();
  await server.close();
});

test("HTTP/2 of Node works as well", LIMIT, async (t) => {
  const { server } = makeServer();
  t.after(() => server.close());
  const { url, stop } = await listening(createHttp2Server(server.handler()));
  const session = http2Connect(url);
  t.after(async () => {
    session.close();
    await stop();
  });
  const stream = session.request({
    ":method": "POST",
    ":path": "/mcp",
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
  });
  stream.end("not JSON");
  const [headers] = await once(stream, "response");
  let text = "";
  for await (const chunk of stream) {
    text += chunk;
  }
  assert.deepEqual([headers[":status"], JSON.parse(text).jsonrpc], [400, "2.0"]);
});

test("fetch ends with the reason of its request's signal", LIMIT, async (t) => {
  const { server, heard } = makeServer();
  t.after(() => server.close());
  const reason = new Error("enough");
  await assert.rejects(server.fetch(callingWait({ signal: AbortSignal.abort(reason) })), reason);
  // What has begun to answer fails in its stream.
  const controller = new AbortController();
  const { body } = await server.fetch(callingWait({ signal: controller.signal }));
  await heard.begun.promise;
  controller.abort(reason);
  await assert.rejects(async () => {
    for await (const _chunk of body);
  }, reason);
  assert.equal(await heard.cancelled.promise, "cancelled");
});

test("a stream that its reader cancels ends its call", LIMIT, async (t) => {
  const { server, heard } = makeServer();
  t.after(() => server.close());
  const response = await server.fetch(callingWait());
  assert.equal(response.status, 200);
  await heard.begun.promise;
  await response.body.cancel();
  assert.equal(await heard.cancelled.promise, "cancelled");
});

test("a mounted server that nobody calls keeps no process alive", LIMIT, () => {
  const program = `
    const { Server } = require("dovetail-mcp");
    const server = new Server("idle");
    server.handler();
    server.fetch(new Request("http://localhost/mcp")).then(({ status }) => console.log(status));`;
  const { status, stdout } = spawnSync(process.execPath, ["--eval", program], {
    cwd: new URL("..", import.meta.url),
    encoding: "utf8",
    timeout: 15_000,
  });
  assert.deepEqual([status, stdout], [0, "405\n"]);
});
