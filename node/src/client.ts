/**
 * Owns the client as users write it. Negotiation, rounds of questions, retries and limits are the core's.
 */
import { Channel, FIRST_KEY, type Listener } from "./channel.js";
import {
  type ConnectOptions,
  describeMember,
  describeTarget,
  type GroupOptions,
  type Member,
  type Target,
} from "./connecting.js";
import type { LogLevel } from "./context.js";
import { environment } from "./environment.js";
import { DovetailError, refusal, unaborted } from "./errors.js";
import { Kind } from "./generated/codes.js";
import { answerInput, inputKinds } from "./inputs.js";
import { Layers } from "./layers.js";
import { Listening, type Watching } from "./listening.js";
import { calling, native } from "./native.js";
import type {
  Completion,
  LogMessage,
  Progress,
  Prompt,
  PromptResult,
  Reference,
  Resource,
  ResourceTemplate,
  ServerInfo,
  Tool,
} from "./offers.js";
import { type CallPayload, CallResult, ReadResult } from "./result.js";
import { channelOf, Server } from "./server.js";
import { Command } from "./target.js";

/** Options of every request. */
export interface RequestOptions {
  /** Cancels the request, at the server as well; it then fails as `cancelled`, with the reason as its cause. */
  readonly signal?: AbortSignal;
  /** Hears how far it is; only the newest of what came at once. */
  readonly onProgress?: (progress: Progress) => void;
  /** What it may take, in ms, instead of the client's. */
  readonly timeoutMs?: number;
  /** As the client's option. */
  readonly maxTotalMs?: number;
  /** As the client's option. */
  readonly resetOnProgress?: boolean;
  /** For a group: the server to send it to, with the names that it has there. */
  readonly server?: string;
  /** Metadata of the request. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** Options of a tool call. */
export type CallOptions = RequestOptions;

export interface ReadOptions extends RequestOptions {
  /** Asks the server even when an answer is still good. */
  readonly fresh?: boolean;
}

export interface CompleteOptions extends RequestOptions {
  /** Arguments that are settled already. */
  readonly context?: Readonly<Record<string, string>>;
}

/** What outstanding calls get to end at a close, in ms, unless said otherwise. */
const CLOSE_DEADLINE_MS = 1_000;

/** Keeps servers of this process alive for as long as their client. */
const servers = new WeakMap<Client, readonly Server[]>();

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
  static connect(target: Target, options: ConnectOptions = {}): Promise<Client> {
    if (target instanceof Server) {
      return Client.#open({ target: { server: true } }, options, [target]);
    }
    const respawn = target instanceof Command ? target.respawn : undefined;
    return Client.#open({ target: describeTarget(target, options.headers), respawn }, options, []);
  }

  /**
   * Connects to several servers as one: `Client.group({ files: new Command(…), search: "https://…" })`. A tool or
   * prompt that one of them has keeps its name; of those that several have, each is called `server_name`. What is
   * listed says in `server` whose it is, and the option `server` sends a request to one of them alone.
   *
   * @throws {DovetailError} as `connect`, for the first that cannot be connected to.
   */
  static group(members: Readonly<Record<string, Member>>, options: GroupOptions = {}): Promise<Client> {
    if ("headers" in options) {
      throw refusal("invalid_argument", "headers of a group would go to every server: give each { url, headers }");
    }
    const all = Object.entries(members);
    const places = Object.fromEntries(all.map(([name, member]) => [name, describeMember(member)]));
    const commands = all.map(([, member]) => member).filter((member) => member instanceof Command);
    const respawn = commands.every((command) => command.respawn);
    const servers = all.map(([, member]) => member).filter((member) => member instanceof Server);
    return Client.#open({ target: { group: places }, respawn }, options, servers);
  }

