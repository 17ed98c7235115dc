/**
 * Owns the errors that users see. Never invents a code: codes and names come from the core.
 */
import { Code, type CodeName } from "./generated/codes.js";

/** The error object of the peer, as it came. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/**
 * Whether the same operation may succeed when it is tried again: never (`permanent`), later and unchanged
 * (`temporary`), or only after something outside has changed (`persistent`).
 */
export type Retry = "permanent" | "temporary" | "persistent";

/** The body of an error as the core writes it. */
export interface ErrorBody {
  readonly code: number;
  readonly name: string;
  readonly detail: string;
  readonly retry: Retry;
  readonly rpc?: RpcError;
  readonly http?: number;
  readonly context?: Readonly<Record<string, string>>;
}

/**
 * Every failure of a client, a server or a call. `name` says which one (`tool_error`, `deadline_exceeded`,
 * `transport`, …), `message` says what happened and what to do, in one line.
 */
export class DovetailError extends Error {
  /** Which failure; never changes between versions. */
  override readonly name: CodeName | (string & {});
  /** The number of `name` in the table that all languages share. */
  readonly code: number;
  /** Whether trying again makes sense. */
  readonly retry: Retry;
  /** The peer's own error object, when one came. */
  declare readonly rpc?: RpcError;
  /** The HTTP status, when one came. */
  declare readonly http?: number;
  /** Facts by name, for logs. */
  declare readonly context?: Readonly<Record<string, string>>;

  /**
   * An error of your own: handlers of resources and prompts, and layers, refuse with it (`"unknown_resource"`,
   * `"invalid_params"`, `"forbidden"`, …), and the caller gets it by the same name.
   */
  constructor(name: CodeName, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = name;
    this.code = Code[name];
    this.retry = "permanent";
    if (this.code === undefined) {
      throw new TypeError(`there is no error named ${String(name)}`);
    }
  }

  /** @internal An error as the core wrote it. */
  static of({ code, name, detail, retry, rpc, http, context }: ErrorBody): DovetailError {
    const error = new DovetailError("internal", detail);
    return Object.assign(error, { code, name, retry }, rpc && { rpc }, http && { http }, context && { context });
  }

  /** What happened and what to do, one line; the same as `message`. */
  get detail(): string {
    return this.message;
  }
}

/**
 * Thrown by `context.elicit` and `context.confirm` when this run of the handler is over: the question travels
 * to the user, and the handler is run again, from its start, with the answer. Let it pass. Whatever a handler
 * does after it, the run has ended; work that must not happen twice belongs behind the last question.
 */
export class Suspended extends Error {
  override readonly name = "Suspended";

  constructor() {
    super("this run of the handler is over; it runs again with the user's answer");
  }
}

/** A refusal of this package itself, before the core was asked. */
export function refusal(name: CodeName, detail: string, options?: ErrorOptions): DovetailError {
  return new DovetailError(name, detail, options);
}

/** Refuses what a signal has ended before it began. */
export function unaborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw refusal("cancelled", "cancelled before it was sent", { cause: signal.reason });
  }
}

/** One line about anything that was thrown; never a stack. */
export function describe(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  } catch {
    return "the handler threw a value that cannot be shown";
  }
}
