/**
 * Owns the answers of one session on their way down: gathered until the microtasks have run, then written as
 * one JSON text. One value that cannot be written fails its own call and no other.
 */
import { describe } from "./errors.js";
import { Shape } from "./generated/codes.js";
import { answering, type NativeSession } from "./native.js";

/** Characters from which on a text goes down as it is: a long one takes JSON.stringify ten times as long as copying it. */
const LONG = 512;

/** Bytes that one character of a string becomes at most. */
const UTF8 = 3;

/** Where texts are written on their way down, unless they are too many for it. */
const scratch = Buffer.allocUnsafeSlow(1024 * 1024);

/** How a reply is meant. */
export type ShapeNumber = (typeof Shape)[keyof typeof Shape];

export class Replies {
  readonly #session: NativeSession;
  #waiting: unknown[] = [];
  #texts: [call: number, text: string][] = [];

  constructor(session: NativeSession) {
    this.#session = session;
  }

  /** Answers a call. What has no JSON, such as `undefined`, becomes `null`. */
  send(call: number, shape: ShapeNumber, value: unknown): void {
    const armed = this.#waiting.length + this.#texts.length > 0;
    if (typeof value === "string" && value.length >= LONG && shape === Shape.value) {
      this.#texts.push([call, value]);
    } else {
      this.#waiting.push(call, shape, value);
    }
    if (!armed) {
      // Twice: after the reactions of the promises that this batch settles, before the next input.
      queueMicrotask(() => queueMicrotask(() => this.#flush()));
    }
  }

  #flush(): void {
    const [batch, texts] = [this.#waiting, this.#texts];
    [this.#waiting, this.#texts] = [[], []];
    if (texts.length > 0) {
      this.#sendTexts(texts);
    }
    if (batch.length === 0) {
      return;
    }
    let text: string;
    try {
      text = JSON.stringify(batch);
    } catch {
      this.#sendSingly(batch);
      return;
    }
    this.#write(text);
  }

  #sendTexts(texts: [call: number, text: string][]): void {
    let most = 0;
    for (const [, text] of texts) {
      most += text.length * UTF8;
    }
    const room = most <= scratch.length ? scratch : Buffer.allocUnsafeSlow(most);
    let size = 0;
    const head = texts.map(([call, text]) => {
      const length = room.write(text, size);
      size += length;
      return [call, length];
    });
    answering(() => this.#session.replyTexts(JSON.stringify(head), room.subarray(0, size)));
  }

  #write(text: string): void {
    answering(() => this.#session.replyBatch(text));
  }

  #sendSingly(batch: unknown[]): void {
    for (let at = 0; at < batch.length; at += 3) {
      const call = batch[at] as number;
      let text: string;
      try {
        text = JSON.stringify(batch.slice(at, at + 3));
      } catch (thrown) {
        const detail = `the result cannot be written as JSON: ${describe(thrown)}`;
        answering(() => this.#session.fail(call, JSON.stringify({ kind: "tool", detail })));
        continue;
      }
      this.#write(text);
    }
  }
}
