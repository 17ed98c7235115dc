// A client that hears of changes as they happen.
import { Client, Server } from "dovetail-mcp";

const server = new Server("notes")
  .resource("note://welcome", {}, "Hello")
  .tool("count", {}, () => 1);

const client = await Client.connect(server);
const changes = client.listen({ tools: true, uris: ["note://welcome"] });
await changes.granted;

server.tool("search", {}, () => "found");
for await (const change of changes) {
  if (change.kind === "tools") {
    console.log("tools changed");
    server.resourceUpdated("note://welcome");
  } else {
    console.log(`updated ${change.uri}`);
    break;
  }
}

await client.close();
await server.close();
