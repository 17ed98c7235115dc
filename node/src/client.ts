/**
 * Owns the client as users write it. Negotiation, rounds of questions, retries and limits are the core's.
 */
import { Channel, FIRST_KEY } from "./channel.js";
import type { Elicitation } from "./context.js";
import { environment } from "./environment.js";
import { describe, DovetailError, refusal } from "./errors.js";
import { calling, native } from "./native.js";
import { type CallPayload, CallResult } from "./result.js";
import type { JsonSchema } from "./schema.js";
import { channelOf, Server, type ToolAnnotations } from "./server.js";
import { Command } from "./target.js";

/** An http(s) URL, a program to start, or a server of this process. */
export type Target = string | URL | Command | Server;

/** A question of a server to the user. */
export interface Question {
  readonly message: string;
  /** The form: a flat object schema. */
  readonly schema: JsonSchema;
}

/** Shows a question to the user. What it throws refuses the question. */
export type ElicitHandler = (question: Question) => Elicitation | Promise<Elicitation>;

export interface ConnectOptions {
  /** Answers questions; without it, the server is told that nobody can be asked. */
  readonly onElicit?: ElicitHandler;
  /** A protocol revision to insist on. Default "auto": the newest that both sides know. */
  readonly revision?: string;
  /** What connecting, and every call, may take, in ms. */
  readonly timeoutMs?: number;
  /** Headers for every HTTP request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How your program introduces itself. */
  readonly info?: { readonly name: string; readonly version: string };
}

/** How far a call is. */
export interface Progress {
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}

export interface CallOptions {
  /** Cancels the call, at the server as well; it then fails as `cancelled`, with the reason as its cause. */
  readonly signal?: AbortSignal;
  /** Hears how far the call is; only the newest of what came at once. */
  readonly onProgress?: (progress: Progress) => void;
  /** What this call may take, in ms, instead of the client's. */
  readonly timeoutMs?: number;
}

/** A tool of a server. */
export interface Tool {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly inputSchema: JsonSchema;
  readonly outputSchema?: JsonSchema;
  readonly annotations?: ToolAnnotations;
  readonly [member: string]: unknown;
}

/** What a server said about itself. */
export interface ServerInfo {
  /** The negotiated protocol revision. */
  readonly revision: string;
  readonly info: { readonly name: string; readonly version: string; readonly [member: string]: unknown };
  readonly capabilities: Readonly<Record<string, unknown>>;
  readonly instructions?: string;
}

interface RequestDetails {
  readonly params?: string;
  readonly options?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: CallOptions["onProgress"] | undefined;
}

/** What outstanding calls get to end at a close, in ms, unless said otherwise. */
const CLOSE_DEADLINE_MS = 1_000;

/** Keeps a server of this process alive for as long as its client. */
const servers = new WeakMap<Client, Server>();

/** A connection to an MCP server. Close it, or hold it with `await using`. */
export class Client {
  readonly #channel: Channel;

  private constructor(channel: Channel) {
    this.#channel = channel;
  }

  /**
   * Connects to an http(s) URL, a `Command` that is started, or a `Server` of this process, and finds out which
   * protocol revision the server speaks.
   *
   * @throws {DovetailError} `invalid_argument` for any other string; `transport`, `child_exited`,
   * `negotiation`, `deadline_exceeded`, …
   */
  static async connect(target: Target, options: ConnectOptions = {}): Promise<Client> {
    const { onElicit, revision = "auto", timeoutMs, headers, info } = options;
    const config = JSON.stringify({
      target: describeTarget(target, headers),
      info,
      inputs: onElicit ? ["form"] : [],
      revision,
      timeoutMs,
    });
    const server = target instanceof Server ? target : undefined;
    const serving = server && channelOf(server).session;
    const session = calling(() => native.clientOpen(environment().runtime, FIRST_KEY, config, serving));
    const channel: Channel = new Channel(session, {
      input: (call, question) => void answer(channel, call, question as Question, onElicit),
    });
    try {
      // The session was opened together with this operation.
      await channel.start(() => {});
    } catch (thrown) {
      // The failed connection is what the caller hears of.
      channel.close(0).catch(() => {});
      throw thrown;
    }
    const client = new Client(channel);
    if (server) {
      servers.set(client, server);
    }
    return client;
  }

  /**
   * Calls a tool.
   *
   * @throws {DovetailError} `tool_error` with the tool's text when the tool reports an error; `unknown_tool`,
   * `cancelled`, `deadline_exceeded`, `closed`, …
   */
  async call<T = any>(name: string, args: object = {}, options: CallOptions = {}): Promise<CallResult<T>> {
    return this.#call(name, args, options, false);
  }

  /** As `call`, but a tool's error is a result with `isError` and not an exception. */
  async callRaw<T = any>(name: string, args: object = {}, options: CallOptions = {}): Promise<CallResult<T>> {
    return this.#call(name, args, options, true);
  }

  async #call<T>(name: string, args: object, call: CallOptions, raw: boolean): Promise<CallResult<T>> {
    const { signal, onProgress, timeoutMs } = call;
    const params = JSON.stringify({ name, arguments: args });
    const options = JSON.stringify({ timeoutMs, progress: onProgress !== undefined, raw });
    const payload = await this.#request("call_tool", { params, options, signal, onProgress });
    return new CallResult<T>(payload as CallPayload);
  }

  /** All tools of the server, every page of the list. */
  async listTools(): Promise<Tool[]> {
    return ((await this.#request("list_tools")) as { tools: Tool[] }).tools;
  }

  /** What the server said about itself. */
  async serverInfo(): Promise<ServerInfo> {
    return (await this.#request("server_info")) as ServerInfo;
  }

  async #request(operation: string, { params, options, signal, onProgress }: RequestDetails = {}): Promise<unknown> {
    if (signal?.aborted) {
      throw refusal("cancelled", "cancelled before it was sent", { cause: signal.reason });
    }
    const { key, done } = this.#channel.operation(
      (session, key) => session.request(key, operation, params, options),
      { progress: onProgress as ((payload: unknown) => void) | undefined },
    );
    const cancel = () => this.#channel.cancel(key);
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      return await done;
    } catch (thrown) {
      if (thrown instanceof DovetailError) {
        if (signal?.aborted && thrown.name === "cancelled") {
          thrown.cause = signal.reason;
        }
        // The place that waits for the result, and not the one where it came in.
        Error.captureStackTrace(thrown);
      }
      throw thrown;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  /**
   * Closes the connection; a child process is ended. Outstanding calls get up to `deadlineMs` (default 1000)
   * and then fail as `closed`. Idempotent.
   */
  close({ deadlineMs = CLOSE_DEADLINE_MS }: { deadlineMs?: number } = {}): Promise<void> {
    return this.#channel.close(deadlineMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function describeTarget(target: Target, headers: ConnectOptions["headers"]): object {
  if (target instanceof Server) {
    return { server: true };
  }
  if (target instanceof Command) {
    const { program, args, env, cwd } = target;
    return { command: program, args, env, cwd };
  }
  return { url: String(target), headers };
}

async function answer(
  channel: Channel,
  call: number,
  question: Question,
  onElicit: ElicitHandler | undefined,
): Promise<void> {
  channel.track(call, { cancelled: () => {} });
  try {
    channel.reply(call, onElicit ? await onElicit(question) : { action: "cancel" });
  } catch (thrown) {
    channel.fail(call, describe(thrown));
  }
}
