// A question can make a handler run again: what must not happen twice goes into a step.
import { Client, Server } from "dovetail-mcp";

let charged = 0;

const server = new Server("shop");
server.tool("pay", {}, async (_args, context) => {
  const receipt = await context.step("charge", () => `receipt ${++charged}`);
  return (await context.confirm("Send the receipt?")) ? `sent ${receipt}` : receipt;
});

const client = await Client.connect(server, { onElicit: () => ({ action: "accept", content: {} }) });
await client.call("pay");
console.log(`charged ${charged} time`);

await client.close();
await server.close();
