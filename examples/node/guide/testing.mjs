// A test of one's own server: in process, without sockets, with nothing but node:assert.
import assert from "node:assert/strict";

import { Client, Server } from "dovetail-mcp";
import { z } from "zod";

const server = new Server("calculator");
const input = z.object({ a: z.int(), b: z.int() });
server.tool("divide", { input, output: z.number() }, ({ a, b }) => {
  if (b === 0) {
    throw new Error("division by zero");
  }
  return a / b;
});

const client = await Client.connect(server);
try {
  assert.equal((await client.call("divide", { a: 6, b: 3 })).data, 2);
  await assert.rejects(client.call("divide", { a: 1, b: 0 }), { name: "tool_error", message: "division by zero" });
} finally {
  await client.close();
  await server.close();
}
console.log("ok");
