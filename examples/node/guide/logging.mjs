// Log messages travel to a client that asks for them.
import { Client, Server } from "dovetail-mcp";

const server = new Server("worker");
server.tool("work", {}, (_args, context) => {
  context.log("info", "working");
});

const client = await Client.connect(server, {
  logLevel: "info",
  onLog: ({ level, data }) => console.log(`${level}: ${data}`),
});
await client.call("work");

await client.close();
await server.close();
