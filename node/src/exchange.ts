/**
 * Owns the way of one HTTP request through a server without a socket of ours: what other people's HTTP stacks are
 * given to hold. Which requests are good, and what they are answered, is the core's matter.
 */
import type { Channel, Started } from "./channel.js";
import { DovetailError } from "./errors.js";
import { DefaultLimits, Kind } from "./generated/codes.js";

/** What a mounted server answers to, beside requests to this machine's own names. */
export interface MountOptions {
  /** Values of the `Host` header to accept. Default: `localhost`, `127.0.0.1` and `[::1]`, with any port. */
  readonly allowedHosts?: readonly string[];
  /** Browser origins to accept. Default: none. */
  readonly allowedOrigins?: readonly string[];
}

/** Names and values as they came, repetitions included. */
export type HeaderList = readonly (readonly [string, string])[];

/** The beginning of a request. */
export interface Head {
  readonly method: string;
  readonly path: string;
  readonly headers: HeaderList;
}

/** Where the answer to a request goes: a head, then its body in pieces. */
export interface Answering {
  head(status: number, headers: HeaderList): void;
  chunk(bytes: Buffer): void;
}

/** A server that can be reached through other people's HTTP stacks. */
export class Mount {
  readonly #channel: Channel;
  readonly #opening: Promise<unknown> | undefined;
  /** Bytes that a body may have; more is refused. An answer that nobody reads is given up at this size, too. */
  readonly limit: number;

  /** `opening` settles when the rules of this mount are in force. */
  constructor(channel: Channel, limit: number = DefaultLimits.body, opening?: Promise<unknown>) {
    this.#channel = channel;
    this.#opening = opening;
    this.limit = limit;
  }

  /** Settles when requests can be taken. */
  async ready(): Promise<void> {
    await this.#opening;
  }

  /** Takes a request through. Its completion comes after the last piece of the answer. */
  begin({ method, path, headers }: Head, body: Uint8Array, answering: Answering): Started {
    const head = JSON.stringify({ method, path, headers });
    return this.#channel.operation(
      (session, key) => session.exchange(key, head, body),
      (kind, payload, code) => {
        if (kind === Kind.head) {
          answering.head(code, (payload as { headers: HeaderList }).headers);
        } else if (kind === Kind.chunk) {
          answering.chunk(Buffer.from(payload as string, "base64"));
        }
      },
    );
  }

  /** The peer of a request has gone. */
  gone(key: number): void {
    this.#channel.cancel(key);
  }
}

/** Whether an answer is one that goes on: its pieces are sent as they come. */
export function isStream(headers: HeaderList): boolean {
  return headers.some(([name, value]) => name === "content-type" && value.startsWith("text/event-stream"));
}

/** The status of a request that did not get an answer. */
export function statusOf(thrown: unknown): number {
  const { name } = thrown instanceof DovetailError ? thrown : { name: "" };
  // What cannot be a request head at all, or a server that is closed.
  return name === "invalid_argument" ? 400 : name === "closed" ? 503 : 500;
}

/** A body on its way in. No more of it is taken once it is larger than allowed: the core then refuses it. */
export class Collected {
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  constructor(readonly limit: number) {}

  /** Takes a piece; says whether that was too much. */
  add(part: Uint8Array): boolean {
    this.#parts.push(part);
    this.#size += part.length;
    return this.#size > this.limit;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** A body that somebody else has read and parsed before. */
export function parsedBody(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
}
