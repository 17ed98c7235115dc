// Calls whichever of the example tools a server has: `node client.mjs (URL | -- command args…)`.
import { Client, Command, DovetailError } from "dovetail-mcp";

/** @typedef {{ city: string, days: { day: number, high: number, low: number, sky: string }[] }} Forecast */

/** @param {string[]} words */
function target(words) {
  const [first, ...rest] = words;
  if (first === "--") {
    const [program, ...args] = rest;
    return program === undefined ? undefined : new Command(program, args);
  }
  return rest.length === 0 ? first : undefined;
}

/** @param {Client} client */
async function visit(client) {
  const { info, revision } = await client.serverInfo();
  console.log(`connected to ${info.name} ${info.version} (${revision})`);

  const tools = await client.listTools();
  for (const { name, description } of tools) {
    console.log(`tool ${name}: ${description}`);
  }
  const has = (/** @type {string} */ name) => tools.some((tool) => tool.name === name);

  if (has("weather")) {
    /** @type {import("dovetail-mcp").CallResult<Forecast>} */
    const forecast = await client.call(
      "weather",
      { city: "Oslo", days: 3 },
      { onProgress: ({ progress, total, message }) => console.log(`  ${progress}/${total} ${message}`) },
    );
    for (const { day, high, low, sky } of forecast.data.days) {
      console.log(`day ${day}: ${sky}, ${low} to ${high} degrees`);
    }
  }
  if (has("remove")) {
    console.log((await client.call("remove", { path: "a.txt" })).data);
  }
}

const where = target(process.argv.slice(2));
if (where === undefined) {
  console.error("usage: client (URL | -- command args…)");
  process.exit(2);
}

/** @type {Client | undefined} */
let client;
try {
  client = await Client.connect(where, {
    onElicit({ message, schema }) {
      console.log(`${message} yes`);
      const fields = Object.keys(/** @type {object} */ (schema["properties"] ?? {}));
      return { action: "accept", content: Object.fromEntries(fields.map((field) => [field, true])) };
    },
  });
  await visit(client);
} catch (error) {
  const { name, message } = error instanceof DovetailError ? error : { name: "error", message: String(error) };
  console.error(`error: ${name}: ${message}`);
  process.exitCode = 1;
} finally {
  await client?.close();
}
