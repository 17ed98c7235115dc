/**
 * Owns the one table of a server's handlers and how a call runs through it: arguments in, a result of the right
 * shape out. It knows what handlers return and nothing of what becomes of it.
 */
import type { Channel } from "./channel.js";
import { Content, contents, type ResourceContents, ToolResult } from "./content.js";
import { Context } from "./context.js";
import type { Completer, Readable } from "./definitions.js";
import { describe, refusal } from "./errors.js";
import { Shape } from "./generated/codes.js";
import { refusalOf } from "./refusals.js";
import { parse, type Schema } from "./schema.js";

/** A handler of any kind. `params` is the call as it came, for those that need to know more of it. */
export interface Registered {
  readonly input?: Schema | undefined;
  /** Whether its failures are results for the model, as those of tools are, and no refusals. */
  readonly reports?: boolean;
  invoke(args: any, context: Context, params: any): unknown;
  answer(channel: Channel, call: number, value: any, params: any): void;
}

/** Handlers by their numbers. */
export class Handlers {
  readonly #table = new Map<number, Registered>();
  #last = -1;

  add(handler: Registered): number {
    this.#table.set(++this.#last, handler);
    return this.#last;
  }

  remove(numbers: readonly number[]): void {
    for (const number of numbers) {
      this.#table.delete(number);
    }
  }

  /** Runs one call. A handler that answers at once is answered at once, without a promise in between. */
  run(channel: Channel, call: number, number: number, params: unknown): void {
    const context = new Context(channel, call);
    const handler = this.#table.get(number);
    if (!handler) {
      channel.refuse(call, refusal("internal", "it was removed from the server while it was called"));
      return;
    }
    try {
      const args = parse(handler.input, params);
      const result =
        args instanceof Promise
          ? args.then((parsed) => handler.invoke(parsed, context, params))
          : handler.invoke(args, context, params);
      if (isThenable(result)) {
        result.then(
          (value) => answer(channel, call, handler, value, params),
          (thrown) => fail(channel, call, handler, thrown),
        );
      } else {
        handler.answer(channel, call, result, params);
      }
    } catch (thrown) {
      fail(channel, call, handler, thrown);
    }
  }
}

function answer(channel: Channel, call: number, handler: Registered, value: unknown, params: unknown): void {
  try {
    handler.answer(channel, call, value, params);
  } catch (thrown) {
    fail(channel, call, handler, thrown);
  }
}

function fail(channel: Channel, call: number, { reports }: Registered, thrown: unknown): void {
  if (reports) {
    channel.fail(call, describe(thrown));
  } else {
    channel.refuse(call, refusalOf(thrown, "a handler"));
  }
}

/** Answers with a tool's value, or its whole result. */
export function answerTool(channel: Channel, call: number, value: unknown): void {
  const whole = typeof value === "object" && value !== null ? ToolResult.of(value) : undefined;
  if (whole) {
    channel.reply(call, whole, Shape.whole);
  } else {
    channel.reply(call, value);
  }
}

/** Answers with the contents of a resource. */
export function answerResource(mimeType: string | undefined): Registered["answer"] {
  return (channel, call, value: Readable, { uri }: { uri: string }) => {
    if (typeof value === "string" || value instanceof Uint8Array) {
      channel.reply(call, [contents(uri, value, mimeType)]);
    } else {
      channel.reply(call, Array.isArray(value) ? value : [value as ResourceContents]);
    }
  };
}

/** Answers with the messages of a prompt. */
export function answerPrompt(channel: Channel, call: number, value: unknown): void {
  if (Array.isArray(value)) {
    channel.reply(call, value.map(message));
  } else if (typeof value === "object" && value !== null && !(value instanceof Content)) {
    channel.reply(call, value, Shape.whole);
  } else {
    channel.reply(call, [message(value)]);
  }
}

function message(value: unknown): unknown {
  if (value instanceof Content) {
    return { role: "user", content: value };
  }
  return typeof value === "string" ? { role: "user", content: Content.text(value) } : value;
}

/** A handler that suggests values. */
export function completing(completer: Completer): Registered {
  return {
    invoke: ({ value, argument, context }) => completer(value, { argument, context: context ?? {} }),
    answer: (channel, call, values) => channel.reply(call, values),
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}
