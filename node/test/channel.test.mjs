// The hand-over between the event loop and the native layer, over the testkit: no protocol, no sockets.
import assert from "node:assert/strict";
import { test } from "node:test";

import channelModule from "../dist/channel.js";
import { environment } from "../dist/environment.js";
import { DovetailError } from "../dist/errors.js";
import { Code } from "../dist/generated/codes.js";
import { native } from "../dist/native.js";

const { Channel } = channelModule;
const LIMIT = { timeout: 20_000 };

function open(incoming = {}) {
  return new Channel(native.testkitOpen(environment().runtime), incoming);
}

/** A channel whose calls are handled like a server's: `handle` gets the call id and the arguments. */
function serving(handle) {
  const channel = open({
    call(call, _handler, params) {
      channel.track(call, { [channelModule.withdraw]: () => handle.cancelled?.(call) });
      handle(channel, call, params);
    },
  });
  return channel;
}

const request = (channel, operation, params = {}) =>
  channel.start((session, key) => session.request(key, operation, JSON.stringify(params)));
const call = (channel, params) => request(channel, "call", { target: 0, arguments: params });

test("an operation completes with its result, whatever the alphabet", LIMIT, async () => {
  const channel = open();
  assert.deepEqual(await request(channel, "echo", { text: 'ä"\\n€😀' }), { text: 'ä"\\n€😀' });
  await channel.close(0);
});

test("every code arrives as an error with its name and number", LIMIT, async () => {
  const channel = open();
  for (const [name, code] of Object.entries(Code)) {
    await assert.rejects(request(channel, "fail", { code }), (error) => {
      assert.ok(error instanceof DovetailError);
      assert.equal(error.name, name);
      assert.equal(error.code, code);
      assert.equal(error.detail, error.message);
      return true;
    });
  }
  await channel.close(0);
});

test("a refused operation throws at once and leaves nothing outstanding", LIMIT, async () => {
  const channel = open();
  assert.throws(() => channel.start((session, key) => session.request(key, "no such")), { name: "invalid_argument" });
  assert.throws(() => channel.start((session, key) => session.request(key, "echo", "not json")), {
    name: "invalid_argument",
  });
  assert.equal(JSON.parse(channel.session.status()).ops, 0);
  await channel.close(0);
});

test("a thousand calls at once are each answered once", LIMIT, async () => {
  const channel = serving((channel, id, { n }) => channel.reply(id, n));
  const answers = await Promise.all(Array.from({ length: 1_000 }, (_, n) => call(channel, { n })));
  assert.deepEqual(
    answers.map((answer) => answer.value),
    Array.from({ length: 1_000 }, (_, n) => n),
  );
  await channel.close(0);
});

test("long texts of one turn go back as they are, many or large, in any alphabet", LIMIT, async () => {
  const pieces = ["x", "ä", "€", "😀", '"\\\n'];
  const texts = Array.from({ length: 300 }, (_, n) => `${n} ${pieces[n % pieces.length].repeat(2_000)}`);
  // Beyond the room that is kept for texts; half a character; short ones among the long.
  texts.push("€".repeat(1024 * 1024), "\ud83d".repeat(600), "", "short");
  const channel = serving((channel, id, { n }) => channel.reply(id, texts[n]));
  const answers = await Promise.all(texts.map((_, n) => call(channel, { n })));
  answers.forEach(({ value }, n) => assert.equal(value, texts[n].toWellFormed(), `text ${n}`));
  await channel.close(0);
});

test("large events of one turn arrive whole and in order", LIMIT, async () => {
  const channel = open();
  const texts = Array.from({ length: 200 }, (_, n) => `${n} ${"ö".repeat(20_000)}`);
  const arrived = [];
  const echo = async (text) => arrived.push((await request(channel, "echo", { text })).text);
  await Promise.all(texts.map(echo));
  assert.deepEqual(arrived, texts);
  await channel.close(0);
});

test("a result that has no JSON fails its own call and no other of the batch", LIMIT, async () => {
  const loop = {};
  loop.loop = loop;
  const results = [1, 10n, undefined, loop, () => 1, "last"];
  const channel = serving((channel, id, { n }) => channel.reply(id, results[n]));
  const answers = await Promise.all(results.map((_, n) => call(channel, { n })));
  assert.deepEqual(answers[0], { value: 1 });
  assert.match(answers[1].tool, /cannot be written as JSON/);
  assert.deepEqual(answers[2], { value: null });
  assert.match(answers[3].tool, /cannot be written as JSON/);
  assert.deepEqual(answers[4], { value: null });
  assert.deepEqual(answers[5], { value: "last" });
  await channel.close(0);
});

test("a cancelled operation completes once, as cancelled; the call behind it hears of it", LIMIT, async () => {
  const { promise: heard, resolve } = Promise.withResolvers();
  const { promise: arrived, resolve: arrive } = Promise.withResolvers();
  const handle = (_channel, id) => arrive(id);
  handle.cancelled = resolve;
  const channel = serving(handle);
  const { key, done } = channel.operation((session, key) =>
    session.request(key, "call", JSON.stringify({ target: 0, arguments: {} })),
  );
  const id = await arrived;
  channel.cancel(key);
  channel.cancel(key);
  await assert.rejects(done, { name: "cancelled" });
  assert.equal(await heard, id);
  channel.reply(id, "too late");
  channel.cancel(key);
  await channel.close(0);
});

test("a large payload comes back whole", LIMIT, async () => {
  const channel = open();
  const text = "x".repeat(8 * 1024 * 1024);
  assert.equal((await request(channel, "echo", { text })).text, text);
  await channel.close(0);
});

test("ten thousand events pass while operations go on", LIMIT, async () => {
  const channel = open();
  const flood = request(channel, "flood", { count: 10_000 });
  const echoes = await Promise.all(Array.from({ length: 100 }, (_, n) => request(channel, "echo", { n })));
  assert.deepEqual(echoes[99], { n: 99 });
  await flood;
  await channel.close(0);
});

test("a close ends what is outstanding, twice is once, and nothing starts afterwards", LIMIT, async () => {
  const channel = serving(() => {});
  const outstanding = [request(channel, "never"), call(channel, {})];
  const closed = channel.close(50);
  assert.equal(channel.close(50), closed);
  for (const operation of outstanding) {
    await assert.rejects(operation, { name: "closed" });
  }
  await closed;
  assert.throws(() => request(channel, "echo"), { name: "closed" });
});

test("a panic below is an error of its operation, and the session goes on", LIMIT, async () => {
  const channel = open();
  await assert.rejects(request(channel, "panic"), { name: "panic" });
  assert.deepEqual(await request(channel, "echo", { still: "here" }), { still: "here" });
  await channel.close(0);
});

test("bytes that are no UTF-8 are refused, and the call still waits", LIMIT, async () => {
  const channel = serving((channel, id) => {
    assert.throws(() => channel.session.reply(id, 0, new Uint8Array([0xff])));
    channel.reply(id, "fine");
  });
  assert.deepEqual(await call(channel, {}), { value: "fine" });
  await channel.close(0);
});
