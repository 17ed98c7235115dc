/**
 * Owns the result of a call as users see it: the typed value beside everything that came.
 */

/** A piece of a result: text, an image, a resource, … */
export interface Content {
  readonly type: string;
  readonly text?: string;
  readonly [member: string]: unknown;
}

/** @internal What the core makes of a result. */
export interface CallPayload {
  readonly data?: unknown;
  readonly result: Readonly<Record<string, unknown>>;
}

/** What a tool answered. */
export class CallResult<T = unknown> {
  /** The value: the structured content, or the text when there is none. */
  readonly data: T;
  /** The content blocks, for a model. */
  readonly content: readonly Content[];
  /** The structured content, when the tool gave any. */
  readonly structured: unknown;
  /** Whether the tool reports an error; only `callRaw` returns such a result. */
  readonly isError: boolean;
  /** The whole result object as it came. */
  readonly raw: Readonly<Record<string, unknown>>;

  /** @internal */
  constructor({ data, result }: CallPayload) {
    this.data = data as T;
    this.content = (result["content"] as readonly Content[] | undefined) ?? [];
    this.structured = result["structuredContent"];
    this.isError = result["isError"] === true;
    this.raw = result;
  }
}
