// A layer around every tool call, for what concerns all of them.
import { Client, Server } from "dovetail-mcp";
import { z } from "zod";

const server = new Server("calculator");
const input = z.object({ a: z.int(), b: z.int() });
server.tool("add", { input, output: z.int() }, ({ a, b }) => a + b);
server.layer(
  async ({ params }, next) => {
    console.log(`before ${params.name}`);
    const result = await next();
    console.log(`after ${params.name}`);
    return result;
  },
  { methods: ["tools/call"] },
);

const client = await Client.connect(server);
console.log((await client.call("add", { a: 1, b: 2 })).data);

await client.close();
await server.close();
