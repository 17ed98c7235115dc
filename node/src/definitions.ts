/**
 * Owns what can be registered at a server, as users write it, and the description that the core gets of it.
 */
import type { Annotations, Content, Icon, PromptMessage, ResourceContents, ToolResult } from "./content.js";
import type { Context } from "./context.js";
import type { QuestionKind } from "./questions.js";
import { type JsonSchema, type Parsed, type Schema, toJsonSchema } from "./schema.js";

/** Hints about a tool for people and models; untrusted by clients. */
export interface ToolAnnotations {
  readonly title?: string;
  readonly readOnlyHint?: boolean;
  readonly destructiveHint?: boolean;
  readonly idempotentHint?: boolean;
  readonly openWorldHint?: boolean;
}

/** What everything that is registered may say about itself. */
export interface Described {
  /** A name for people. */
  readonly title?: string;
  /** What it is or does, for the model. */
  readonly description?: string;
  readonly icons?: readonly Icon[];
  /** Metadata of your own, by prefixed names. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** What a tool is, beside its handler. */
export interface ToolDefinition<Input extends Schema | undefined, Output extends Schema | undefined>
  extends Described {
  /** Its arguments: a Standard Schema (Zod, Valibot, ArkType, …) or a JSON Schema. Default: no arguments. */
  readonly input?: Input;
  /** Its result; with it, results are structured and checked by the client. */
  readonly output?: Output;
  /** What the handler may ask: a client that cannot answer is then refused before the handler runs. */
  readonly asks?: readonly QuestionKind[];
  /** Whether a run with answers happens once only. Default: for destructive tools. */
  readonly once?: boolean;
  /**
   * Whether answers to named questions count that come before the question was asked. Default: no, because the user
   * may not have seen the question.
   */
  readonly openAnswers?: boolean;
  readonly annotations?: ToolAnnotations;
}

/** The arguments of a handler. */
export type Arguments<Input extends Schema | undefined> = Input extends Schema ? Parsed<Input> : Record<string, never>;

/** What a handler may return. */
export type Returned<Output extends Schema | undefined> = Output extends Schema ? Parsed<Output> | ToolResult : unknown;

/** A tool's handler. What it throws becomes the tool's error: the message, never the stack. */
export type Handler<Input extends Schema | undefined, Output extends Schema | undefined> = (
  args: Arguments<Input>,
  context: Context,
) => Returned<Output> | Promise<Returned<Output>>;

/** What a resource or a family of resources is, beside its contents. */
export interface ResourceDefinition extends Described {
  /** Default: its URI. */
  readonly name?: string;
  readonly mimeType?: string;
  /** Size in bytes, if known. */
  readonly size?: number;
  readonly annotations?: Annotations;
}

/** What reading a resource gives: text, bytes, or contents in full. */
export type Readable = string | Uint8Array | ResourceContents | readonly ResourceContents[];

/**
 * Reads a resource. A `DovetailError` that it throws refuses the request by its name (`unknown_resource`, …); any other
 * error is logged, and the caller is told nothing of it.
 */
export type ResourceHandler = (context: Context) => Readable | Promise<Readable>;

type Bare<Text extends string> = Text extends `${"+" | "#" | "." | "/" | ";" | "?" | "&"}${infer Rest}` ? Rest : Text;
type Unmodified<Text extends string> = Text extends `${infer Name}:${string}` | `${infer Name}*` ? Name : Text;
type Listed<Text extends string> = Text extends `${infer First},${infer Rest}`
  ? Unmodified<First> | Listed<Rest>
  : Unmodified<Text>;
type VariableNames<Template extends string> = Template extends `${string}{${infer Expression}}${infer Rest}`
  ? Listed<Bare<Expression>> | VariableNames<Rest>
  : never;

/** The variables of a URI template, by name. */
export type Variables<Template extends string> = string extends Template
  ? Readonly<Record<string, string>>
  : { readonly [Name in VariableNames<Template>]: string };

/** Reads one of a family of resources. Refuses as a `ResourceHandler`. */
export type TemplateHandler<Template extends string> = (
  variables: Variables<Template>,
  context: Context,
) => Readable | Promise<Readable>;

/** What is being completed, beside the text so far. */
export interface Completing {
  /** The argument or variable. */
  readonly argument: string;
  /** Arguments that are settled already. */
  readonly context: Readonly<Record<string, string>>;
}

/** Suggests values that continue a text. */
export type Completer = (value: string, completing: Completing) => readonly string[] | Promise<readonly string[]>;

/** What a family of resources is, beside its contents. */
export interface ResourceTemplateDefinition<Template extends string> extends Omit<ResourceDefinition, "size"> {
  /** Suggestions for variables. */
  readonly complete?: { readonly [Name in keyof Variables<Template>]?: Completer };
}

/** What a prompt is, beside its messages. */
export interface PromptDefinition<Input extends Schema | undefined> extends Described {
  /** Its arguments, as for tools; all of them are strings. Default: none. */
  readonly input?: Input;
  readonly asks?: readonly QuestionKind[];
  /** As for tools. */
  readonly openAnswers?: boolean;
  /** Suggestions for arguments. */
  readonly complete?: { readonly [Name in keyof Arguments<Input>]?: Completer };
}

/** What a prompt gives: a message of the user, several messages, or these with a description. */
export type Prompted =
  | string
  | Content
  | readonly (string | Content | PromptMessage)[]
  | { readonly description?: string; readonly messages: readonly PromptMessage[] };

/** Writes a prompt. Refuses as a `ResourceHandler`; arguments that do not parse are `invalid_params`. */
export type PromptHandler<Input extends Schema | undefined> = (
  args: Arguments<Input>,
  context: Context,
) => Prompted | Promise<Prompted>;

/** @internal A definition for the core. */
export type Description = Record<string, unknown>;

const NO_ARGUMENTS: JsonSchema = { type: "object", properties: {} };

/** @internal */
export function describeTool(name: string, definition: ToolDefinition<any, any>): Description {
  const { input, output, asks, once, openAnswers, annotations } = definition;
  return {
    ...common(name, definition),
    inputSchema: input === undefined ? NO_ARGUMENTS : toJsonSchema(input, "input"),
    outputSchema: output === undefined ? undefined : toJsonSchema(output, "output"),
    asks,
    once,
    openAnswers,
    annotations,
  };
}

/** @internal */
export function describeResource(where: object, name: string, definition: ResourceDefinition): Description {
  const { mimeType, size, annotations } = definition;
  return { ...where, ...common(definition.name ?? name, definition), mimeType, size, annotations };
}

/** @internal */
export function describePrompt(name: string, definition: PromptDefinition<any>): Description {
  const { input, asks, openAnswers } = definition;
  const names = input === undefined ? [] : argumentsOf(input);
  return { ...common(name, definition), arguments: names, asks, openAnswers };
}

function common(name: string, { title, description, icons, meta }: Described): Description {
  return { name, title, description, icons, _meta: meta };
}

/** The arguments of a prompt from the schema of an object of strings. */
function argumentsOf(input: Schema): Description[] {
  const { properties = {}, required = [] } = toJsonSchema(input, "input") as {
    properties?: Record<string, { title?: string; description?: string }>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { title, description }]) => ({
    name,
    title,
    description,
    required: required.includes(name),
  }));
}
