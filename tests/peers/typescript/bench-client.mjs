// The benchmark's client on the official TypeScript SDK: `bench-client (URL | -- command args…)`, then lines `run CALLS
// IN_FLIGHT` on standard input.
import { createInterface } from "node:readline";

import { load } from "./sdk.mjs";

const { Client, StreamableHTTPClientTransport } = load("@modelcontextprotocol/client");
const { StdioClientTransport } = load("@modelcontextprotocol/client/stdio");

const TEXT = "abcdefghijklmnopqrstuvwxyz012345";

function transportOf([where, command, ...args]) {
  return where === "--"
    ? new StdioClientTransport({ command, args, stderr: "inherit" })
    : new StreamableHTTPClientTransport(new URL(where));
}

async function run(client, calls, inFlight) {
  let left = calls;
  const loop = async () => {
    while (left-- > 0) {
      const { content } = await client.callTool({ name: "echo", arguments: { text: TEXT } });
      if (content[0].text !== TEXT) {
        throw new Error(`a wrong answer: ${JSON.stringify(content)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
}

const words = process.argv.slice(2);
if (words.length === 0) {
  console.error("usage: bench-client (URL | -- command args…)");
  process.exit(2);
}
const client = new Client({ name: "bench", version: "1" }, { versionNegotiation: { mode: "auto" } });
await client.connect(transportOf(words));
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const [, calls, inFlight] = line.split(" ").map(Number);
  await run(client, calls, inFlight);
  console.log(`done ${calls}`);
}
await client.close();
