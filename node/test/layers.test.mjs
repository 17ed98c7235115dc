// Layers around messages, on both sides of both eras; and errors that handlers and layers refuse with.
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";

import { Client, DovetailError, Message, Server } from "dovetail-mcp";

const LIMIT = { timeout: 20_000 };
const integer = { type: "integer" };
const input = { type: "object", properties: { a: integer, b: integer }, required: ["a", "b"] };

function adder(options) {
  return new Server("adder", options)
    .tool("add", { input, output: integer }, ({ a, b }) => a + b)
    .tool("wait", {}, async (_args, context) => {
      context.progress(1);
      await once(context.signal, "abort");
    })
    .tool("fail", {}, () => {
      throw new DovetailError("forbidden", "not for you");
    });
}

const text = (text) => ({ content: [{ type: "text", text }] });
const calls = { methods: ["tools/call"] };

for (const revision of ["2026-07-28", "2025-11-25"]) {
  describe(revision, LIMIT, () => {
    test("layers stand around each other, the first one outside", async () => {
      const journal = [];
      const noting = (name) => async (message, next) => {
        assert.ok(message instanceof Message);
        assert.deepEqual([message.revision, message.notification], [revision, false]);
        journal.push(`${name} ${message.method}`);
        const result = await next();
        journal.push(`${name} ${result.content[0].text}`);
        return result;
      };
      const server = adder().layer(noting("outer"), calls).layer(noting("inner"), calls);
      const client = await Client.connect(server, { revision, layers: [{ layer: noting("client"), ...calls }] });
      assert.equal((await client.call("add", { a: 1, b: 2 })).data, 3);
      assert.deepEqual(journal, [
        "client tools/call",
        "outer tools/call",
        "inner tools/call",
        "inner 3",
        "outer 3",
        "client 3",
      ]);
      await client.close();
      await server.close();
    });

    const deeds = {
      change: (message, next) => next({ ...message.params, arguments: { a: 10, b: 1 } }),
      "change in place": (message, next) => {
        message.params.arguments.a = 10;
        return next(message);
      },
      "answer by itself": () => text("own"),
      replace: async (_message, next) => ({ ...(await next()), ...text("replaced") }),
      refuse: () => {
        throw new DovetailError("forbidden", "refused by a layer");
      },
      break: () => {
        throw new Error("a secret");
      },
      "return nothing": async (_message, next) => {
        await next();
      },
      "go on twice": async (_message, next) => {
        await next();
        return next();
      },
      "not look": (_message, next) => void next(),
    };
    const outcomes = {
      change: "11",
      "change in place": "12",
      "answer by itself": "own",
      replace: "replaced",
      refuse: "forbidden: refused by a layer",
      break: /^internal: (?!.*secret)/,
      "return nothing": /^internal: /,
      "go on twice": /^(invalid_state|internal): /,
      "not look": "3",
    };
    for (const [name, layer] of Object.entries(deeds)) {
      for (const side of ["server", "client"]) {
        test(`a layer of the ${side} can ${name}`, async () => {
          const server = adder();
          if (side === "server") {
            server.layer(layer, calls);
          }
          const layers = side === "client" ? [{ layer, ...calls }] : [];
          const client = await Client.connect(server, { revision, layers });
          const outcome = await client.call("add", { a: 1, b: 2 }).then(
            ({ content: [{ text }] }) => text,
            (error) => `${error.name}: ${error.detail}`,
          );
          assert[typeof outcomes[name] === "string" ? "equal" : "match"](outcome, outcomes[name]);
          await client.close();
          await server.close();
        });
      }
    }

    test("what fails inside passes a layer by, caught or not", async () => {
      const seen = [];
      const server = adder().layer(async (_message, next) => {
        try {
          return await next();
        } catch (error) {
          seen.push(error.name);
          throw error;
        }
      }, calls);
      const client = await Client.connect(server, { revision });
      await assert.rejects(client.call("nothing"), { name: "unknown_tool" });
      assert.deepEqual(seen, ["unknown_tool"]);
      await client.close();
      await server.close();
    });

    test("a call that is cancelled ends in its layer, too", async () => {
      const ended = Promise.withResolvers();
      const server = adder().layer(async (_message, next) => {
        try {
          return await next();
        } catch (error) {
          ended.resolve(error.name);
          throw error;
        }
      }, calls);
      const client = await Client.connect(server, { revision });
      const controller = new AbortController();
      const call = client.call("wait", {}, { signal: controller.signal, onProgress: () => controller.abort() });
      await assert.rejects(call, { name: "cancelled" });
      assert.equal(await ended.promise, "cancelled");
      await client.close();
      await server.close();
    });

    test("a notification that a layer does not let on is dropped", async () => {
      const server = adder().resource("note://a", {}, "a").resource("note://b", {}, "b");
      const layer = (message, next) => (message.params?.uri === "note://a" && message.notification ? undefined : next());
      const client = await Client.connect(server, { revision, layers: [layer] });
      const changes = client.listen({ uris: ["note://a", "note://b"] });
      await changes.granted;
      server.resourceUpdated("note://a").resourceUpdated("note://b");
      assert.deepEqual((await changes.next()).value, { kind: "resource", uri: "note://b" });
      await client.close();
      await server.close();
    });

    test("handlers of resources and prompts refuse by name, tools report", async () => {
      const refusing = (name) => () => {
        throw new DovetailError(name, "so it is");
      };
      const server = adder()
        .resource("note://gone", {}, refusing("unknown_resource"))
        .resourceTemplate("note://people/{name}", {}, async () => refusing("forbidden")())
        .prompt("count", { input: { type: "object", properties: { times: {} } } }, ({ times }) => {
          if (!Number.isInteger(Number(times))) {
            throw new DovetailError("invalid_params", "times: an integer is expected");
          }
          return "again ".repeat(times);
        });
      const client = await Client.connect(server, { revision });
      await assert.rejects(client.readResource("note://gone"), { name: "unknown_resource" });
      await assert.rejects(client.readResource("note://people/ada"), { name: "forbidden" });
      await assert.rejects(client.getPrompt("count", { times: "many" }), {
        name: "invalid_params",
        message: /times: an integer/,
      });
      await assert.rejects(client.call("fail"), { name: "tool_error", message: "not for you" });
      await client.close();
      await server.close();
    });
  });
}

test("layers are added before clients come, and are functions", LIMIT, async () => {
  const server = adder();
  assert.throws(() => server.layer("tools"), { name: "invalid_argument" });
  const client = await Client.connect(server);
  assert.throws(() => server.layer((_message, next) => next()), { name: "invalid_state" });
  await client.close();
  await server.close();
});

test("an error of one's own has a name that exists", () => {
  const error = new DovetailError("forbidden", "no", { cause: 1 });
  assert.deepEqual([error.name, error.code, error.detail, error.cause], ["forbidden", 60, "no", 1]);
  assert.throws(() => new DovetailError("no_such_name", "x"), TypeError);
});
