// A prompt with an argument: what a user picks, and a model reads.
import { Client, Server } from "dovetail-mcp";
import { z } from "zod";

const server = new Server("greeter");
const input = z.object({ name: z.string() });
server.prompt("greet", { description: "Greet somebody", input }, ({ name }) => `Greet ${name}.`);

const client = await Client.connect(server);
for (const { name, description } of await client.listPrompts()) {
  console.log(`${name}: ${description}`);
}
const { messages } = await client.getPrompt("greet", { name: "Ada" });
for (const { role, content } of messages) {
  console.log(`${role}: ${content.text}`);
}

await client.close();
await server.close();
