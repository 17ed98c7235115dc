/**
 * Owns layers: functions of the user around messages, onion style. Their order, their time and what passes them are the
 * core's matter.
 */
import { type Channel, withdraw } from "./channel.js";
import { refusal } from "./errors.js";
import { refusalOf } from "./refusals.js";

/** A request or notification on its way through the layers. */
export class Message {
  /** The method, as it is written on the wire. */
  readonly method: string;
  /** The parameters, as the revision of the message has them. A layer that changes them hands them to `next`. */
  readonly params: any;
  /** The protocol revision of the message. */
  readonly revision: string;
  /** Who sends it, where that is known. */
  readonly principal: string | undefined;
  /** Whether nobody waits for an answer. */
  readonly notification: boolean;

  /** @internal */
  constructor({ method, params, revision, principal, notification }: Message) {
    this.method = method;
    this.params = params;
    this.revision = revision;
    this.principal = principal ?? undefined;
    this.notification = notification;
  }
}

/**
 * Lets a message go on, once: unchanged, or with these parameters, or with those of this message. Gives its result
 * object, `{}` for a notification.
 *
 * @throws {DovetailError} what is inside has failed, or the caller has gone (`cancelled`).
 */
export type Next = (changed?: Message | object) => Promise<any>;

/**
 * Stands around messages. What it returns is the result: that of `next`, changed or not, or one of its own without
 * `next`. A `DovetailError` that it throws refuses the request by its name; any other error is logged and told to
 * nobody. A notification whose layer does not call `next` is dropped.
 */
export type Layer = (message: Message, next: Next) => unknown;

/** Which messages a layer sees. */
export interface LayerOptions {
  /** Only these methods. Default: everything. */
  readonly methods?: readonly string[];
}

/** The layers of one server or client. */
export class Layers {
  readonly #layers: Layer[] = [];
  readonly #described: unknown[] = [];

  /** Adds a layer inside of those that are there. */
  add(layer: Layer, { methods }: LayerOptions = {}): void {
    if (typeof layer !== "function") {
      throw refusal("invalid_argument", "a layer is a function (message, next) => result");
    }
    const handler = this.#layers.push(layer) - 1;
    this.#described.push(methods ? { handler, methods } : handler);
  }

  /** What the core is told; nothing when there are none. */
  describe(): readonly unknown[] | undefined {
    return this.#described.length > 0 ? this.#described : undefined;
  }

  /** Runs a message through a layer. */
  run(channel: Channel, call: number, number: number, payload: unknown): void {
    const layer = this.#layers[number] as Layer;
    channel.track(call, { [withdraw]: () => {} });
    void pass(channel, call, layer, new Message(payload as Message));
  }
}

async function pass(channel: Channel, call: number, layer: Layer, message: Message): Promise<void> {
  let inner: { value?: unknown; failure?: unknown } | undefined;
  const proceed: Next = async (changed) => {
    const params = changed instanceof Message ? changed.params : changed;
    const patch = params === undefined ? undefined : JSON.stringify({ params });
    const { done } = channel.operation((session, key) => session.proceed(call, key, patch), undefined, true);
    inner ??= {};
    try {
      return (inner.value = await done);
    } catch (thrown) {
      inner.failure = thrown;
      throw thrown;
    }
  };
  const next: Next = (changed) => {
    const going = proceed(changed);
    // A layer that does not look at the outcome passes it on, whatever it is.
    going.catch(() => {});
    return going;
  };
  try {
    const result = await layer(message, next);
    if (inner && (result === inner.value || (message.notification && result === undefined))) {
      channel.pass(call);
    } else {
      channel.answer(call, resultOf(message, result));
    }
  } catch (thrown) {
    if (inner && thrown === inner.failure) {
      channel.pass(call);
    } else {
      channel.refuse(call, refusalOf(thrown, "a layer"));
    }
  }
}

/** The result as a layer made it. */
function resultOf({ notification }: Message, result: unknown): object {
  if (typeof result === "object" && result !== null) {
    return result;
  }
  if (notification) {
    return {};
  }
  throw new Error("it returned no result object: return what next() gives, or a result of its own");
}
