/**
 * Owns what a client connects to and how, as users write it, and the description that the core gets of a place.
 */
import type { LogLevel } from "./context.js";
import type { Inputs } from "./inputs.js";
import type { Layer, LayerOptions } from "./layers.js";
import type { LogMessage } from "./offers.js";
import { channelOf, Server } from "./server.js";
import type { Limits } from "./serving.js";
import { Command } from "./target.js";

/** An http(s) URL, a program to start, or a server of this process. */
export type Target = string | URL | Command | Server;

/** A server of a group. */
export type Member =
  | Target
  | {
      readonly url: string | URL;
      /** For every HTTP request to it. */
      readonly headers?: Readonly<Record<string, string>>;
    };

/** Options of a group; they hold for each of its servers. */
export type GroupOptions = Omit<ConnectOptions, "headers">;

export interface ConnectOptions extends Inputs {
  /** Hears the log messages of the server. */
  readonly onLog?: (message: LogMessage) => void;
  /** The least important message to ask the server for. */
  readonly logLevel?: LogLevel;
  /** What an operation may take although it reports progress, in ms. Default: 10 minutes. */
  readonly maxTotalMs?: number;
  /** Whether progress starts `timeoutMs` again. Default: yes. */
  readonly resetOnProgress?: boolean;
  /** Whether to keep answers for as long as the server allows. Default: yes. */
  readonly cache?: boolean;
  /** A protocol revision to insist on. Default "auto": the newest that both sides know. */
  readonly revision?: string;
  /** What connecting, and every call, may take, in ms. */
  readonly timeoutMs?: number;
  /** Bounds of the client other than the defaults, by their names in the documentation. */
  readonly limits?: Limits;
  /** Headers for every HTTP request. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Layers around the requests that go out and the notifications that come in, the outermost first: functions, or
   * functions with the methods that they see.
   */
  readonly layers?: readonly (Layer | ({ readonly layer: Layer } & LayerOptions))[];
  /** Gives the connecting up; it then fails as `cancelled`, with the reason as its cause. */
  readonly signal?: AbortSignal;
  /** How your program introduces itself. */
  readonly info?: { readonly name: string; readonly version: string };
}

/** @internal A place that is not in this process. */
export function describeTarget(target: Exclude<Target, Server>, headers: ConnectOptions["headers"]): object {
  if (target instanceof Command) {
    const { program, args, env, cwd } = target;
    return { command: program, args, env, cwd };
  }
  return { url: String(target), headers };
}

/** @internal */
export function describeMember(member: Member): object {
  if (member instanceof Server) {
    return { server: (JSON.parse(channelOf(member).session.status()) as { id: number }).id };
  }
  if (typeof member === "string" || member instanceof URL || member instanceof Command) {
    return describeTarget(member, undefined);
  }
  return describeTarget(member.url, member.headers);
}
