/**
 * Owns the stream of a server's changes on its way to a `for await` loop. A change that waits to be taken is kept
 * once, so a slow reader holds no more than one of each.
 */
import type { Channel } from "./channel.js";
import { type DovetailError, refusal, unaborted } from "./errors.js";
import { Kind } from "./generated/codes.js";

/** What to listen to. */
export interface Watching {
  /** Changes of the list of tools. */
  readonly tools?: boolean;
  /** Changes of the list of prompts. */
  readonly prompts?: boolean;
  /** Changes of the list of resources. */
  readonly resources?: boolean;
  /** Changes of these resources. */
  readonly uris?: readonly string[];
  /** Ends the listening; the loop then fails as `cancelled`, with the reason as its cause. */
  readonly signal?: AbortSignal | undefined;
}

/** What a server granted of what was asked for: it tells of these changes and of no others. */
export type Granted = Required<Omit<Watching, "signal">>;

/** A change at the server: of a list, or of the resource with this URI. */
export type Change =
  | { readonly kind: "tools" | "prompts" | "resources"; readonly uri?: undefined }
  | { readonly kind: "resource"; readonly uri: string };

type Step = IteratorResult<Change, undefined>;

const END: Step = { done: true, value: undefined };

/** Changes of a server, for `for await`. */
export class Listening implements AsyncIterableIterator<Change, undefined> {
  readonly #waiting = new Map<string, Change>();
  readonly #readers: PromiseWithResolvers<Step>[] = [];
  readonly #stop: () => void;
  readonly #granted = Promise.withResolvers<Granted>();
  #over = false;
  #failure: DovetailError | undefined;

  /** @internal */
  constructor(channel: Channel, params: string, signal: AbortSignal | undefined) {
    unaborted(signal);
    const { key, done } = channel.request("listen", params, undefined, (kind, payload) => {
      if (kind === Kind.change) {
        this.#take(payload as Change);
      } else if (kind === Kind.ready) {
        this.#granted.resolve(payload as Granted);
      }
    });
    // Whoever does not ask what was granted hears of a failure in the loop.
    this.#granted.promise.catch(() => {});
    this.#stop = () => channel.cancel(key);
    signal?.addEventListener("abort", this.#stop, { once: true });
    done
      .then(
        () => this.#end(),
        (thrown: DovetailError) => {
          if (signal?.aborted) {
            thrown.cause = signal.reason;
          }
          this.#end(thrown);
        },
      )
      .finally(() => signal?.removeEventListener("abort", this.#stop));
  }

  /**
   * What the server granted, as soon as it listens: from then on no change is missed. Rejects as the loop does when it
   * cannot listen, and with `closed` when the listening ended before.
   */
  get granted(): Promise<Granted> {
    return this.#granted.promise;
  }

  next(): Promise<Step> {
    for (const [name, change] of this.#waiting) {
      this.#waiting.delete(name);
      return Promise.resolve({ done: false, value: change });
    }
    if (this.#over) {
      const failure = this.#failure;
      this.#failure = undefined;
      return failure ? Promise.reject(failure) : Promise.resolve(END);
    }
    const reader = Promise.withResolvers<Step>();
    this.#readers.push(reader);
    return reader.promise;
  }

  /** Ends the listening, as leaving the loop does. */
  async return(): Promise<Step> {
    this.#stop();
    this.#waiting.clear();
    this.#end();
    return END;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #take(change: Change): void {
    const reader = this.#readers.shift();
    if (reader) {
      reader.resolve({ done: false, value: change });
    } else if (!this.#over) {
      this.#waiting.set(`${change.kind} ${change.uri}`, change);
    }
  }

  /** Once; the first end counts. That the client was closed is an end, and no failure. */
  #end(failure?: DovetailError): void {
    if (this.#over) {
      return;
    }
    this.#over = true;
    this.#granted.reject(failure ?? refusal("closed", "it ended before the server listened"));
    const readers = this.#readers.splice(0);
    this.#failure = failure?.name === "closed" ? undefined : failure;
    if (this.#failure && readers.length > 0) {
      readers.shift()?.reject(this.#failure);
      this.#failure = undefined;
    }
    for (const reader of readers) {
      reader.resolve(END);
    }
  }
}
