import { Client, Command } from "dovetail-mcp";

const client = await Client.connect(new Command("node", ["server.mjs"])); // or "http://127.0.0.1:8000/mcp"
try {
  const { data } = await client.call("add", { a: 1, b: 2 });
  console.log(data);
} finally {
  await client.close();
}
