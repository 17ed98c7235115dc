/**
 * Owns the server as users write it: tools with their handlers, and where they are served. Listing, validation
 * and every message are the core's.
 */
import { Channel } from "./channel.js";
import { Context } from "./context.js";
import { environment } from "./environment.js";
import { describe, DovetailError, refusal } from "./errors.js";
import { calling, native } from "./native.js";
import { type JsonSchema, type Parsed, parse, type Schema, toJsonSchema } from "./schema.js";

/** Hints about a tool for people and models; untrusted by clients. */
export interface ToolAnnotations {
  readonly title?: string;
  readonly readOnlyHint?: boolean;
  readonly destructiveHint?: boolean;
  readonly idempotentHint?: boolean;
  readonly openWorldHint?: boolean;
}

/** What a tool is, beside its handler. */
export interface ToolDefinition<Input extends Schema | undefined, Output extends Schema | undefined> {
  /** What it does, for the model. */
  readonly description?: string;
  /** Its arguments: a Standard Schema (Zod, Valibot, ArkType, …) or a JSON Schema. Default: no arguments. */
  readonly input?: Input;
  /** Its result; with it, results are structured and checked by the client. */
  readonly output?: Output;
  /** What the handler may ask: a client that cannot answer is then refused before the handler runs. */
  readonly asks?: readonly "form"[];
  readonly annotations?: ToolAnnotations;
}

/** The arguments of a handler. */
export type Arguments<Input extends Schema | undefined> = Input extends Schema ? Parsed<Input> : Record<string, never>;

/** What a handler may return. */
export type Returned<Output extends Schema | undefined> = Output extends Schema ? Parsed<Output> : unknown;

/** A tool's handler. What it throws becomes the tool's error: the message, never the stack. */
export type Handler<Input extends Schema | undefined, Output extends Schema | undefined> = (
  args: Arguments<Input>,
  context: Context,
) => Returned<Output> | Promise<Returned<Output>>;

export interface ServerOptions {
  /** Version of your program. Default: "0.0.0". */
  readonly version?: string;
  /** How to use the tools together, for the model. */
  readonly instructions?: string;
}

/** Where HTTP is served. */
export interface HttpOptions {
  /** Default 0: a free port. */
  readonly port?: number;
  /** Default "127.0.0.1": reachable from this machine only. */
  readonly host?: string;
  /** Default "/mcp". */
  readonly path?: string;
  /** Values of the `Host` header to accept beside the address itself. */
  readonly allowedHosts?: readonly string[];
  /** Browser origins to accept. Default: none. */
  readonly allowedOrigins?: readonly string[];
}

/** How to serve: `"stdio"`, or an address `host:port` for HTTP. */
export type Transport = "stdio" | ({ readonly http: string } & Omit<HttpOptions, "port" | "host">);

/** A server that serves. */
export interface Serving {
  /** The URL for clients; absent on stdio. */
  readonly url?: string;
  /** Settles when serving has ended: the server was closed or, on stdio, the client has gone. */
  readonly ended: Promise<void>;
}

interface RegisteredTool {
  readonly definition: Record<string, unknown>;
  readonly input: Schema | undefined;
  readonly handler: Handler<any, any>;
}

const NO_ARGUMENTS: JsonSchema = { type: "object", properties: {} };

/** What calls in flight get to end at a close, in ms, unless said otherwise. */
const CLOSE_DEADLINE_MS = 1_000;

/** @internal The open channel of a server, for a client in this process. */
export let channelOf: (server: Server) => Channel;

/** An MCP server. One server can be served in several ways at once. */
export class Server {
  readonly #info: { name: string; version: string };
  readonly #instructions: string | undefined;
  readonly #tools: RegisteredTool[] = [];
  #channel: Channel | undefined;

  constructor(name: string, { version = "0.0.0", instructions }: ServerOptions = {}) {
    this.#info = { name, version };
    this.#instructions = instructions;
  }

