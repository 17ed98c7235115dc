// The server that the official conformance suite runs against: `everything-server --stdio | --http HOST:PORT`.
// Names and texts are those that the suite asks for; nothing here knows a revision.
import { Server } from "../../../node/dist/index.mjs";
import { addAsking } from "./everything/asking.mjs";
import { addContent } from "./everything/content.mjs";
import { addReporting } from "./everything/reporting.mjs";
import { addResources } from "./everything/resources.mjs";
import { addRounds } from "./everything/rounds.mjs";

const everybody = { ttlMs: 300_000, scope: "public" };

const server = new Server("conformance-everything", {
  version: "1.0.0",
  instructions: "Fixtures of the official conformance suite.",
  resumable: true,
  cache: {
    discover: everybody,
    tools: everybody,
    prompts: everybody,
    resources: everybody,
    resourceTemplates: everybody,
    reads: { ttlMs: 300_000, scope: "private" },
  },
});
for (const add of [addContent, addReporting, addAsking, addRounds, addResources]) {
  add(server);
}

const [mode, address, ...rest] = process.argv.slice(2);
if (mode === "--stdio" && address === undefined) {
  await server.stdio();
} else if (mode === "--http" && address !== undefined && rest.length === 0) {
  const { url, ended } = await server.serve({ http: address });
  console.error(`listening on ${url}`);
  await ended;
} else {
  console.error("usage: everything-server --stdio | --http HOST:PORT");
  process.exitCode = 2;
}
