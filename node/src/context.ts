/**
 * Owns what a handler can say to its caller while it runs. One object per call; after the handler has answered
 * it does nothing more.
 */
import { type Channel, withdraw } from "./channel.js";
import { DovetailError, refusal, Suspended } from "./errors.js";
import { answering, calling } from "./native.js";
import {
  type Answers,
  Ask,
  type Elicitation,
  type Root,
  type SampleRequest,
  type SampleResult,
  type UrlAnswer,
} from "./questions.js";
import type { Parsed, Schema } from "./schema.js";

/** How important a log message is. */
export type LogLevel = "debug" | "info" | "notice" | "warning" | "error" | "critical" | "alert" | "emergency";

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
  /** The least important log message that the caller wants, when it asked for any. */
  readonly logLevel?: LogLevel;
}

/** Options of a question. */
export interface AskOptions {
  /** The name under which the answer is kept between two runs; default: the order of the questions. */
  readonly name?: string;
}

/** What is made only for the few calls that need it. */
interface Rare {
  info?: CallInfo;
  /** Keys of the questions under way. */
  asking?: Set<number>;
  abort?: AbortController;
}

const NOTHING: Rare = Object.freeze({});

/** One call, for its handler: who calls, and what can be said and asked before the answer. */
export class Context {
  readonly #channel: Channel;
  readonly #call: number;
  #gone = false;
  #rare = NOTHING;

  /** @internal */
  constructor(channel: Channel, call: number) {
    this.#channel = channel;
    this.#call = call;
    channel.track(call, this);
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
   * Sends a log message to the client: any JSON, with the name of what logs. Nothing happens when the client did
   * not ask for messages of this level.
   */
  log(level: LogLevel, data: unknown, logger?: string): void {
    const json = JSON.stringify({ level, data: data ?? null, logger });
    answering(() => this.#channel.session.log(this.#call, json));
  }

  /**
   * Asks the user behind the call for a form with this schema (a flat object of strings, numbers, booleans and
   * enums).
   *
   * @throws {Suspended} when the handler is to be run again with the answer: let it pass.
   * @throws {DovetailError} `unanswerable` or `missing_client_capability` when the client cannot ask.
   */
  elicit<S extends Schema>(message: string, schema: S, options: AskOptions = {}): Promise<Elicitation<Parsed<S>>> {
    return forgettable(this.#one(() => Ask.form(message, schema), options));
  }

  /** Asks the user behind the call to open a page, for what must not pass through the client. Throws as `elicit`. */
  elicitUrl(message: string, url: string, options: AskOptions = {}): Promise<UrlAnswer> {
    return forgettable(this.#one(() => Ask.url(message, url), options));
  }

  /** Asks the client's model. Throws as `elicit`. */
  sample(request: SampleRequest, options: AskOptions = {}): Promise<SampleResult> {
    return forgettable(this.#one(() => Ask.sample(request), options));
  }

  /** Asks for the places that the client works in. Throws as `elicit`. */
  listRoots(options: AskOptions = {}): Promise<readonly Root[]> {
    return forgettable(this.#one(() => Ask.roots(), options));
  }

  /** Asks the user behind the call to agree: `true` only when they did. Throws as `elicit`. */
  confirm(message: string, options: AskOptions = {}): Promise<boolean> {
    return forgettable(this.#ask({ kind: "confirm", message, name: options.name }) as Promise<boolean>);
  }

  /**
   * Asks several questions at once: `await context.ask({ name: Ask.form(…), where: Ask.roots() })`. Throws as
   * `elicit`.
   */
  ask<Questions extends Readonly<Record<string, Ask<any>>>>(questions: Questions): Promise<Answers<Questions>> {
    return forgettable(this.#many(questions));
  }

  /**
   * Does something once, although the handler may run again after a question: a later run gets the recorded result
   * (as its JSON) and `work` is not called. Names are unique within a handler.
   *
   * @throws {Suspended} as `elicit`, when the run was over before.
   */
  step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    return forgettable(this.#step(name, work));
  }

  /**
   * Lets the connection that waits for this call go, where the client can come back for the result; nothing happens
   * elsewhere. `retryMs` tells it when to come.
   */
  detach({ retryMs }: { retryMs?: number } = {}): Promise<void> {
    return forgettable(this.#ask({ kind: "detach", retryMs }).then(() => {}));
  }

  async #one<T>(ask: () => Ask<T>, { name }: AskOptions): Promise<T> {
    const { question, read } = ask();
    return read(await this.#ask({ ...question, name }));
  }

  async #many<Questions extends Readonly<Record<string, Ask<any>>>>(asks: Questions): Promise<Answers<Questions>> {
    const all = Object.entries<Ask<any>>(asks);
    const questions = Object.fromEntries(all.map(([key, { question }]) => [key, question]));
    const answers = (await this.#ask({ kind: "many", questions })) as Record<string, unknown>;
    const read = all.map(async ([key, ask]) => [key, await ask.read(answers[key])] as const);
    return Object.fromEntries(await Promise.all(read)) as Answers<Questions>;
  }

  async #step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    const recalled = (await this.#ask({ kind: "recall", name })) as { value?: T };
    if ("value" in recalled) {
      return recalled.value as T;
    }
    const value = await work();
    const json = JSON.stringify({ name, value: value ?? null });
    try {
      calling(() => this.#channel.session.record(this.#call, json));
    } catch (thrown) {
      throw unwound(thrown);
    }
    return value;
  }

  async #ask(question: object): Promise<unknown> {
    if (this.#gone) {
      throw gone();
    }
    const json = JSON.stringify(question);
    const { key, done } = this.#channel.operation((session, key) => session.ask(this.#call, key, json));
    const asking = (this.#own().asking ??= new Set());
    asking.add(key);
    try {
      return await done;
    } catch (thrown) {
      throw unwound(thrown);
    } finally {
      asking.delete(key);
    }
  }

  /** What is known about the call; fetched when it is first read, which must be before the call is answered. */
  get info(): CallInfo {
    return (this.#own().info ??= JSON.parse(calling(() => this.#channel.session.callInfo(this.#call))) as CallInfo);
  }

  /** Whether the caller has gone: the answer will not be sent. */
  get cancelled(): boolean {
    return this.#gone;
  }

  /** Aborts when the caller has gone, for everything that takes a signal. */
  get signal(): AbortSignal {
    const abort = (this.#own().abort ??= new AbortController());
    if (this.#gone) {
      abort.abort(gone());
    }
    return abort.signal;
  }

  /** @internal */
  [withdraw](): void {
    this.#gone = true;
    const { abort, asking = [] } = this.#rare;
    abort?.abort(gone());
    for (const key of asking) {
      this.#channel.cancel(key);
    }
  }

  #own(): Rare {
    return this.#rare === NOTHING ? (this.#rare = {}) : this.#rare;
  }
}

/** A question that its handler does not wait for must not end the process when the handler's run ends. */
function forgettable<T>(answered: Promise<T>): Promise<T> {
  answered.catch(() => {});
  return answered;
}

/** The end of a run in the form that handlers let pass. */
function unwound(thrown: unknown): unknown {
  return thrown instanceof DovetailError && thrown.name === "suspended" ? new Suspended() : thrown;
}

function gone(): DovetailError {
  return refusal("cancelled", "the caller has gone");
}
