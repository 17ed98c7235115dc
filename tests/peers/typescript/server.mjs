// The shared suite's server on the official TypeScript SDK: `server --stdio | --http HOST:PORT`. It serves both eras at one
// endpoint: the SDK's handler answers 2026-07-28, a transport with sessions everything before it.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

import { load } from "./sdk.mjs";
import { makeServer } from "./tools.mjs";

const { createMcpHandler, isLegacyRequest } = load("@modelcontextprotocol/server");
const { serveStdio } = load("@modelcontextprotocol/server/stdio");
const { NodeStreamableHTTPServerTransport, toNodeHandler, toWebRequest } = load("@modelcontextprotocol/node");

const sessions = new Map();

async function openSession() {
  const transport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(id, transport),
    onsessionclosed: (id) => void sessions.delete(id),
  });
  await makeServer({ era: "legacy" }).connect(transport);
  return transport;
}

async function bodyOf(request) {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
  }
  return text === "" ? undefined : JSON.parse(text);
}

async function serveHttp(address) {
  const [, host, port] = /^(.*):(\d+)$/.exec(address);
  const modern = toNodeHandler(createMcpHandler(makeServer, { legacy: "reject" }));
  const http = createServer(async (request, response) => {
    try {
      const body = await bodyOf(request);
      if (await isLegacyRequest(await toWebRequest(request, body), body)) {
        const transport = sessions.get(request.headers["mcp-session-id"]) ?? (await openSession());
        await transport.handleRequest(request, response, body);
      } else {
        await modern(request, response, body);
      }
    } catch (error) {
      console.error(error);
      response.writeHead(500).end();
    }
  });
  http.listen(Number(port), host);
  await once(http, "listening");
  console.error(`listening on http://${host}:${http.address().port}/mcp`);
}

const [mode, address, ...rest] = process.argv.slice(2);
if (mode === "--stdio" && address === undefined) {
  serveStdio(makeServer);
} else if (mode === "--http" && address !== undefined && rest.length === 0) {
  await serveHttp(address);
} else {
  console.error("usage: server --stdio | --http HOST:PORT");
  process.exitCode = 2;
}
