/**
 * Owns what a handler can say to its caller while it runs. One object per call; after the handler has answered
 * it does nothing more.
 */
import type { Channel, IncomingCall } from "./channel.js";
import { DovetailError, refusal, Suspended } from "./errors.js";
import { answering, calling } from "./native.js";
import { type Parsed, parse, type Schema, toJsonSchema } from "./schema.js";

/** What the user made of a question. `content` is there when it was accepted. */
export type Elicitation<T = Record<string, unknown>> =
  | { readonly action: "accept"; readonly content: T }
  | { readonly action: "decline" | "cancel"; readonly content?: undefined };

/** What is known about a call. */
export interface CallInfo {
  readonly method: string;
  readonly name?: string;
  /** The protocol revision of this request. */
  readonly revision: string;
  readonly client?: { readonly name: string; readonly version: string };
  readonly clientCapabilities?: Readonly<Record<string, unknown>>;
  /** The request's own metadata, untouched. */
  readonly meta?: Readonly<Record<string, unknown>>;
  /** Whether the caller wants progress. */
  readonly progress?: boolean;
  readonly principal?: string | null;
  /** How often the handler of this request has run before. */
  readonly round?: number;
}

/** Options of a question. */
export interface AskOptions {
  /** The name under which the answer is kept between two runs; default: the order of the questions. */
  readonly name?: string;
}

export class Context {
  readonly #channel: Channel;
  readonly #call: number;
  #info: CallInfo | undefined;
  #gone = false;
  #abort: AbortController | undefined;

  /** @internal */
  constructor(channel: Channel, call: number) {
    this.#channel = channel;
    this.#call = call;
    const state: IncomingCall = { cancelled: () => this.#cancel() };
    channel.track(call, state);
  }

  /**
   * Tells the caller how far the work is. `progress` must grow; `total` is its expected last value. Nothing
   * happens when the caller did not ask for progress or has gone.
   */
  progress(progress: number, total?: number, message?: string): void {
    const json = JSON.stringify({ progress, total, message });
    answering(() => this.#channel.session.progress(this.#call, json));
  }

  /**
   * Asks the user behind the call for a form with this schema (a flat object of strings, numbers, booleans and
   * enums).
   *
   * @throws {Suspended} when the handler is to be run again with the answer: let it pass.
   * @throws {DovetailError} `unanswerable` or `missing_client_capability` when the client cannot ask.
   */
  elicit<S extends Schema>(message: string, schema: S, options: AskOptions = {}): Promise<Elicitation<Parsed<S>>> {
    return forgettable(this.#elicit(message, schema, options));
  }

  /** Asks the user behind the call to agree: `true` only when they did. Throws as `elicit`. */
  confirm(message: string, options: AskOptions = {}): Promise<boolean> {
    return forgettable(this.#ask({ kind: "confirm", message, name: options.name }) as Promise<boolean>);
  }

  async #elicit<S extends Schema>(message: string, schema: S, { name }: AskOptions): Promise<Elicitation<Parsed<S>>> {
    const question = { kind: "form", message, schema: toJsonSchema(schema, "input"), name };
    const answer = (await this.#ask(question)) as Elicitation;
    if (answer.action !== "accept") {
      return { action: answer.action };
    }
    return { action: "accept", content: await parse(schema, answer.content) };
  }

  async #ask(question: object): Promise<unknown> {
    if (this.#gone) {
      throw gone();
    }
    const json = JSON.stringify(question);
    try {
      return await this.#channel.start((session, key) => session.ask(this.#call, key, json));
    } catch (thrown) {
      throw thrown instanceof DovetailError && thrown.name === "suspended" ? new Suspended() : thrown;
    }
  }

  /** What is known about the call; fetched when it is first read, which must be before the call is answered. */
  get info(): CallInfo {
    this.#info ??= JSON.parse(calling(() => this.#channel.session.callInfo(this.#call))) as CallInfo;
    return this.#info;
  }

  /** Whether the caller has gone: the answer will not be sent. */
  get cancelled(): boolean {
    return this.#gone;
  }

  /** Aborts when the caller has gone, for everything that takes a signal. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#gone) {
      this.#abort.abort(gone());
    }
    return this.#abort.signal;
  }

  #cancel(): void {
    this.#gone = true;
    this.#abort?.abort(gone());
  }
}

/** A question that its handler does not wait for must not end the process when the handler's run ends. */
function forgettable<T>(answered: Promise<T>): Promise<T> {
  answered.catch(() => {});
  return answered;
}

function gone(): DovetailError {
  return refusal("cancelled", "the caller has gone");
}
