/**
 * Owns what one JavaScript environment (the main thread or a worker) has once: the native runtime with its
 * wake-up, the table of channels, and the counted keep-alive of the event loop. It knows no protocol.
 *
 * A channel is held strongly only while something is outstanding on it, so a client or server that the
 * program has forgotten is collected, and its native side is closed.
 */
import { native, type NativeRuntime } from "./native.js";

/** What is woken when its session has events. */
export interface Wakeable {
  readonly number: number;
  drain(): void;
}

/** What children and open calls get to end by themselves when the process exits, in ms. */
const EXIT_DEADLINE_MS = 200;

/** The longest period that a timer can have; it never does anything. */
const IDLE_MS = 2 ** 31 - 1;

class Environment {
  readonly runtime: NativeRuntime;
  readonly #channels = new Map<number, WeakRef<Wakeable>>();
  readonly #forgotten = new FinalizationRegistry<number>((number) => this.#channels.delete(number));
  readonly #busy = new Set<Wakeable>();
  readonly #alive = setInterval(() => {}, IDLE_MS).unref();

  constructor() {
    this.runtime = native.runtimeDefault(() => this.#wake());
    process.once("exit", () => {
      // Asked for at the end only: most programs have no use for workers, and their module takes 2 MB.
      const { isMainThread } = require("node:worker_threads") as typeof import("node:worker_threads");
      if (isMainThread) {
        native.runtimeShutdown(this.runtime, EXIT_DEADLINE_MS);
      }
    });
  }

  /** Takes a channel in; from now on it is drained when it has events. */
  adopt(channel: Wakeable): void {
    this.#channels.set(channel.number, new WeakRef(channel));
    this.#forgotten.register(channel, channel.number);
  }

  /** Keeps a channel, and with it the process, alive. */
  hold(channel: Wakeable): void {
    this.#busy.add(channel);
    this.#alive.ref();
  }

  /** Ends a hold. */
  release(channel: Wakeable): void {
    this.#busy.delete(channel);
    if (this.#busy.size === 0) {
      this.#alive.unref();
    }
  }

  #wake(): void {
    for (const number of this.runtime.takeReady()) {
      this.#channels.get(number)?.deref()?.drain();
    }
  }
}

let current: Environment | undefined;

/** The environment, made when it is first needed. */
export function environment(): Environment {
  current ??= new Environment();
  return current;
}
