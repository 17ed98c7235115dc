// The example programs, run as programs; and the snippets of the README, run as they stand there.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const LIMIT = { timeout: 30_000 };
const here = fileURLToPath(new URL(".", import.meta.url));
const example = (name) => fileURLToPath(new URL(`../../examples/node/${name}.mjs`, import.meta.url));
const running = new Set();

after(() => {
  for (const child of running) {
    child.kill();
  }
});

function start(file, ...args) {
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "pipe"], timeout: 20_000 });
  running.add(child);
  const program = { child, stdout: "", stderr: "" };
  program.ended = new Promise((resolve) =>
    child.on("close", (code) => {
      running.delete(child);
      resolve(code);
    }),
  );
  program.listening = new Promise((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text) => {
      program.stderr += text;
      const found = /^listening on (\S+)$/m.exec(program.stderr);
      if (found) {
        resolve(found[1]);
      }
    });
    program.ended.then((code) => reject(new Error(`ended with ${code} before it listened: ${program.stderr}`)));
  });
  program.listening.catch(() => {});
  child.stdout.setEncoding("utf8").on("data", (text) => (program.stdout += text));
  return program;
}

async function stop(program) {
  program.child.kill();
  await program.ended;
}

const expected = {
  // Progress that came at once is told once, so only the last of it is certain.
  weather: /tool weather: Forecast for a city\n( {2}[12]\/3 day [12]\n)* {2}3\/3 day 3\nday 0: /,
  remove: /tool remove: Delete a file after asking\nDelete a\.txt\? yes\ndeleted a\.txt\n/,
};

for (const [name, output] of Object.entries(expected)) {
  test(`${name} over HTTP`, LIMIT, async () => {
    const server = start(example(name), "--http", "127.0.0.1:0");
    const client = start(example("client"), await server.listening);
    assert.equal(await client.ended, 0, client.stderr);
    assert.match(client.stdout, output);
    await stop(server);
  });

  test(`${name} over stdio`, LIMIT, async () => {
    const client = start(example("client"), "--", process.execPath, example(name));
    assert.equal(await client.ended, 0, client.stderr);
    assert.match(client.stdout, output);
  });
}

test("the client example says what went wrong in one line", LIMIT, async () => {
  const client = start(example("client"), "not a url");
  assert.equal(await client.ended, 1);
  assert.match(client.stderr, /^error: invalid_argument: .+\n$/);
});

test("the README's server and client speak to each other", LIMIT, async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const [server, client] = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]);
  assert.match(server, /port: 8000/);
  assert.match(client, /127\.0\.0\.1:8000/);
  // Inside the package, so that the snippets find it under its own name.
  const folder = await mkdtemp(join(here, "readme-"));
  try {
    await writeFile(join(folder, "server.mjs"), server.replace("port: 8000", "port: 0"));
    const serving = start(join(folder, "server.mjs"));
    const url = await serving.listening;
    await writeFile(join(folder, "client.mjs"), client.replace("http://127.0.0.1:8000/mcp", url));
    const calling = start(join(folder, "client.mjs"));
    assert.equal(await calling.ended, 0, calling.stderr);
    assert.equal(calling.stdout, "3\n");
    await stop(serving);
  } finally {
    await rm(folder, { recursive: true });
  }
});
