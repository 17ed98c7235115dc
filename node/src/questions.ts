/**
 * Owns the questions of a server to its client, seen from both sides: their types, and how an answer is read.
 */
import { Content } from "./content.js";
import { type JsonSchema, type Parsed, parse, type Schema, toJsonSchema } from "./schema.js";

/** The kinds of questions: a form or a page for the user, the client's model, the client's roots. */
export type QuestionKind = "form" | "url" | "sample" | "roots";

/** What the user made of a question. `content` is there when it was accepted. */
export type Elicitation<T = Record<string, unknown>> =
  | { readonly action: "accept"; readonly content: T }
  | { readonly action: "decline" | "cancel"; readonly content?: undefined };

/** What the user made of a page; accepted means that it will be opened, not that it was completed. */
export interface UrlAnswer {
  readonly action: "accept" | "decline" | "cancel";
}

/** A message to or from a model. */
export interface SampleMessage {
  readonly role: "user" | "assistant";
  readonly content: Content | readonly Content[];
}

/** A tool that the model may use. */
export interface SampleTool {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema: JsonSchema;
  readonly [member: string]: unknown;
}

/** A request to the client's model. */
export interface SampleRequest {
  readonly messages: readonly SampleMessage[];
  readonly maxTokens: number;
  readonly systemPrompt?: string;
  readonly temperature?: number;
  readonly stopSequences?: readonly string[];
  readonly modelPreferences?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly tools?: readonly SampleTool[];
  readonly toolChoice?: { readonly mode?: "auto" | "required" | "none" };
  readonly [member: string]: unknown;
}

/** What the model answered. */
export interface SampleResult {
  readonly role: "user" | "assistant";
  readonly content: Content | readonly Content[];
  readonly model: string;
  readonly stopReason?: string;
  readonly [member: string]: unknown;
}

/** A place that the client works in. */
export interface Root {
  readonly uri: string;
  readonly name?: string;
}

/** A question, for `context.ask`, and how its answer is read. */
export class Ask<T> {
  /** What is asked, as the core takes it. */
  readonly question: { readonly kind: QuestionKind; readonly [member: string]: unknown };
  /** Makes the answer's value from its JSON. */
  readonly read: (answer: unknown) => T | Promise<T>;

  private constructor(question: Ask<T>["question"], read: Ask<T>["read"]) {
    this.question = question;
    this.read = read;
  }

  /** A form for the user: a flat object of strings, numbers, booleans and choices. */
  static form<S extends Schema>(message: string, schema: S): Ask<Elicitation<Parsed<S>>> {
    return new Ask({ kind: "form", message, schema: toJsonSchema(schema, "input") }, async (answer) => {
      const { action, content } = answer as Elicitation;
      return action === "accept" ? { action, content: await parse(schema, content) } : { action };
    });
  }

  /** A page for the user to open. */
  static url(message: string, url: string): Ask<UrlAnswer> {
    return new Ask({ kind: "url", message, url }, (answer) => answer as UrlAnswer);
  }

  /** A request to the client's model. */
  static sample(params: SampleRequest): Ask<SampleResult> {
    return new Ask({ kind: "sample", params }, (answer) => {
      const { content, ...rest } = answer as SampleResult;
      const pieces = Array.isArray(content) ? content.map(Content.from) : Content.from(content as Content);
      return { ...rest, content: pieces } as SampleResult;
    });
  }

  /** The places that the client works in. */
  static roots(): Ask<readonly Root[]> {
    return new Ask({ kind: "roots" }, (answer) => (answer as { roots: Root[] }).roots);
  }
}

/** The answers to several questions, under their names. */
export type Answers<Questions> = { readonly [Key in keyof Questions]: Questions[Key] extends Ask<infer T> ? T : never };
