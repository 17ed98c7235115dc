// The shared suite's client on the official TypeScript SDK: `client [--revision R] [--answer yes|no|none] SCENARIO (URL | --
// command args…)`. It knows the scenario `cell` and prints one JSON line with what it observed.
import { parseArgs } from "node:util";

import { load } from "./sdk.mjs";

const { Client, StreamableHTTPClientTransport } = load("@modelcontextprotocol/client");
const { StdioClientTransport } = load("@modelcontextprotocol/client/stdio");

const USAGE = "usage: client [--revision auto|REVISION] [--answer yes|no|none] cell (URL | -- command args…)";
const MODERN = "2026-07-28";
const POLLS = 50;
const NAMES = { [-32601]: "method_not_found", [-32602]: "invalid_params" };
const ANSWERS = { yes: { action: "accept", content: { answer: "yes" } }, no: { action: "decline" }, none: undefined };

/** How the SDK is told what to speak: it negotiates, or pins the modern era, or opens a session as of old. */
function modeOf(revision) {
  return revision === "auto" ? "auto" : revision === MODERN ? { pin: revision } : "legacy";
}

/** The error by the name that our own clients give it, as far as the SDK tells it apart: by the wire code. */
function failure({ name, message, code }) {
  if (name === "AbortError" || /\babort/i.test(message)) {
    return { name: "cancelled", detail: message };
  }
  return { name: NAMES[code] ?? (typeof code === "number" ? "rpc" : "transport"), detail: message };
}

const textOf = ({ content }) => content.map(({ text = "" }) => text).join("");

/** What a result holds: the value of the structured content, or the text. */
function valueOf(result) {
  const { structuredContent: structured } = result;
  if (structured === undefined) {
    return textOf(result);
  }
  const alone = typeof structured === "object" && structured !== null && Object.keys(structured).join() === "result";
  return alone ? structured.result : structured;
}

async function call(client, name, args = {}, options = {}) {
  const result = await client.callTool({ name, arguments: args }, options);
  if (result.isError) {
    throw Object.assign(new Error(textOf(result)), { reported: true });
  }
  return valueOf(result);
}

const failing = (promise) =>
  promise.then(
    (result) => ({ name: "none", detail: String(result) }),
    (error) => (error.reported ? { name: "tool_error", detail: error.message } : failure(error)),
  );

async function cancel(client) {
  const controller = new AbortController();
  const begun = Promise.withResolvers();
  const waiting = failing(call(client, "wait", {}, { signal: controller.signal, onprogress: begun.resolve }));
  await Promise.race([begun.promise, waiting]);
  controller.abort();
  const { name } = await waiting;
  for (let poll = 0; poll < POLLS; poll++) {
    if ((await call(client, "cancelled")) >= 1) {
      return { code: name, observed: true };
    }
  }
  return { code: name, observed: false };
}

async function cell(client, isChild) {
  const progress = [];
  const onprogress = (step) => progress.push(step.progress);
  return {
    revision: client.getNegotiatedProtocolVersion(),
    count: await call(client, "count", { to: 3 }, { onprogress }),
    // What is read together with the answer is lost in the SDK, so that nobody can say what will come from a child.
    progress: isChild ? null : progress,
    add: await call(client, "add", { a: 2, b: 3 }),
    echo: await call(client, "echo", { text: 'ä"\\n€' }),
    cancel: await cancel(client),
    elicit: await call(client, "ask", { what: "continue?" }),
    error: await failing(call(client, "fail")),
    unknown: await failing(call(client, "nope")),
    invalid: await failing(call(client, "add", { a: "x", b: 3 })),
  };
}

function transportOf([where, program, ...args]) {
  return where === "--"
    ? new StdioClientTransport({ command: program, args, stderr: "inherit" })
    : new StreamableHTTPClientTransport(new URL(where));
}

async function observe({ revision, answer, where }) {
  const answering = ANSWERS[answer];
  const client = new Client(
    { name: "typescript-peer", version: "1.0.0" },
    {
      versionNegotiation: { mode: modeOf(revision) },
      ...(answering && { capabilities: { elicitation: { form: {} } } }),
    },
  );
  if (answering) {
    client.setRequestHandler("elicitation/create", () => answering);
  }
  try {
    await client.connect(transportOf(where));
    return await cell(client, where[0] === "--");
  } catch (error) {
    return { error: failure(error) };
  } finally {
    await client.close();
  }
}

function parse(words) {
  // The words after a scenario belong to the target.
  const at = words.indexOf("cell");
  if (at < 0 || words.length < at + 2) {
    return undefined;
  }
  const options = { revision: { type: "string", default: "auto" }, answer: { type: "string", default: "yes" } };
  const { values } = parseArgs({ args: words.slice(0, at), options });
  return Object.hasOwn(ANSWERS, values.answer) ? { ...values, where: words.slice(at + 1) } : undefined;
}

const job = parse(process.argv.slice(2));
if (job) {
  console.log(JSON.stringify(await observe(job)));
} else {
  console.error(USAGE);
  process.exitCode = 2;
}
