// A tool that asks the user behind the call, with one line of code.
import { Client, Server } from "dovetail-mcp";
import { z } from "zod";

const server = new Server("travel");
server.tool("book", {}, async (_args, context) => {
  const answer = await context.elicit("Which day?", z.object({ date: z.string() }));
  return answer.action === "accept" ? `booked for ${answer.content.date}` : "not booked";
});

const willing = await Client.connect(server, {
  onElicit({ message }) {
    console.log(`asked: ${message}`);
    return { action: "accept", content: { date: "2026-12-01" } };
  },
});
console.log((await willing.call("book")).data);

const unwilling = await Client.connect(server, { onElicit: () => ({ action: "decline" }) });
console.log((await unwilling.call("book")).data);

await willing.close();
await unwilling.close();
await server.close();
