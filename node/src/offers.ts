/**
 * Owns the types of what a server offers and says, as clients see it. Types only.
 */
import type { Icon, PromptMessage } from "./content.js";
import type { LogLevel } from "./context.js";
import type { ToolAnnotations } from "./definitions.js";
import type { JsonSchema } from "./schema.js";

/** A tool of a server. */
export interface Tool {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly inputSchema: JsonSchema;
  readonly outputSchema?: JsonSchema;
  readonly annotations?: ToolAnnotations;
  readonly [member: string]: unknown;
}

/** A resource of a server. */
export interface Resource {
  readonly uri: string;
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly mimeType?: string;
  readonly size?: number;
  readonly icons?: readonly Icon[];
  readonly [member: string]: unknown;
}

/** A family of resources of a server. */
export interface ResourceTemplate {
  readonly uriTemplate: string;
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly mimeType?: string;
  readonly [member: string]: unknown;
}

/** A prompt of a server. */
export interface Prompt {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly arguments?: readonly { readonly name: string; readonly description?: string; readonly required?: boolean }[];
  readonly [member: string]: unknown;
}

/** A prompt, written. */
export interface PromptResult {
  readonly description?: string;
  readonly messages: readonly PromptMessage[];
  readonly [member: string]: unknown;
}

/** What has an argument to complete: a prompt, or a resource template. */
export type Reference = { readonly prompt: string } | { readonly resourceTemplate: string };

/** Suggestions for an argument. */
export interface Completion {
  readonly values: readonly string[];
  readonly total?: number;
  readonly hasMore?: boolean;
}

/** What a server said about itself. */
export interface ServerInfo {
  /** The negotiated protocol revision. */
  readonly revision: string;
  readonly info: { readonly name: string; readonly version: string; readonly [member: string]: unknown };
  readonly capabilities: Readonly<Record<string, unknown>>;
  readonly instructions?: string;
  /** Of a group: each of its servers, by name. */
  readonly servers?: Readonly<Record<string, ServerInfo>>;
}

/** A log message of a server. */
export interface LogMessage {
  readonly level: LogLevel;
  /** What logs. */
  readonly logger?: string;
  readonly data: unknown;
}

/** How far a call is. */
export interface Progress {
  readonly progress: number;
  readonly total?: number;
  readonly message?: string;
}
