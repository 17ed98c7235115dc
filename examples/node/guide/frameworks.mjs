// The server inside an HTTP server that you have already.
import { once } from "node:events";
import { createServer } from "node:http";

import { Client, Server } from "dovetail-mcp";
import { z } from "zod";

const server = new Server("calculator");
const input = z.object({ a: z.int(), b: z.int() });
server.tool("add", { input, output: z.int() }, ({ a, b }) => a + b);

// Express: app.all("/mcp", server.handler());   Hono: app.all("/mcp", (c) => server.fetch(c.req.raw));
const http = createServer(server.handler());
http.listen(0, "127.0.0.1");
await once(http, "listening");

const { port } = /** @type {import("node:net").AddressInfo} */ (http.address());
const client = await Client.connect(`http://127.0.0.1:${port}/mcp`);
console.log((await client.call("add", { a: 1, b: 2 })).data);

await client.close();
await server.close();
http.close();
