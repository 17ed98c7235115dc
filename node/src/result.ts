/**
 * Owns the result of a call as users see it: the typed value beside everything that came.
 */
import type { Content, ResourceContents } from "./content.js";

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

/** What a resource contains. */
export class ReadResult {
  /** The contents; most resources have one. */
  readonly contents: readonly ResourceContents[];
  /** The whole result object as it came. */
  readonly raw: Readonly<Record<string, unknown>>;

  /** @internal */
  constructor(raw: Readonly<Record<string, unknown>>) {
    this.contents = (raw["contents"] as readonly ResourceContents[] | undefined) ?? [];
    this.raw = raw;
  }

  /** The text of the first contents, if it is text. */
  get text(): string | undefined {
    return this.contents[0]?.text;
  }

  /** The bytes of the first contents, if it is binary. */
  get bytes(): Uint8Array | undefined {
    const blob = this.contents[0]?.blob;
    return blob === undefined ? undefined : Uint8Array.from(Buffer.from(blob, "base64"));
  }
}
