// A list that clients may keep for a minute: the second look does not ask the server.
import { Client, Server } from "dovetail-mcp";

let asked = 0;

const server = new Server("catalog", { cache: { tools: { ttlMs: 60_000, scope: "public" } } });
server.tool("search", {}, () => "found");
server.layer(
  (_message, next) => {
    asked += 1;
    return next();
  },
  { methods: ["tools/list"] },
);

const client = await Client.connect(server);
await client.listTools();
await client.listTools();
console.log(`asked the server ${asked} time`);

await client.close();
await server.close();
