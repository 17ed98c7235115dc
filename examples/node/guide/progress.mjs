// A tool that says how far it is, and one that is cancelled.
import { once } from "node:events";

import { Client, DovetailError, Server } from "dovetail-mcp";

const server = new Server("worker");
server.tool("count", {}, (_args, context) => {
  for (let step = 1; step <= 3; step++) {
    context.progress(step, 3);
  }
  return "done";
});
server.tool("wait", {}, async (_args, context) => {
  context.progress(1);
  await once(context.signal, "abort");
});

const client = await Client.connect(server);
const { data } = await client.call("count", {}, {
  onProgress: ({ progress, total }) => console.log(`${progress} of ${total}`),
});
console.log(data);

const controller = new AbortController();
try {
  await client.call("wait", {}, { signal: controller.signal, onProgress: () => controller.abort() });
} catch (error) {
  console.log(error instanceof DovetailError ? error.name : error);
}

await client.close();
await server.close();
