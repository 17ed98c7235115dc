/**
 * Owns what people and models see: pieces of content, whole results of tools, contents of resources, messages of
 * prompts. It only writes things down; which revision knows which piece is the core's matter.
 */

/** Whom a piece of content is for, and how important it is (0 to 1). */
export interface Annotations {
  readonly audience?: readonly ("user" | "assistant")[];
  readonly priority?: number;
  readonly lastModified?: string;
}

/** An icon of a tool, resource or prompt. */
export interface Icon {
  readonly src: string;
  readonly mimeType?: string;
  readonly sizes?: readonly string[];
  readonly theme?: "light" | "dark";
}

/** What every piece of content can carry besides itself. */
export interface ContentExtras {
  readonly annotations?: Annotations;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

/** What a resource contains: text, or bytes (`blob`, base64 on the wire). */
export interface ResourceContents {
  readonly uri: string;
  readonly mimeType?: string;
  readonly text?: string;
  readonly blob?: string;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

/** A message of a prompt. */
export interface PromptMessage {
  readonly role: "user" | "assistant";
  readonly content: Content;
}

/** A piece of a result: text, an image, a resource, … */
export class Content {
  declare readonly type: string;
  declare readonly text?: string;
  readonly [member: string]: unknown;

  private constructor(type: string, members: object, extras: ContentExtras | undefined) {
    Object.assign(this, { type }, members, extras);
  }

  static text(text: string, extras?: ContentExtras): Content {
    return new Content("text", { text }, extras);
  }

  static image(data: Uint8Array, mimeType: string, extras?: ContentExtras): Content {
    return new Content("image", { data: base64(data), mimeType }, extras);
  }

  static audio(data: Uint8Array, mimeType: string, extras?: ContentExtras): Content {
    return new Content("audio", { data: base64(data), mimeType }, extras);
  }

  /** An embedded resource. */
  static resource(uri: string, data: string | Uint8Array, mimeType?: string, extras?: ContentExtras): Content {
    return new Content("resource", { resource: contents(uri, data, mimeType) }, extras);
  }

  /** @internal A piece that came as JSON. */
  static from({ type, ...members }: { readonly type: string }): Content {
    return new Content(type, members, undefined);
  }

  /** A link to a resource that the client may read. */
  static link(uri: string, name: string, more: LinkDetails = {}): Content {
    return new Content("resource_link", { uri, name, ...more }, undefined);
  }
}

/** What a link says about its resource. */
export interface LinkDetails extends ContentExtras {
  readonly title?: string;
  readonly description?: string;
  readonly mimeType?: string;
  readonly size?: number;
  readonly icons?: readonly Icon[];
}

/** What a tool result has besides its content. */
export interface ToolResultOptions {
  /** The value for programs; checked against the output schema. */
  readonly structured?: unknown;
  /** Whether the tool failed; the model sees the content either way. */
  readonly isError?: boolean;
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** A tool's result as a whole, for handlers that return more than a value. */
export class ToolResult {
  readonly content: readonly Content[];
  readonly structured: unknown;
  readonly isError: boolean;
  readonly meta: Readonly<Record<string, unknown>> | undefined;

  constructor(content: readonly Content[] = [], { structured, isError = false, meta }: ToolResultOptions = {}) {
    this.content = content;
    this.structured = structured;
    this.isError = isError;
    this.meta = meta;
  }

  /** The result object of the specification. */
  toJSON(): object {
    const { content, structured, meta } = this;
    return { content, structuredContent: structured, isError: this.isError || undefined, _meta: meta };
  }

  /** @internal The whole result that a handler returned, if it is one: a result, content, or some of it. */
  static of(value: unknown): ToolResult | undefined {
    if (value instanceof ToolResult) {
      return value;
    }
    const pieces = value instanceof Content ? [value] : value;
    return Array.isArray(pieces) && pieces.length > 0 && pieces.every((piece) => piece instanceof Content)
      ? new ToolResult(pieces)
      : undefined;
  }
}

/** @internal The contents of a resource. */
export function contents(uri: string, data: string | Uint8Array, mimeType: string | undefined): ResourceContents {
  const kind = mimeType === undefined ? {} : { mimeType };
  return typeof data === "string" ? { uri, ...kind, text: data } : { uri, ...kind, blob: base64(data) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