  /**
   * Registers a tool. All tools are registered before the server is first served or connected to.
   *
   * @throws {DovetailError} `invalid_state` afterwards; `invalid_argument` for a schema without JSON Schema.
   */
  tool<Input extends Schema | undefined = undefined, Output extends Schema | undefined = undefined>(
    name: string,
    definition: ToolDefinition<Input, Output>,
    handler: Handler<Input, Output>,
  ): this {
    if (this.#channel) {
      throw refusal("invalid_state", `register the tool ${name} before the server is served`);
    }
    const { description, input, output, asks, annotations } = definition;
    this.#tools.push({
      definition: {
        name,
        description,
        inputSchema: input === undefined ? NO_ARGUMENTS : toJsonSchema(input, "input"),
        outputSchema: output === undefined ? undefined : toJsonSchema(output, "output"),
        asks,
        annotations,
      },
      input,
      handler,
    });
    return this;
  }

  /** Serves over stdio or HTTP; resolves as soon as clients can come. */
  async serve(transport: Transport): Promise<Serving> {
    const config = JSON.stringify(transport === "stdio" ? { stdio: true } : transport);
    const { promise: ready, resolve } = Promise.withResolvers<{ url?: string }>();
    const done = this.#open().start((session, key) => session.serve(key, config), {
      ready: (payload) => resolve((payload ?? {}) as { url?: string }),
    });
    const ended = done.then(
      () => {},
      (thrown: unknown) => {
        // To be closed is how serving ends.
        if (!(thrown instanceof DovetailError && thrown.name === "closed")) {
          throw thrown;
        }
      },
    );
    const early = ended.then(() => {
      throw refusal("closed", "the server was closed before it could serve");
    });
    const { url } = await Promise.race([ready, early]);
    // Whoever does not look at the end does not want to hear of it either.
    ended.catch(() => {});
    return url === undefined ? { ended } : { url, ended };
  }

  /** Serves HTTP; resolves with the URL as soon as it listens. */
  listen({ port = 0, host = "127.0.0.1", ...rest }: HttpOptions = {}): Promise<Serving & { readonly url: string }> {
    const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    return this.serve({ http: address, ...rest }) as Promise<Serving & { readonly url: string }>;
  }

  /** Serves the client on stdin and stdout; resolves when it has gone. Write logs to stderr. */
  async stdio(): Promise<void> {
    const { ended } = await this.serve("stdio");
    await ended;
  }

  /**
   * Stops serving: nothing new is accepted, calls in flight get up to `deadlineMs` (default 1000) and are then
   * cancelled. Idempotent.
   */
  async close({ deadlineMs = CLOSE_DEADLINE_MS }: { deadlineMs?: number } = {}): Promise<void> {
    await this.#channel?.close(deadlineMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  static {
    channelOf = (server) => server.#open();
  }

  #open(): Channel {
    if (!this.#channel) {
      const config = JSON.stringify({
        info: this.#info,
        instructions: this.#instructions,
        tools: this.#tools.map((tool) => tool.definition),
      });
      const session = calling(() => native.serverOpen(environment().runtime, config));
      const channel: Channel = new Channel(session, {
        call: (call, handler, params) => run(channel, call, this.#tools[handler], params),
      });
      this.#channel = channel;
    }
    return this.#channel;
  }
}

/** Runs one call. A handler that answers at once is answered at once, without a promise in between. */
function run(channel: Channel, call: number, tool: RegisteredTool | undefined, params: unknown): void {
  const context = new Context(channel, call);
  const fail = (thrown: unknown) => channel.fail(call, describe(thrown));
  const settle = (result: unknown) => {
    if (isThenable(result)) {
      result.then((value) => channel.reply(call, value), fail);
    } else {
      channel.reply(call, result);
    }
  };
  try {
    if (!tool) {
      throw refusal("internal", "a call for a handler that nobody registered");
    }
    const args = parse(tool.input, params);
    if (args instanceof Promise) {
      args.then((parsed) => tool.handler(parsed, context)).then(settle, fail);
    } else {
      settle(tool.handler(args, context));
    }
  } catch (thrown) {
    fail(thrown);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}
