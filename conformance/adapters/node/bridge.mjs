// The bridge scripts' adapter: one JSON command per line on stdin, one JSON answer per line on stdout, straight
// onto the native layer's testkit. It adds nothing but the wait that `next` asks for.
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

import { Kind } from "../../../node/dist/generated/codes.js";
import { native } from "../../../node/dist/native.js";

const KIND_NAMES = Object.fromEntries(Object.entries(Kind).map(([name, number]) => [number, name]));
const ANSWER_MS = 30_000;

let woken = Promise.withResolvers();
const runtime = native.runtimeDefault(() => {
  runtime.takeReady();
  woken.resolve();
});
let session;

/** Fetches up to `max` events, waiting up to `timeout` ms for the first one. */
async function next(max, timeout) {
  const until = performance.now() + timeout;
  for (;;) {
    woken = Promise.withResolvers();
    const [more, ...flat] = JSON.parse(session.nextEvents(max));
    if (more) {
      session.announce();
    }
    if (flat.length > 0) {
      return Array.from({ length: flat.length / 4 }, (_, index) => {
        const [kind, code, key, payload] = flat.slice(index * 4, index * 4 + 4);
        return { kind: KIND_NAMES[kind], code, key, payload };
      });
    }
    const left = until - performance.now();
    if (left <= 0) {
      return [];
    }
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, left)));
    await Promise.race([woken.promise, late]);
    clearTimeout(timer);
  }
}

const commands = {
  open() {
    session = native.testkitOpen(runtime);
  },
  request: ({ key, op, params }) => session.request(key, op, params && JSON.stringify(params)),
  cancel: ({ key }) => session.cancel(key),
  proceed: ({ call, key, json }) => session.proceed(call, key, json && JSON.stringify(json)),
  reply: ({ call, shape = 0, json }) => session.reply(call, shape, json === undefined ? "" : JSON.stringify(json)),
  raw_reply: ({ call, hex }) => session.reply(call, 0, Buffer.from(hex, "hex")),
  fail: ({ call, json, ...flat }) => session.fail(call, JSON.stringify(json ?? flat)),
  progress: ({ call, json }) => session.progress(call, JSON.stringify(json)),
  ask: ({ call, key, json }) => session.ask(call, key, JSON.stringify(json)),
  call_info: ({ call }) => ({ info: JSON.parse(session.callInfo(call)) }),
  close: ({ key, deadline = 0 }) => session.close(key, deadline),
  next: async ({ max = 64, timeout = 0 }) => ({ events: await next(max, timeout) }),
  status: () => ({ status: JSON.parse(session.status()) }),
  async big({ key, bytes }) {
    session.request(key, "echo", JSON.stringify({ text: "x".repeat(bytes) }));
    for (;;) {
      const events = await next(1, ANSWER_MS);
      if (events.length === 0) {
        throw new Error("no answer to the big request");
      }
      if (events[0].key === key) {
        return { length: events[0].payload.text.length };
      }
    }
  },
  exit_pending() {
    session ??= native.testkitOpen(runtime);
    session.request(1_000_001, "never");
    session.request(1_000_002, "flood", JSON.stringify({ count: 100_000 }));
    lines.close();
    process.stdin.destroy();
  },
  async worker_teardown() {
    const worker = new Worker(fileURLToPath(new URL("./pending_worker.mjs", import.meta.url)));
    await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
    await worker.terminate();
  },
};

async function answer(line) {
  try {
    const { do: name, ...rest } = JSON.parse(line);
    if (!Object.hasOwn(commands, name)) {
      throw new Error(`no command named ${name}`);
    }
    return { ok: true, ...(await commands[name](rest)) };
  } catch (thrown) {
    try {
      const { code, name, detail } = JSON.parse(thrown.message);
      return { error: { code, name, detail } };
    } catch {
      return { error: { code: -1, name: "adapter", detail: String(thrown) } };
    }
  }
}

const lines = createInterface({ input: process.stdin });
let last = Promise.resolve();
lines.on("line", (line) => {
  last = last.then(async () => process.stdout.write(`${JSON.stringify(await answer(line))}\n`));
});
