/**
 * Owns the answers of one session on their way down: gathered until the microtasks have run, then written as
 * one JSON text. One value that cannot be written fails its own call and no other.
 */
import { describe } from "./errors.js";
import { Shape } from "./generated/codes.js";
import { answering, type NativeSession } from "./native.js";

/** Characters from which on a text goes down as it is: a long one takes JSON.stringify ten times as long as copying it. */
const LONG = 512;

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
    for (const [call, text] of texts) {
      answering(() => this.#session.reply(call, Shape.text, text));
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
