/**
 * Owns the server as users write it: what it offers, with its handlers, and where it is served. Listing, validation
 * and every message are the core's.
 */
import { Channel } from "./channel.js";
import {
  type Completer,
  describePrompt,
  describeResource,
  describeTool,
  type Description,
  type Handler,
  type PromptDefinition,
  type PromptHandler,
  type ResourceDefinition,
  type ResourceHandler,
  type ResourceTemplateDefinition,
  type TemplateHandler,
  type ToolDefinition,
} from "./definitions.js";
import { environment } from "./environment.js";
import { DovetailError, refusal } from "./errors.js";
import { Mount, type MountOptions } from "./exchange.js";
import { handleFetch } from "./fetch.js";
import { Kind } from "./generated/codes.js";
import { handleNode, type NodeHandler } from "./handler.js";
import { answerPrompt, answerResource, answerTool, completing, Handlers } from "./handlers.js";
import { type Layer, type LayerOptions, Layers } from "./layers.js";
import { calling, native } from "./native.js";
import type { Schema } from "./schema.js";
import type { HttpOptions, Limits, Offers, ServerOptions, Serving, Transport } from "./serving.js";

type List = keyof Offers;

/** What calls in flight get to end at a close, in ms, unless said otherwise. */
const CLOSE_DEADLINE_MS = 1_000;

/** @internal The open channel of a server, for a client in this process. */
export let channelOf: (server: Server) => Channel;

/** An MCP server. One server can be served in several ways at once. What it offers may change while it serves. */
export class Server {
  readonly #about: Description & { readonly limits?: Limits };
  readonly #handlers = new Handlers();
  /** What was registered before the first client could come. */
  readonly #offered: Record<List, Description[]> = { tools: [], resources: [], resourceTemplates: [], prompts: [] };
  readonly #layers = new Layers();
  /** Numbers of the handlers of each thing. */
  readonly #numbers = new Map<string, number[]>();
  #channel: Channel | undefined;
  #mounted: Mount | undefined;

  constructor(name: string, { version = "0.0.0", ...about }: ServerOptions = {}) {
    this.#about = { info: { name, version }, ...about };
  }

  /**
   * Registers a tool.
   *
   * @throws {DovetailError} `invalid_argument` for a schema without JSON Schema, or a taken name.
   */
  tool<Input extends Schema | undefined = undefined, Output extends Schema | undefined = undefined>(
    name: string,
    definition: ToolDefinition<Input, Output>,
    handler: Handler<Input, Output>,
  ): this {
    const { input } = definition;
    const number = this.#handlers.add({ input, reports: true, invoke: handler, answer: answerTool });
    return this.#offer("tools", name, describeTool(name, definition), number);
  }

