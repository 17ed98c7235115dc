// The client that the official conformance suite tests: `everything-client URL`. What to do comes in the
// environment, as the suite sets it.
import { Client } from "../../../node/dist/index.mjs";

const { MCP_CONFORMANCE_SCENARIO: scenario, MCP_CONFORMANCE_CONTEXT: context = "{}" } = process.env;
/** Revisions up to this one have sessions, and the suite wants them by name; later ones are found by themselves. */
const LAST_WITH_SESSIONS = "2025-11-25";

const EXAMPLES = { integer: 1, number: 1, boolean: true, array: [], object: {} };

/** Arguments that a schema of flat, required properties accepts. */
function example({ properties = {}, required = [] }) {
  return Object.fromEntries(required.map((name) => [name, EXAMPLES[properties[name]?.type] ?? "test"]));
}

/** Calls every tool that is listed, all at once when asked: what belongs to one must not reach another. */
async function callAll(client, { atOnce = false } = {}) {
  const calls = (await client.listTools()).map((tool) => () => client.callRaw(tool.name, example(tool.inputSchema)));
  if (atOnce) {
    await Promise.all(calls.map((call) => call()));
    return;
  }
  for (const call of calls) {
    await call();
  }
}

/** Every request that the suite looks at, once. */
async function everything(client) {
  await callAll(client);
  for (const { uri } of await client.listResources()) {
    await client.readResource(uri);
  }
  for (const { name, arguments: parameters = [] } of await client.listPrompts()) {
    await client.getPrompt(name, Object.fromEntries(parameters.map((parameter) => [parameter.name, "test"])));
  }
}

const listAndCall = (name, args) => async (client) => {
  await client.listTools();
  await client.call(name, args);
};

const scenarios = {
  initialize: (client) => client.listTools(),
  "request-metadata": (client) => client.listTools(),
  "json-schema-ref-no-deref": (client) => client.listTools(),
  tools_call: listAndCall("add_numbers", { a: 5, b: 3 }),
  "elicitation-sep1034-client-defaults": listAndCall("test_client_elicitation_defaults"),
  "sse-retry": listAndCall("test_reconnection"),
  "sep-2322-client-request-state": (client) => callAll(client, { atOnce: true }),
  "http-standard-headers": everything,
  "http-invalid-tool-headers": (client) => callAll(client),
  "http-custom-headers": async (client) => {
    await client.listTools();
    for (const { name, arguments: args } of JSON.parse(context).toolCalls ?? []) {
      await client.callRaw(name, args);
    }
  },
  "json-schema-2020-12-preservation": async (client) => {
    const tools = await client.listTools();
    const schema = tools.find((tool) => tool.name === "json_schema_2020_12_tool")?.inputSchema;
    await client.call("json_schema_echo", { schema });
  },
};

function connect(url) {
  const wanted = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION;
  return Client.connect(url, {
    info: { name: "dovetail-conformance", version: "1.0.0" },
    revision: wanted && wanted <= LAST_WITH_SESSIONS ? wanted : "auto",
    onElicit: ({ defaults }) => ({ action: "accept", content: defaults }),
    onElicitUrl: () => ({ action: "accept" }),
    onSample: () => ({
      role: "assistant",
      content: { type: "text", text: "This is a test response." },
      model: "test-model",
      stopReason: "endTurn",
    }),
    roots: [{ uri: "file:///workspace" }],
  });
}

const url = process.argv[2];
if (url === undefined || !Object.hasOwn(scenarios, scenario ?? "")) {
  console.error(`usage: MCP_CONFORMANCE_SCENARIO=… everything-client URL; the scenario is ${scenario}`);
  process.exitCode = 2;
} else {
  try {
    const client = await connect(url);
    await scenarios[scenario](client);
    await client.close();
  } catch (error) {
    console.error(`${scenario}: ${error.name}: ${error.message}`);
    process.exitCode = 1;
  }
}
