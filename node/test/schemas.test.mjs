// Types from every library and from plain JSON Schema: what is listed, what a handler gets, what is refused.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, describe, test } from "node:test";

import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import { Client, Server } from "dovetail-mcp";
import * as v from "valibot";
import { z } from "zod";

const LIMIT = { timeout: 20_000 };

/** The same types four times: an object with a number, one of two texts and an optional list; and an object. */
const libraries = {
  zod: {
    input: z.object({ n: z.number(), unit: z.enum(["m", "km"]).default("m"), tags: z.array(z.string()).optional() }),
    output: z.object({ text: z.string() }),
  },
  valibot: {
    input: toStandardJsonSchema(
      v.object({
        n: v.number(),
        unit: v.optional(v.picklist(["m", "km"]), "m"),
        tags: v.optional(v.array(v.string())),
      }),
    ),
    output: toStandardJsonSchema(v.object({ text: v.string() })),
  },
  arktype: {
    input: type({ n: "number", unit: "'m' | 'km' = 'm'", "tags?": "string[]" }),
    output: type({ text: "string" }),
  },
  "JSON Schema": {
    input: {
      type: "object",
      properties: {
        n: { type: "number" },
        unit: { enum: ["m", "km"], default: "m" },
        tags: { type: "array", items: { type: "string" } },
      },
      required: ["n"],
    },
    output: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
  },
};

for (const [name, { input, output }] of Object.entries(libraries)) {
  describe(name, LIMIT, async () => {
    const server = new Server("schemas").tool("show", { input, output }, ({ n, unit = "m", tags = [] }) => ({
      text: `${n} ${unit} ${tags.join("+")}`.trim(),
    }));
    const client = await Client.connect(server);
    after(async () => {
      await client.close();
      await server.close();
    });

    test("is listed as JSON Schema", async () => {
      const [{ inputSchema, outputSchema }] = await client.listTools();
      assert.equal(inputSchema.type, "object");
      assert.deepEqual(Object.keys(inputSchema.properties).toSorted(), ["n", "tags", "unit"]);
      assert.deepEqual(inputSchema.required, ["n"]);
      assert.equal(inputSchema.properties.n.type, "number");
      assert.deepEqual(inputSchema.properties.unit.enum?.toSorted(), ["km", "m"]);
      assert.deepEqual(outputSchema.properties, { text: { type: "string" } });
      // The dialect is the protocol's own.
      assert.equal(inputSchema.$schema, undefined);
    });

    test("gives handlers their arguments, with defaults", async () => {
      assert.deepEqual((await client.call("show", { n: 1 })).data, { text: "1 m" });
      const all = { n: 2.5, unit: "km", tags: ["a", "b"] };
      assert.deepEqual((await client.call("show", all)).data, { text: "2.5 km a+b" });
    });

    test("refuses what does not fit, and says where", async () => {
      for (const [args, where] of [
        [{ n: "one" }, /\/n\b/],
        [{ n: 1, unit: "mile" }, /\/unit\b/],
        [{ n: 1, tags: [1] }, /\/tags\/0\b/],
        [{}, /\bn\b/],
      ]) {
        await assert.rejects(client.call("show", args), { name: "tool_error", message: where }, JSON.stringify(args));
      }
    });
  });
}

test("rules that JSON Schema cannot say are the library's, with the place of the fault", LIMIT, async () => {
  const even = (n) => n % 2 === 0;
  const server = new Server("rules")
    .tool("even", { input: z.object({ n: z.int().refine(even, "must be even") }) }, ({ n }) => n)
    .prompt(
      "even",
      { input: z.object({ n: z.coerce.number().refine(even, "must be even") }) },
      ({ n }) => `${n} is even`,
    );
  const client = await Client.connect(server);
  assert.equal((await client.call("even", { n: 2 })).data, "2");
  await assert.rejects(client.call("even", { n: 3 }), { name: "tool_error", message: "/n: must be even" });
  assert.equal((await client.getPrompt("even", { n: "4" })).messages[0].content.text, "4 is even");
  // A prompt has no result for a model to read: it is refused.
  await assert.rejects(client.getPrompt("even", { n: "3" }), { name: "invalid_params", message: /\/n: must be even/ });
  await client.close();
  await server.close();
});

test("a rule that a library cannot put into JSON Schema is refused when the tool is defined", () => {
  const input = toStandardJsonSchema(v.object({ n: v.pipe(v.number(), v.check((n) => n % 2 === 0)) }));
  assert.throws(() => new Server("rules").tool("even", { input }, () => 1), {
    name: "invalid_argument",
    message: /^this valibot schema has no JSON Schema: .*check/,
  });
});

test("transforms reach the handler, also those that take their time", LIMIT, async () => {
  const server = new Server("transforms");
  const trimmed = z.object({ text: z.string().transform(async (text) => text.trim()) });
  server.tool("trim", { input: trimmed }, ({ text }) => `[${text}]`);
  const client = await Client.connect(server);
  assert.equal((await client.call("trim", { text: "  a " })).data, "[a]");
  await client.close();
  await server.close();
});

test("CommonJS programs have all of it", () => {
  const program = `
    const { Client, Server } = require("dovetail-mcp");
    const { z } = require("zod");
    (async () => {
      const server = new Server("cjs");
      server.tool("add", { input: z.object({ a: z.int(), b: z.int() }), output: z.int() }, ({ a, b }) => a + b);
      const client = await Client.connect(server);
      console.log((await client.call("add", { a: 1, b: 2 })).data);
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    })();`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=commonjs", "--eval", program], {
    cwd: new URL("..", import.meta.url),
    encoding: "utf8",
    timeout: 15_000,
  });
  assert.deepEqual([status, stdout, stderr], [0, "3\n", ""]);
});
