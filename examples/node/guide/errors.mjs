// Every failure has a name, the same in all languages.
import { once } from "node:events";

import { Client, DovetailError, Server } from "dovetail-mcp";

const server = new Server("disk");
server.tool("save", {}, () => {
  throw new Error("the disk is full");
});
server.tool("wait", {}, async (_args, context) => {
  await once(context.signal, "abort");
});

const client = await Client.connect(server);

/** @param {Promise<unknown>} call */
async function failure(call) {
  try {
    await call;
  } catch (error) {
    if (error instanceof DovetailError) {
      return error;
    }
  }
  throw new Error("it should have failed");
}

const full = await failure(client.call("save"));
console.log(`${full.name}: ${full.detail}`);
console.log((await failure(client.call("nothing"))).name);
console.log((await failure(client.call("wait", {}, { timeoutMs: 50 }))).name);

await client.close();
await server.close();