  /**
   * Registers a resource: what it contains, or a function that reads it.
   *
   * @throws {DovetailError} `invalid_argument` for a taken URI.
   */
  resource(uri: string, definition: ResourceDefinition, read: ResourceHandler | string | Uint8Array): this {
    const reading = typeof read === "function" ? read : () => read;
    const number = this.#handlers.add({
      invoke: (_params, context) => reading(context),
      answer: answerResource(definition.mimeType),
    });
    return this.#offer("resources", uri, describeResource({ uri }, uri, definition), number);
  }

  /**
   * Registers a family of resources, `notes://{id}`: the handler gets the variables.
   *
   * @throws {DovetailError} `invalid_argument` for a template that cannot be read, or a taken one.
   */
  resourceTemplate<Template extends string>(
    uriTemplate: Template,
    definition: ResourceTemplateDefinition<Template>,
    read: TemplateHandler<Template>,
  ): this {
    const number = this.#handlers.add({
      invoke: ({ variables }, context) => read(variables, context),
      answer: answerResource(definition.mimeType),
    });
    const description = describeResource({ uriTemplate }, uriTemplate, definition);
    return this.#offer("resourceTemplates", uriTemplate, description, number, definition.complete);
  }

  /**
   * Registers a prompt. Its arguments are the properties of `input`.
   *
   * @throws {DovetailError} `invalid_argument` for a schema without JSON Schema, or a taken name.
   */
  prompt<Input extends Schema | undefined = undefined>(
    name: string,
    definition: PromptDefinition<Input>,
    handler: PromptHandler<Input>,
  ): this {
    const { input, complete } = definition;
    const number = this.#handlers.add({ input, invoke: handler, answer: answerPrompt });
    return this.#offer("prompts", name, describePrompt(name, definition), number, complete);
  }

  /**
   * Puts a layer around everything that comes in, inside of the layers that are there: `(message, next) => next()`.
   *
   * @throws {DovetailError} `invalid_state` when clients can come already.
   */
  layer(layer: Layer, options?: LayerOptions): this {
    if (this.#channel) {
      throw refusal("invalid_state", "layers are fixed once a server serves or has a client: add them before");
    }
    this.#layers.add(layer, options);
    return this;
  }

  /** Removes what these names stand for; unknown names are ignored. Clients that listen are told. */
  remove(names: Offers): this {
    this.#update({ remove: names });
    for (const [list, removed] of Object.entries(names) as [List, string[]][]) {
      for (const name of removed) {
        this.#handlers.remove(this.#numbers.get(`${list} ${name}`) ?? []);
        this.#numbers.delete(`${list} ${name}`);
      }
    }
    return this;
  }

  /** Offers again what was disabled. */
  enable(names: Offers): this {
    return this.#update({ enable: names });
  }

  /** Hides what these names stand for, and refuses its use, until it is enabled again. */
  disable(names: Offers): this {
    return this.#update({ disable: names });
  }

  /** Tells clients that listen that these lists have changed, for changes that only you can see. */
  announce(...lists: ("tools" | "prompts" | "resources")[]): this {
    return this.#update({ changed: lists });
  }

  /** Tells clients that follow this resource that it has changed. */
  resourceUpdated(uri: string): this {
    return this.#update({ updated: [uri] });
  }

  #offer(
    list: List,
    name: string,
    description: Description,
    handler: number,
    complete: Readonly<Record<string, Completer | undefined>> = {},
  ): this {
    const completers: Record<string, number> = {};
    for (const [of, completer] of Object.entries(complete)) {
      if (completer) {
        completers[of] = this.#handlers.add(completing(completer));
      }
    }
    const offered = { ...description, handler, completers };
    const numbers = [handler, ...Object.values(completers)];
    try {
      if (this.#channel) {
        this.#update({ add: { [list]: [offered] } });
      } else {
        this.#offered[list].push(offered);
      }
    } catch (thrown) {
      this.#handlers.remove(numbers);
      throw thrown;
    }
    this.#numbers.set(`${list} ${name}`, numbers);
    return this;
  }

  #update(update: object): this {
    const json = JSON.stringify(update);
    const { session } = this.#open();
    calling(() => session.update(json));
    return this;
  }

  /** Serves over stdio or HTTP; resolves as soon as clients can come. */
  async serve(transport: Transport): Promise<Serving> {
    const { ready, ended } = this.#serve(transport === "stdio" ? { stdio: true } : transport);
    const { url } = await ready;
    // Whoever does not look at the end does not want to hear of it either.
    ended.catch(() => {});
    return url === undefined ? { ended } : { url, ended };
  }

  #serve(config: object, quiet = false): { ready: Promise<{ url?: string }>; ended: Promise<void> } {
    const json = JSON.stringify(config);
    const { promise: ready, resolve } = Promise.withResolvers<{ url?: string }>();
    const done = this.#open().start(
      (session, key) => session.serve(key, json),
      (kind, payload) => {
        if (kind === Kind.ready) {
          resolve((payload ?? {}) as { url?: string });
        }
      },
      quiet,
    );
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
    return { ready: Promise.race([ready, early]), ended };
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
   * This server as a handler for an HTTP server of yours: `http.createServer(server.handler())`, Express, Fastify.
   * Mount it at one path, for every method. It answers to loopback names only, unless others are allowed here.
   */
  handler(options: MountOptions = {}): NodeHandler {
    const mount = this.#mount(options);
    return (request, response, parsed) => handleNode(mount, request, response, parsed);
  }

  /**
   * Answers one request of the Fetch family (Hono, Bun, Deno, …): `app.all("/mcp", (c) => server.fetch(c.req.raw))`.
   * It answers to loopback names, and to what `handler` was told to allow.
   */
  fetch(request: Request): Promise<Response> {
    return handleFetch(this.#mount(), request);
  }

  #mount({ allowedHosts, allowedOrigins }: MountOptions = {}): Mount {
    if (allowedHosts ?? allowedOrigins) {
      const { ready, ended } = this.#serve({ exchange: true, allowedHosts, allowedOrigins }, true);
      ended.catch(() => {});
      ready.catch(() => {});
      this.#mounted = new Mount(this.#open(), this.#about.limits?.body, ready);
    }
    return (this.#mounted ??= new Mount(this.#open(), this.#about.limits?.body));
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
      const config = JSON.stringify({ ...this.#about, ...this.#offered, layers: this.#layers.describe() });
      const session = calling(() => native.serverOpen(environment().runtime, config));
      const channel: Channel = new Channel(session, {
        call: (call, handler, params) => this.#handlers.run(channel, call, handler, params),
        intercept: (call, layer, message) => this.#layers.run(channel, call, layer, message),
      });
      this.#channel = channel;
    }
    return this.#channel;
  }
}
