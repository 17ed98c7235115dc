// The client of the benchmark: `bench-client (URL | -- command args…)`, then lines `run CALLS IN_FLIGHT` on standard input.
import { createInterface } from "node:readline";

import { Client, Command } from "../../../node/dist/index.mjs";

const TEXT = "abcdefghijklmnopqrstuvwxyz012345";

function target([first, ...rest]) {
  return first === "--" ? new Command(rest[0], rest.slice(1)) : first;
}

async function run(client, calls, inFlight) {
  let left = calls;
  const loop = async () => {
    while (left-- > 0) {
      const { data } = await client.call("echo", { text: TEXT });
      if (data !== TEXT) {
        throw new Error(`a wrong answer: ${data}`);
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
const client = await Client.connect(target(words));
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const [, calls, inFlight] = line.split(" ").map(Number);
  await run(client, calls, inFlight);
  console.log(`done ${calls}`);
}
await client.close();
