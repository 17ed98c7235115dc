/**
 * Owns the traffic of one native session: keys and promises of our own operations, the calls that come in, and
 * the events in between. It carries JSON and decides nothing.
 */
import { environment, type Wakeable } from "./environment.js";
import { DovetailError, type ErrorBody } from "./errors.js";
import { Kind, Shape } from "./generated/codes.js";
import { log, type LogLine } from "./log.js";
import { answering, calling, type NativeSession } from "./native.js";
import { Replies, type ShapeNumber } from "./replies.js";

/** Events that are handled at one go; then other work of the event loop gets its turn. */
const BATCH = 64;

/** The key of a channel's first operation, for a session that is opened together with it. */
export const FIRST_KEY = 1;

/** A call that came in and waits for its answer. */
export interface IncomingCall {
  /** The caller has gone; an answer is no longer possible. */
  cancelled(): void;
}

/** What a channel does with what comes in. */
export interface Incoming {
  /** A call of the handler with this index. */
  call?(call: number, handler: number, params: unknown): void;
  /** A question for the user. */
  input?(call: number, question: unknown): void;
  /** A log message of the peer. */
  message?(message: unknown): void;
}

interface Operation {
  resolve(payload: unknown): void;
  reject(error: unknown): void;
  progress: ((payload: unknown) => void) | undefined;
  ready: ((payload: unknown) => void) | undefined;
  change: ((payload: unknown) => void) | undefined;
}

/** What an operation may hear before it completes. */
export interface Listening {
  progress?: ((payload: unknown) => void) | undefined;
  ready?: ((payload: unknown) => void) | undefined;
  change?: ((payload: unknown) => void) | undefined;
}

export class Channel implements Wakeable {
  readonly #session: NativeSession;
  readonly #incoming: Incoming;
  readonly #operations = new Map<number, Operation>();
  readonly #calls = new Map<number, IncomingCall>();
  readonly #replies: Replies;
  #nextKey = FIRST_KEY;
  #closing: Promise<void> | undefined;

  constructor(session: NativeSession, incoming: Incoming = {}) {
    this.#session = session;
    this.#incoming = incoming;
    this.#replies = new Replies(session);
    environment().adopt(this);
  }

  get number(): number {
    return this.#session.number;
  }

  get session(): NativeSession {
    return this.#session;
  }

  /**
   * Starts an operation; the promise settles with its completion. While it is outstanding, the process stays
   * alive.
   */
  start(begin: (session: NativeSession, key: number) => void, listening: Listening = {}): Promise<unknown> {
    return this.operation(begin, listening).done;
  }

  /** As `start`, with the key, by which the operation can be cancelled. */
  operation(
    begin: (session: NativeSession, key: number) => void,
    listening: Listening = {},
  ): { key: number; done: Promise<unknown> } {
    const key = this.#nextKey++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    calling(() => begin(this.#session, key));
    const { progress, ready, change } = listening;
    this.#operations.set(key, { resolve, reject, progress, ready, change });
    if (this.#operations.size === 1) {
      environment().hold(this);
    }
    return { key, done: promise };
  }

  /** Cancels an operation of our own; it still completes, once. Nothing happens when it has. */
  cancel(key: number): void {
    answering(() => this.#session.cancel(key));
  }

  /** Registers what a call becomes here, so that it hears of its cancellation. */
  track(call: number, state: IncomingCall): void {
    this.#calls.set(call, state);
  }

  /** Answers a call, with a plain value unless told otherwise. Silently nothing when it was cancelled. */
  reply(call: number, value: unknown, shape: ShapeNumber = Shape.value): void {
    if (this.#calls.delete(call)) {
      this.#replies.send(call, shape, value);
    }
  }

  /** Fails a call with one line for its caller. Silently nothing when it was cancelled. */
  fail(call: number, detail: string): void {
    if (this.#calls.delete(call)) {
      this.#replies.fail(call, detail);
    }
  }

  /** Closes the session once; what is outstanding gets up to `deadlineMs` and then ends as `closed`. */
  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    try {
      await this.start((session, key) => session.close(key, deadlineMs));
    } catch (thrown) {
      if (!(thrown instanceof DovetailError && thrown.name === "closed")) {
        throw thrown;
      }
    }
  }

  /** Handles what waits. What is left is announced again. */
  drain(): void {
    const events = JSON.parse(this.#session.nextEvents(BATCH)) as unknown[];
    for (let at = 0; at < events.length; at += 4) {
      try {
        this.#handle(events[at] as number, events[at + 1] as number, events[at + 2] as number, events[at + 3]);
      } catch (thrown) {
        // A user's callback failed: that is reported as any uncaught exception, and the batch goes on.
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
  }

  #handle(kind: number, code: number, key: number, payload: unknown): void {
    switch (kind) {
      case Kind.call:
        this.#incoming.call?.(key, code, payload);
        break;
      case Kind.done:
        this.#complete(key, code, payload);
        break;
      case Kind.cancelled: {
        const call = this.#calls.get(key);
        this.#calls.delete(key);
        call?.cancelled();
        break;
      }
      case Kind.progress:
        this.#operations.get(key)?.progress?.(payload);
        break;
      case Kind.input:
        this.#incoming.input?.(key, payload);
        break;
      case Kind.change:
        this.#operations.get(key)?.change?.(payload);
        break;
      case Kind.message:
        this.#incoming.message?.(payload);
        break;
      case Kind.ready:
        this.#operations.get(key)?.ready?.(payload);
        break;
      case Kind.log:
        log(payload as LogLine);
        break;
      case Kind.closed:
        this.#ended();
        break;
    }
  }

  #complete(key: number, code: number, payload: unknown): void {
    const operation = this.#operations.get(key);
    this.#operations.delete(key);
    if (this.#operations.size === 0) {
      environment().release(this);
    }
    if (code === 0) {
      operation?.resolve(payload);
    } else {
      operation?.reject(new DovetailError(payload as ErrorBody));
    }
  }

  /** The session is gone, and with it everybody who waited for an answer. */
  #ended(): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) {
      call.cancelled();
    }
  }
}
