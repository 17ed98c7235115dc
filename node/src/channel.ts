/**
 * Owns the traffic of one native session: keys and promises of our own operations, the calls that come in, and
 * the events in between. It carries JSON and decides nothing.
 */
import { environment, type Wakeable } from "./environment.js";
import { DovetailError, type ErrorBody } from "./errors.js";
import { Kind, Shape } from "./generated/codes.js";
import { log, type LogLine } from "./log.js";
import { answering, calling, type NativeSession, translated } from "./native.js";
import { Replies, type ShapeNumber } from "./replies.js";

/** Events, and characters of them, that are handled at one go; then other work of the event loop gets its turn. */
const BATCH = 64;
const FULL = 512 * 1024;

/** The key of a channel's first operation, for a session that is opened together with it. */
export const FIRST_KEY = 1;

/** How a call that came in hears that its caller has gone, so that an answer is no longer possible. */
export const withdraw = Symbol("withdraw");

/** A call that came in and waits for its answer. */
export interface IncomingCall {
  [withdraw](): void;
}

/** What a channel does with what comes in. */
export interface Incoming {
  /** A call of the handler with this index. */
  call?(call: number, handler: number, params: unknown): void;
  /** A question for the user. */
  input?(call: number, question: unknown): void;
  /** A message that came to the layer with this index. */
  intercept?(call: number, layer: number, message: unknown): void;
  /** A log message of the peer. */
  message?(message: unknown): void;
}

/** Hears what an operation has to say before it completes. */
export type Listener = (kind: number, payload: unknown, code: number) => void;

interface Operation {
  resolve(payload: unknown): void;
  reject(error: unknown): void;
  listener: Listener | undefined;
  /** Whether nobody waits for its end, so that it keeps no process alive. */
  quiet: boolean;
}

/** An operation under way: its key, by which it can be cancelled, and its completion. */
export interface Started {
  readonly key: number;
  readonly done: Promise<unknown>;
}

export class Channel implements Wakeable {
  readonly #session: NativeSession;
  readonly #incoming: Incoming;
  readonly #operations = new Map<number, Operation>();
  readonly #calls = new Map<number, IncomingCall>();
  readonly #replies: Replies;
  #nextKey = FIRST_KEY;
  /** Operations that somebody waits for. */
  #awaited = 0;
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

  /** As `operation`, for those that will not cancel it. */
  start(begin: (session: NativeSession, key: number) => void, listener?: Listener, quiet = false): Promise<unknown> {
    return this.operation(begin, listener, quiet).done;
  }

  /** Starts an operation. While it is outstanding, the process stays alive, unless it is `quiet`. */
  operation(begin: (session: NativeSession, key: number) => void, listener?: Listener, quiet = false): Started {
    const key = this.#nextKey++;
    calling(() => begin(this.#session, key));
    return { key, done: this.#begun(key, listener, quiet) };
  }

  /** Starts an operation of a client: the path of every call, so without a function in between. */
  request(name: string, params: string | undefined, options: string | undefined, listener?: Listener): Started {
    const key = this.#nextKey++;
    try {
      this.#session.request(key, name, params, options);
    } catch (thrown) {
      throw translated(thrown);
    }
    return { key, done: this.#begun(key, listener, false) };
  }

  #begun(key: number, listener: Listener | undefined, quiet: boolean): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#operations.set(key, { resolve, reject, listener, quiet });
      if (!quiet && ++this.#awaited === 1) {
        environment().hold(this);
      }
    });
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

  /** Answers at once with a whole result, which must have a JSON. */
  answer(call: number, result: object): void {
    const json = JSON.stringify(result);
    this.#end(call, (session) => session.reply(call, Shape.whole, json));
  }

  /** Passes on what a message came to behind its layer. */
  pass(call: number): void {
    this.#end(call, (session) => session.reply(call, Shape.outcome, ""));
  }

  /** Fails a call with one line for its caller. Silently nothing when it was cancelled. */
  fail(call: number, detail: string): void {
    this.#end(call, (session) => session.fail(call, JSON.stringify({ kind: "tool", detail })));
  }

  /** Refuses a call with an error by its name. Silently nothing when it was cancelled. */
  refuse(call: number, { name, detail, rpc }: DovetailError): void {
    this.#end(call, (session) => session.fail(call, JSON.stringify({ kind: "error", name, detail, rpc })));
  }

  #end(call: number, act: (session: NativeSession) => void): void {
    if (this.#calls.delete(call)) {
      answering(() => act(this.#session));
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
    let [left, size, more] = [BATCH, 0, true];
    while (more && left > 0 && size < FULL) {
      const text = this.#session.nextEvents(left);
      const events = JSON.parse(text) as unknown[];
      more = events[0] === 1;
      left -= (events.length - 1) / 4;
      size += text.length;
      this.#handleAll(events);
    }
    if (more) {
      this.#session.announce();
    }
  }

  #handleAll(events: unknown[]): void {
    for (let at = 1; at < events.length; at += 4) {
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
        call?.[withdraw]();
        break;
      }
      case Kind.input:
        this.#incoming.input?.(key, payload);
        break;
      case Kind.intercept:
        this.#incoming.intercept?.(key, code, payload);
        break;
      case Kind.message:
        this.#incoming.message?.(payload);
        break;
      case Kind.log:
        log(payload as LogLine);
        break;
      case Kind.closed:
        this.#ended();
        break;
      default:
        this.#operations.get(key)?.listener?.(kind, payload, code);
    }
  }

  #complete(key: number, code: number, payload: unknown): void {
    const operation = this.#operations.get(key);
    if (!operation) {
      return;
    }
    this.#operations.delete(key);
    if (!operation.quiet && --this.#awaited === 0) {
      environment().release(this);
    }
    if (code === 0) {
      operation.resolve(payload);
    } else {
      operation.reject(DovetailError.of(payload as ErrorBody));
    }
  }

  /** The session is gone, and with it everybody who waited for an answer. */
  #ended(): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) {
      call[withdraw]();
    }
  }
}
