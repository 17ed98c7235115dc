// A tool that asks the client's model, and one that asks where the client works.
import { Client, Content, Server } from "dovetail-mcp";

const server = new Server("assistant");
server.tool("summarize", {}, async (_args, context) => {
  const answer = await context.sample({
    messages: [{ role: "user", content: Content.text("Summarize the news.") }],
    maxTokens: 100,
  });
  return answer.content;
});
server.tool("where", {}, async (_args, context) => {
  const [root] = await context.listRoots();
  return root?.uri;
});

const client = await Client.connect(server, {
  onSample: () => ({ role: "assistant", content: Content.text("short"), model: "demo" }),
  roots: [{ uri: "file:///project" }],
});
console.log((await client.call("summarize")).data);
console.log((await client.call("where")).data);

await client.close();
await server.close();
