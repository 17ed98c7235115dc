/**
 * Owns the answers of one session on their way down: gathered until the microtasks have run, then written as
 * one JSON text. One value that cannot be written fails its own call and no other.
 */
import { describe } from "./errors.js";
import type { Shape } from "./generated/codes.js";
import { answering, type NativeSession } from "./native.js";

/** How a reply is meant. */
export type ShapeNumber = (typeof Shape)[keyof typeof Shape];

export class Replies {
  readonly #session: NativeSession;
  #waiting: unknown[] = [];

  constructor(session: NativeSession) {
    this.#session = session;
  }

  /** Answers a call. What has no JSON, such as `undefined`, becomes `null`. */
  send(call: number, shape: ShapeNumber, value: unknown): void {
    this.#waiting.push(call, shape, value);
    if (this.#waiting.length === 3) {
      // Twice: after the reactions of the promises that this batch settles, before the next input.
      queueMicrotask(() => queueMicrotask(() => this.#flush()));
    }
  }

  #flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
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
