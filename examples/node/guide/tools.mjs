// A typed function as a tool, and what a caller hears when its arguments do not fit.
import { Client, DovetailError, Server } from "dovetail-mcp";
import { z } from "zod";

const server = new Server("calculator");
const input = z.object({ a: z.int(), b: z.int() });
server.tool("add", { description: "Add two numbers", input, output: z.int() }, ({ a, b }) => a + b);

const client = await Client.connect(server);
try {
  for (const { name, description } of await client.listTools()) {
    console.log(`${name}: ${description}`);
  }
  console.log((await client.call("add", { a: 1, b: 2 })).data);
  await client.call("add", { a: "one", b: 2 });
} catch (error) {
  if (!(error instanceof DovetailError)) {
    throw error;
  }
  console.log(`refused: ${error.name}`);
} finally {
  await client.close();
  await server.close();
}
