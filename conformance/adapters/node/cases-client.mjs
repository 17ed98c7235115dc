// The client under test of the shared cases: obeys JSON lines on standard input, answers on standard output.
import { createInterface } from "node:readline";

import { Client, Command } from "../../../node/dist/index.mjs";
import { makeServer } from "./cases/fixture.mjs";
import { Journal, layers } from "./cases/layers.mjs";

const clients = new Map();
const streams = new Map();
const running = new Map();

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const texts = (content) => content.map(({ text = "" }) => text).join("");

const lists = {
  tools: async (client, options) => (await client.listTools(options)).map(({ name }) => name),
  resources: async (client, options) => (await client.listResources(options)).map(({ uri }) => uri),
  resource_templates: async (client, options) =>
    (await client.listResourceTemplates(options)).map(({ uriTemplate }) => uriTemplate),
  prompts: async (client, options) => (await client.listPrompts(options)).map(({ name }) => name),
};

function targetOf({ url, command, server }, { respawn }) {
  if (url !== undefined) {
    return url;
  }
  return command ? new Command(command[0], command.slice(1), { respawn }) : makeServer(server);
}

function answering(answers) {
  return ({ message }) => {
    say({ event: "question", message });
    return answers[message] ?? { action: "decline" };
  };
}

/** One client, with the journal of its layers. */
async function open(target, { answers, layers: layered, respawn, ...options }, signal) {
  const journal = new Journal();
  const settings = {
    ...options,
    signal,
    ...(answers && { onElicit: answering(answers) }),
    ...(layered && { layers: layers(journal) }),
  };
  if (target.group) {
    const members = Object.entries(target.group).map(([name, member]) => [name, targetOf(member, { respawn })]);
    return { client: await Client.group(Object.fromEntries(members), settings), journal, group: true };
  }
  return { client: await Client.connect(targetOf(target, { respawn }), settings), journal };
}

const commands = {
  async connect({ name, target, options = {} }, signal) {
    const opened = await open(target, options, signal);
    clients.set(name, opened);
    if (opened.group) {
      return { revision: null, name: "group" };
    }
    const { revision, info } = await opened.client.serverInfo();
    return { revision, name: info.name };
  },
  async call({ id, client, tool, arguments: args, timeoutMs, progress, raw }, signal) {
    const onProgress = progress && ((step) => say({ event: "progress", of: id, progress: step.progress }));
    const options = { signal, timeoutMs, ...(onProgress && { onProgress }) };
    const { content, isError } = await client[raw ? "callRaw" : "call"](tool, args, options);
    return { text: texts(content), isError };
  },
  list: ({ client, what }, signal) => lists[what](client, { signal }),
  read: async ({ client, uri }, signal) => (await client.readResource(uri, { signal })).text,
  prompt: async ({ client, prompt, arguments: args }, signal) =>
    (await client.getPrompt(prompt, args, { signal })).messages[0].content.text,
  async listen({ id, client, tools, prompts, resources, uris }) {
    const listening = client.listen({ tools, prompts, resources, uris });
    streams.set(id, listening);
    return listening.granted;
  },
  async next({ of }) {
    const { done, value } = await streams.get(of).next();
    return done ? null : value;
  },
  stop: async ({ of }) => void (await streams.get(of).return()),
  cancel: ({ of }) => void running.get(of)?.abort(),
  journal: ({ journal }) => journal.take(),
  ping: ({ client }, signal) => client.ping({ signal }),
  close: ({ client }) => client.close(),
};

async function obey({ id, do: verb, client: name = "main", name: prompt, ...rest }) {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const ok = await commands[verb]({ id, name, prompt, ...clients.get(name), ...rest }, controller.signal);
    say({ id, ok: ok ?? null });
  } catch (error) {
    say({ id, error: { name: error.name, detail: error.message } });
  } finally {
    running.delete(id);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  void obey(JSON.parse(line));
}
await Promise.all([...clients.values()].map(({ client }) => client.close()));
