// The server under test of the shared cases: `cases-server (--stdio | --http HOST:PORT) [--options JSON]`.
import { parseArgs } from "node:util";

import { makeServer } from "./cases/fixture.mjs";

const USAGE = "usage: cases-server (--stdio | --http HOST:PORT) [--options JSON]";

function parse() {
  try {
    const { values } = parseArgs({
      options: { stdio: { type: "boolean" }, http: { type: "string" }, options: { type: "string", default: "{}" } },
    });
    const options = JSON.parse(values.options);
    return Boolean(values.stdio) === Boolean(values.http) ? undefined : { http: values.http, options };
  } catch (error) {
    console.error(error.message);
    return undefined;
  }
}

const job = parse();
if (job === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  const server = makeServer(job.options);
  if (job.http === undefined) {
    await server.stdio();
  } else {
    const { url, ended } = await server.serve({ http: job.http, sse: job.options.sse });
    console.error(`listening on ${url}`);
    await ended;
  }
}
