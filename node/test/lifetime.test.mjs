// What lives how long: the process, workers, and handles that the program has forgotten. Each case is a program
// of its own, because only a process can show how it ends.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { test } from "node:test";

const LIMIT = { timeout: 30_000 };
const PRELUDE = `
  const { Channel } = require(${JSON.stringify(new URL("../dist/channel.js", import.meta.url).pathname)});
  const { environment } = require(${JSON.stringify(new URL("../dist/environment.js", import.meta.url).pathname)});
  const { native } = require(${JSON.stringify(new URL("../dist/native.js", import.meta.url).pathname)});
  const open = () => new Channel(native.testkitOpen(environment().runtime));
  const request = (channel, operation) => channel.start((session, key) => session.request(key, operation));
`;

/** The path of a file beside this one, as JavaScript. */
const beside = (name) => JSON.stringify(new URL(name, import.meta.url).pathname);

/** Starts a program: its lines as they come, and its end. */
function start(program, flags = []) {
  const child = spawn(process.execPath, [...flags, "--eval", PRELUDE + program], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 20_000,
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, stderr }));
  return { lines: createInterface(child.stdout)[Symbol.asyncIterator](), ended };
}

/** Runs a program to its end. */
async function run(program, { flags = [] } = {}) {
  const { lines, ended } = start(program, flags);
  let stdout = "";
  for await (const line of lines) {
    stdout += `${line}\n`;
  }
  return { ...(await ended), stdout };
}

async function endsCleanly(program, options) {
  const { code, signal, stdout, stderr } = await run(program, options);
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
  return stdout;
}

test("an outstanding operation keeps the process alive until it completes", LIMIT, async () => {
  const program = `request(open(), "echo").then(() => console.log("answered"))`;
  assert.equal(await endsCleanly(program), "answered\n");
});

test("an idle channel does not keep the process alive", LIMIT, async () => {
  await endsCleanly(`globalThis.kept = open(); request(kept, "echo")`);
});

test("an exit with operations outstanding is clean", LIMIT, async () => {
  await endsCleanly(`
    const channel = open();
    request(channel, "never").catch(() => {});
    channel.start((session, key) => session.request(key, "flood", '{"count":100000}')).catch(() => {});
    setImmediate(() => process.exit(0))`);
});

test("a worker that is terminated with everything outstanding takes nothing down", LIMIT, async () => {
  const worker = `${PRELUDE}
    const { parentPort } = require("node:worker_threads");
    const channel = open();
    request(channel, "never").catch(() => {});
    channel.start((session, key) => session.request(key, "flood", '{"count":100000}')).catch(() => {});
    request(channel, "echo").then(() => parentPort.postMessage("busy"));`;
  const program = `
    const { Worker } = require("node:worker_threads");
    const { once } = require("node:events");
    (async () => {
      for (let round = 0; round < 5; round++) {
        const workers = Array.from({ length: 3 }, () => new Worker(${JSON.stringify(worker)}, { eval: true }));
        await Promise.all(workers.map((worker) => once(worker, "message")));
        await Promise.all(workers.map((worker) => worker.terminate()));
      }
      const channel = open();
      await request(channel, "echo");
      await channel.close(0);
      console.log("fine");
    })();`;
  assert.equal(await endsCleanly(program), "fine\n");
});

test("a worker that ends by itself closes its sessions", LIMIT, async () => {
  const worker = `${PRELUDE} request(open(), "echo").then(() => process.stdout.write(""));`;
  await endsCleanly(`
    const { Worker } = require("node:worker_threads");
    new Worker(${JSON.stringify(worker)}, { eval: true });`);
});

test("an exit takes the children of clients along", LIMIT, async () => {
  // The child holds a connection to this test for as long as it lives.
  const { promise: gone, resolve } = Promise.withResolvers();
  const alive = createServer((connection) => connection.resume().once("close", resolve));
  alive.listen(0, "127.0.0.1");
  await once(alive, "listening");
  const program = `
    (async () => {
      const { Client, Command } = require(${JSON.stringify(new URL("../dist/index.js", import.meta.url).pathname)});
      const child = ["--import", ${beside("held.mjs")}, ${beside("fixture.mjs")}, "--stdio"];
      const env = { DOVETAIL_TEST_HELD_BY: "${alive.address().port}" };
      const client = await Client.connect(new Command(process.execPath, child, { env }));
      client.call("wait").catch(() => {});
      await client.call("pid");
      process.exit(0);
    })();`;
  await endsCleanly(program);
  await gone;
  alive.close();
});

test("an idle server of this process and an idle client do not keep it alive", LIMIT, async () => {
  await endsCleanly(`
    const { Client, Server } = require(${JSON.stringify(new URL("../dist/index.js", import.meta.url).pathname)});
    Client.connect(new Server("idle")).then((client) => (globalThis.kept = client));`);
});

test("a server that serves keeps the process alive until it is closed", LIMIT, async () => {
  const { Client } = await import("dovetail-mcp");
  const program = `
    const { Server } = require(${JSON.stringify(new URL("../dist/index.js", import.meta.url).pathname)});
    const server = new Server("serving").tool("stop", {}, () => void server.close());
    server.listen().then(({ url, ended }) => {
      ended.then(() => console.log("ended"));
      console.log(url);
    });`;
  const { lines, ended } = start(program);
  const client = await Client.connect((await lines.next()).value);
  await client.call("stop");
  await client.close();
  assert.equal((await lines.next()).value, "ended");
  assert.deepEqual(await ended, { code: 0, signal: null, stderr: "" });
});

test("a forgotten channel is collected and its session closed", LIMIT, async () => {
  const program = `
    const { setImmediate: turn } = require("node:timers/promises");
    (async () => {
      const sessions = [];
      await (async () => {
        const channel = open();
        await request(channel, "echo");
        sessions.push(new WeakRef(channel), new WeakRef(channel.session));
      })();
      for (let round = 0; round < 1000 && sessions.some((ref) => ref.deref()); round++) {
        // Looking at a weak reference keeps its object for the rest of that turn.
        await turn();
        gc();
        await turn();
      }
      console.log(sessions.map((ref) => ref.deref() === undefined).join());
    })();`;
  assert.equal(await endsCleanly(program, { flags: ["--expose-gc"] }), "true,true\n");
});
