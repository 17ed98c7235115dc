// official_client.mjs legacy|auto TOOL JSON (URL | -- COMMAND…): one call with the official TypeScript client.
import { createRequire } from "node:module";

// The package lies in the peers' folder, not beside this file.
const require = createRequire(`${process.env.DOVETAIL_PEERS}/node/package.json`);
const { Client, StreamableHTTPClientTransport } = require("@modelcontextprotocol/client");
const { StdioClientTransport } = require("@modelcontextprotocol/client/stdio");

const [mode, name, json, ...target] = process.argv.slice(2);
const transport =
  target[0] === "--"
    ? new StdioClientTransport({ command: target[1], args: target.slice(2) })
    : new StreamableHTTPClientTransport(new URL(target[0]));
const client = new Client({ name: "demo", version: "1.0.0" }, { versionNegotiation: { mode } });
await client.connect(transport);
try {
  const result = await client.callTool({ name, arguments: JSON.parse(json) });
  console.log(client.getNegotiatedProtocolVersion(), JSON.stringify(result));
  if (result.isError) process.exitCode = 1;
} finally {
  await client.close();
}
