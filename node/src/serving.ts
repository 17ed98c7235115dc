/**
 * Owns the types of how a server is set up, served and changed. Types only.
 */

import type { LimitName } from "./generated/codes.js";

/** For how long clients may keep an answer (ms), and whether they may share it. */
export interface CacheHint {
  readonly ttlMs: number;
  readonly scope: "public" | "private";
}

/** What can be cached. */
export type Cacheable = "discover" | "tools" | "prompts" | "resources" | "resourceTemplates" | "reads";

export interface ServerOptions {
  /** Version of your program. Default: "0.0.0". */
  readonly version?: string;
  /** How to use the tools together, for the model. */
  readonly instructions?: string;
  /** Entries of one page of every list. Default: everything in one page. */
  readonly pageSize?: number;
  /** Hints for the caches of clients. Default: nothing is kept. */
  readonly cache?: { readonly [What in Cacheable]?: CacheHint };
  /** Whether clients may resume broken answers of sessions. Default: no. */
  readonly resumable?: boolean;
  /** Keys that seal the state of questions, newest first, so that a fleet can share them. Default: random. */
  readonly stateKeys?: string;
  /** What a call may take, in ms. */
  readonly callTimeoutMs?: number;
  /** Bounds other than the defaults. */
  readonly limits?: Limits;
}

/**
 * Bounds by name: bytes, levels, items, times in ms. What hits one is refused with an error that names it; each side
 * refuses the names that mean nothing to it.
 */
export type Limits = { readonly [Name in LimitName]?: number };

/** Names of what a server offers: tools and prompts by name, resources by URI, templates by URI template. */
export interface Offers {
  readonly tools?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceTemplates?: readonly string[];
  readonly prompts?: readonly string[];
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
  /** Whether to serve the deprecated two-endpoint transport as well. Default: no. */
  readonly sse?: boolean;
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
