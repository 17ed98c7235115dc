/**
 * Owns a server as a function from `Request` to `Response`, for frameworks and runtimes of the Fetch family. It
 * decides nothing about a request.
 */
import { type Answering, Collected, type HeaderList, isStream, type Mount, statusOf } from "./exchange.js";

/** Statuses whose responses have no body, not even an empty one. */
const BODILESS: readonly number[] = [101, 204, 205, 304];

/**
 * Takes a request through a server.
 *
 * @throws the reason of the request's signal, when that ends it.
 */
export async function handleFetch(mount: Mount, request: Request): Promise<Response> {
  const { signal, method, url } = request;
  const answer = new Responding(mount);
  try {
    await mount.ready();
    const body = await bodyOf(request, mount.limit);
    signal.throwIfAborted();
    const { key, done } = mount.begin({ method, path: url, headers: [...request.headers] }, body, answer);
    answer.key = key;
    const gone = () => mount.gone(key);
    signal.addEventListener("abort", gone, { once: true });
    done
      .then(
        () => answer.end(),
        (thrown: unknown) => answer.fail(signal.aborted ? signal.reason : thrown),
      )
      .finally(() => signal.removeEventListener("abort", gone));
    return await answer.response;
  } catch (thrown) {
    if (signal.aborted) {
      throw thrown;
    }
    return new Response(null, { status: statusOf(thrown) });
  }
}

/** The answer as a response: a whole one at its end, a stream as soon as it begins. */
class Responding implements Answering {
  readonly #mount: Mount;
  readonly #promised = Promise.withResolvers<Response>();
  #init: { status: number; headers: [string, string][] } = { status: 500, headers: [] };
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  #whole: Uint8Array | undefined;
  key = 0;

  constructor(mount: Mount) {
    this.#mount = mount;
  }

  get response(): Promise<Response> {
    return this.#promised.promise;
  }

  head(status: number, headers: HeaderList): void {
    this.#init = { status, headers: headers.map(([name, value]) => [name, value]) };
    if (isStream(headers)) {
      const body = new ReadableStream<Uint8Array>(
        { start: (stream) => void (this.#stream = stream), cancel: () => this.#mount.gone(this.key) },
        new ByteLengthQueuingStrategy({ highWaterMark: this.#mount.limit }),
      );
      this.#promised.resolve(new Response(body, this.#init));
    }
  }

  chunk(bytes: Buffer): void {
    if (!this.#stream) {
      this.#whole = this.#whole ? Buffer.concat([this.#whole, bytes]) : bytes;
    } else if ((this.#stream.desiredSize ?? 0) > 0) {
      this.#stream.enqueue(bytes);
    } else {
      // A peer that does not read must not fill the memory.
      this.#mount.gone(this.key);
    }
  }

  end(): void {
    if (this.#stream) {
      this.#finish((stream) => stream.close());
    } else {
      const body = BODILESS.includes(this.#init.status) ? null : (this.#whole ?? null);
      this.#promised.resolve(new Response(body, this.#init));
    }
  }

  fail(reason: unknown): void {
    this.#finish((stream) => stream.error(reason));
    this.#promised.reject(reason);
  }

  #finish(act: (stream: ReadableStreamDefaultController<Uint8Array>) => void): void {
    try {
      if (this.#stream) {
        act(this.#stream);
      }
    } catch {
      // Its reader has cancelled it, and so it is finished.
    }
  }
}

/** The body, as far as it is allowed to go. */
async function bodyOf({ body }: Request, limit: number): Promise<Uint8Array> {
  const collected = new Collected(limit);
  const reader = body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    if (collected.add(part.value)) {
      void reader?.cancel().catch(() => {});
      break;
    }
  }
  return collected.bytes();
}
