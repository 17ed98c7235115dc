// Both sides find the newest protocol revision that they share, unless one is asked for.
import { Client, Server } from "dovetail-mcp";

const server = new Server("any age");

for (const revision of ["auto", "2025-11-25"]) {
  const client = await Client.connect(server, { revision });
  console.log((await client.serverInfo()).revision);
  await client.close();
}

await server.close();