  static async #open(where: object, options: ConnectOptions, targets: readonly Server[]): Promise<Client> {
    const { revision = "auto", timeoutMs, maxTotalMs, resetOnProgress, cache, logLevel, info, limits } = options;
    const { inputs, sampleTools } = inputKinds(options);
    unaborted(options.signal);
    const layers = new Layers();
    for (const layer of options.layers ?? []) {
      typeof layer === "function" ? layers.add(layer) : layers.add(layer.layer, layer);
    }
    const settings = { info, inputs, sampleTools, revision, timeoutMs, maxTotalMs, resetOnProgress, cache, logLevel };
    const config = JSON.stringify({ ...where, ...settings, limits, layers: layers.describe() });
    const serving = targets[0] && channelOf(targets[0]).session;
    const session = calling(() => native.clientOpen(environment().runtime, FIRST_KEY, config, serving));
    const channel: Channel = new Channel(session, {
      input: (call, question) => void answerInput(channel, call, question, options),
      intercept: (call, layer, message) => layers.run(channel, call, layer, message),
      message: (message) => options.onLog?.(message as LogMessage),
    });
    try {
      // The session was opened together with this operation.
      const { key, done } = channel.operation(() => {});
      await until(options.signal, () => channel.cancel(key), done);
    } catch (thrown) {
      // The failed connection is what the caller hears of.
      channel.close(0).catch(() => {});
      throw thrown;
    }
    const client = new Client(channel);
    servers.set(client, targets);
    return client;
  }

  /**
   * Calls a tool.
   *
   * @throws {DovetailError} `tool_error` with the tool's text when the tool reports an error; `unknown_tool`,
   * `cancelled`, `deadline_exceeded`, `closed`, …
   */
  call<T = any>(name: string, args: object = {}, options?: CallOptions): Promise<CallResult<T>> {
    return this.#call(name, args, options);
  }

  /** As `call`, but a tool's error is a result with `isError` and not an exception. */
  callRaw<T = any>(name: string, args: object = {}, options?: CallOptions): Promise<CallResult<T>> {
    return this.#call(name, args, options, { raw: true });
  }

  async #call<T>(name: string, args: object, options?: CallOptions, more?: object): Promise<CallResult<T>> {
    const payload = await this.#request("call_tool", { name, arguments: args }, options, more);
    return new CallResult<T>(payload as CallPayload);
  }

  /** All tools of the server, every page of the list. */
  async listTools(options?: RequestOptions): Promise<Tool[]> {
    return ((await this.#request("list_tools", undefined, options)) as { tools: Tool[] }).tools;
  }

  /** All resources of the server, every page of the list. */
  async listResources(options?: RequestOptions): Promise<Resource[]> {
    return ((await this.#request("list_resources", undefined, options)) as { resources: Resource[] }).resources;
  }

  /** All resource templates of the server, every page of the list. */
  async listResourceTemplates(options?: RequestOptions): Promise<ResourceTemplate[]> {
    const { resourceTemplates } = (await this.#request("list_resource_templates", undefined, options)) as {
      resourceTemplates: ResourceTemplate[];
    };
    return resourceTemplates;
  }

  /** All prompts of the server, every page of the list. */
  async listPrompts(options?: RequestOptions): Promise<Prompt[]> {
    return ((await this.#request("list_prompts", undefined, options)) as { prompts: Prompt[] }).prompts;
  }

  /**
   * Reads a resource.
   *
   * @throws {DovetailError} `unknown_resource`, and as `call`.
   */
  async readResource(uri: string, options?: ReadOptions): Promise<ReadResult> {
    return new ReadResult((await this.#request("read_resource", { uri }, options)) as ReadResult["raw"]);
  }

  /**
   * Gets a prompt, written with these arguments.
   *
   * @throws {DovetailError} `unknown_prompt`, and as `call`.
   */
  async getPrompt(
    name: string,
    args: Readonly<Record<string, string>> = {},
    options?: RequestOptions,
  ): Promise<PromptResult> {
    return (await this.#request("get_prompt", { name, arguments: args }, options)) as PromptResult;
  }

  /** Asks for values that continue a text: `client.complete({ prompt: "greet" }, "name", "An")`. */
  async complete(
    reference: Reference,
    argument: string,
    value: string,
    { context, ...options }: CompleteOptions = {},
  ): Promise<Completion> {
    const ref =
      "prompt" in reference
        ? { type: "ref/prompt", name: reference.prompt }
        : { type: "ref/resource", uri: reference.resourceTemplate };
    return (await this.#request("complete", { ref, argument, value, context }, options)) as Completion;
  }

  /** Follows a resource: `listen` then tells of its changes. */
  async subscribe(uri: string, options?: RequestOptions): Promise<void> {
    await this.#request("subscribe", { uri }, options);
  }

  /** Ends `subscribe`. */
  async unsubscribe(uri: string, options?: RequestOptions): Promise<void> {
    await this.#request("unsubscribe", { uri }, options);
  }

  /**
   * Listens to changes of the server: `for await (const change of client.listen({ tools: true }))`. It begins at once
   * and ends with the loop, the signal, the client, or the server. While it listens, the process stays alive. Await
   * `granted` to know from when on nothing is missed.
   *
   * @throws {DovetailError} `closed`, or `cancelled` by a signal, when it cannot begin; the loop throws what comes
   * later.
   */
  listen({ signal, ...watching }: Watching = {}): Listening {
    return new Listening(this.#channel, JSON.stringify(watching), signal);
  }

  /** Asks the server for log messages of this level and above; `onLog` hears them. */
  async setLogLevel(level: LogLevel, options?: RequestOptions): Promise<void> {
    await this.#request("set_log_level", { level }, options);
  }

  /** Finds out whether the server answers. */
  async ping(options?: RequestOptions): Promise<void> {
    await this.#request("ping", undefined, options);
  }

  /** What the server said about itself. */
  async serverInfo(): Promise<ServerInfo> {
    return (await this.#request("server_info")) as ServerInfo;
  }

  #request(operation: string, params?: object, options?: RequestOptions, more?: object): Promise<unknown> {
    const json = params && JSON.stringify(params);
    const signal = options?.signal;
    unaborted(signal);
    const { key, done } = this.#channel.request(operation, json, settings(options, more), listener(options));
    return until(signal, () => this.#channel.cancel(key), done);
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

/** The completion of an operation that a signal may end before. */
async function until<T>(signal: AbortSignal | undefined, cancel: () => void, done: Promise<T>): Promise<T> {
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

/** The options of a request as the core takes them; nothing at all when they are the defaults. */
function settings(options: RequestOptions | undefined, more: object | undefined): string | undefined {
  if (options === undefined) {
    return more && JSON.stringify(more);
  }
  const { signal: _signal, onProgress, ...others } = options;
  return JSON.stringify({ ...others, ...more, progress: onProgress !== undefined });
}

function listener({ onProgress }: RequestOptions = {}): Listener | undefined {
  return (
    onProgress &&
    ((kind, payload) => {
      if (kind === Kind.progress) {
        onProgress(payload as Progress);
      }
    })
  );
}
