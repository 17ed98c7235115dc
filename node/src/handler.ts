/**
 * Owns a server as a handler of Node's own HTTP server, and so of every framework on top of it. It decides nothing
 * about a request.
 */
import type { IncomingMessage, ServerResponse } from "node:http";

import {
  type Answering,
  Collected,
  type Head,
  type HeaderList,
  isStream,
  type Mount,
  parsedBody,
  statusOf,
} from "./exchange.js";

/**
 * Answers one request of `node:http`, Express, Fastify and their like. The last argument, or the request's `body`, is
 * the body when somebody has read it before: text, bytes, or parsed JSON.
 */
export type NodeHandler = (
  request: IncomingMessage & { body?: unknown },
  response: ServerResponse,
  parsed?: unknown,
) => Promise<void>;

/** Takes a request through a server. Never rejects: a peer that has gone is nobody's fault. */
export async function handleNode(mount: Mount, ...[request, response, parsed]: Parameters<NodeHandler>): Promise<void> {
  try {
    await mount.ready();
    // The third argument of a middleware is the way to the next one.
    const read = typeof parsed === "function" ? request.body : (parsed ?? request.body);
    const body = await bodyOf(request, read, mount.limit);
    if (body === undefined || response.destroyed) {
      return;
    }
    if (body.length > mount.limit && request.httpVersionMajor === 1) {
      // What is left of the body is not read.
      response.setHeader("connection", "close");
    }
    const answer = new Written(response, mount.limit);
    const { key, done } = mount.begin(headOf(request), body, answer);
    const gone = () => mount.gone(key);
    response.once("close", gone);
    try {
      await done;
      answer.end();
    } finally {
      response.off("close", gone);
    }
  } catch (thrown) {
    if (response.headersSent) {
      response.destroy();
    } else {
      response.statusCode = statusOf(thrown);
      response.end();
    }
  }
}

/** The answer as it is written: a whole one with its length, a stream piece by piece. */
class Written implements Answering {
  readonly #response: ServerResponse;
  readonly #limit: number;
  #streams = false;
  #whole: Buffer | undefined;

  constructor(response: ServerResponse, limit: number) {
    this.#response = response;
    this.#limit = limit;
  }

  head(status: number, headers: HeaderList): void {
    this.#response.statusCode = status;
    for (const [name, value] of headers) {
      this.#response.appendHeader(name, value);
    }
    this.#streams = isStream(headers);
    if (this.#streams) {
      this.#response.flushHeaders();
    }
  }

  chunk(bytes: Buffer): void {
    if (!this.#streams) {
      this.#whole = this.#whole ? Buffer.concat([this.#whole, bytes]) : bytes;
    } else if (this.#response.writableLength > this.#limit) {
      // A peer that does not read must not fill the memory.
      this.#response.destroy();
    } else {
      this.#response.write(bytes);
    }
  }

  end(): void {
    this.#response.end(this.#whole);
  }
}

function headOf({ method = "", url = "", rawHeaders }: IncomingMessage): Head {
  const headers: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name, value] = [rawHeaders[at] as string, rawHeaders[at + 1] as string];
    // HTTP/2 says in pseudo headers what HTTP/1 says in its first line and in `Host`.
    if (!name.startsWith(":")) {
      headers.push([name, value]);
    } else if (name === ":authority") {
      headers.push(["host", value]);
    }
  }
  return { method, path: url, headers };
}

/** The body, as far as it is allowed to go; nothing when the peer went away meanwhile. */
function bodyOf(request: IncomingMessage, parsed: unknown, limit: number): Promise<Uint8Array | undefined> {
  if (parsed !== undefined) {
    return Promise.resolve(parsedBody(parsed));
  }
  const collected = new Collected(limit);
  if (request.readableEnded) {
    return Promise.resolve(collected.bytes());
  }
  return new Promise((resolve) => {
    const take = (part: Uint8Array) => {
      if (collected.add(part)) {
        request.off("data", take).pause();
        resolve(collected.bytes());
      }
    };
    request
      .on("data", take)
      .once("end", () => resolve(collected.bytes()))
      .once("error", () => resolve(undefined))
      .once("close", () => resolve(undefined));
  });
}
