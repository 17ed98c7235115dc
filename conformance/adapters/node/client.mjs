// The shared suite's client: `client [--revision R] [--answer yes|no|none] SCENARIO (URL | -- command args…)`.
// Prints one JSON line with what it observed.
import { Client, Command } from "../../../node/dist/index.mjs";

const USAGE = "usage: client [--revision auto|REVISION] [--answer yes|no|none] SCENARIO (URL | -- command args…)";
const ANSWERS = {
  yes: () => ({ action: "accept", content: { answer: "yes" } }),
  no: () => ({ action: "decline" }),
  none: undefined,
};
const POLLS = 50;

function parse(words) {
  const options = { revision: "auto", answer: "yes" };
  while (words[0]?.startsWith("--")) {
    const name = words.shift().slice(2);
    const value = words.shift();
    if (!Object.hasOwn(options, name) || value === undefined) {
      return undefined;
    }
    options[name] = value;
  }
  const [scenario, where, program, ...args] = words;
  if (!Object.hasOwn(scenarios, scenario) || !Object.hasOwn(ANSWERS, options.answer) || where === undefined) {
    return undefined;
  }
  if (where === "--") {
    return program === undefined ? undefined : { ...options, scenario, target: new Command(program, args) };
  }
  return program === undefined ? { ...options, scenario, target: where } : undefined;
}

const failure = ({ name, message }) => ({ name, detail: message });
const failing = (promise) => promise.then((result) => ({ name: "none", detail: String(result.data) }), failure);

async function cancel(client) {
  const controller = new AbortController();
  const begun = Promise.withResolvers();
  const waiting = failing(client.call("wait", {}, { signal: controller.signal, onProgress: begun.resolve }));
  // The handler reports progress as its first act: from then on cancelling must reach it.
  await begun.promise;
  controller.abort();
  const { name } = await waiting;
  for (let poll = 0; poll < POLLS; poll++) {
    if ((await client.call("cancelled")).data >= 1) {
      return { code: name, observed: true };
    }
  }
  return { code: name, observed: false };
}

async function cell(client) {
  const progress = [];
  const onProgress = (step) => progress.push(step.progress);
  return {
    revision: (await client.serverInfo()).revision,
    count: (await client.call("count", { to: 3 }, { onProgress })).data,
    progress,
    add: (await client.call("add", { a: 2, b: 3 })).data,
    echo: (await client.call("echo", { text: 'ä"\\n€' })).data,
    cancel: await cancel(client),
    elicit: (await client.call("ask", { what: "continue?" })).data,
    error: await failing(client.call("fail")),
    unknown: await failing(client.call("nope")),
    invalid: await failing(client.call("add", { a: "x", b: 3 })),
  };
}

async function asking(client, questions, tool, args = {}) {
  try {
    return { result: (await client.call(tool, args)).data, questions };
  } catch (error) {
    return { error: failure(error), questions };
  }
}

const scenarios = {
  cell,
  stubborn: (client, questions) => asking(client, questions, "stubborn", { what: "stubborn" }),
  changing: (client, questions) => asking(client, questions, "changing"),
  declared: async (client, questions) => ({
    ...(await asking(client, questions, "declared")),
    ran: (await client.call("ran")).data,
  }),
};

async function observe({ scenario, target, revision, answer }) {
  const questions = [];
  const answering = ANSWERS[answer];
  const onElicit = answering && (({ message }) => (questions.push(message), answering()));
  let client;
  try {
    client = await Client.connect(target, { revision, ...(onElicit && { onElicit }) });
    return await scenarios[scenario](client, questions);
  } catch (error) {
    return { error: failure(error), questions };
  } finally {
    await client?.close();
  }
}

const job = parse(process.argv.slice(2));
if (job) {
  console.log(JSON.stringify(await observe(job)));
} else {
  console.error(USAGE);
  process.exitCode = 2;
}
