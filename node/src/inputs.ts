/**
 * Owns the client's side of questions: which handler a question goes to, and what its answer is. Whether a server may
 * ask is the core's matter.
 */
import { type Channel, withdraw } from "./channel.js";
import { describe } from "./errors.js";
import type { Elicitation, QuestionKind, Root, SampleRequest, SampleResult, UrlAnswer } from "./questions.js";
import type { JsonSchema } from "./schema.js";

/** A question of a server to the user. */
export interface Question {
  readonly message: string;
  /** The form: a flat object schema. */
  readonly schema: JsonSchema;
  /** The values that the form suggests. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

/** A page that a server wants its user to open. */
export interface UrlQuestion {
  readonly message: string;
  readonly url: string;
}

/** What is known beside the question. */
export interface QuestionContext {
  /** Aborts when the answer is no longer wanted: close the form, stop the model. */
  readonly signal: AbortSignal;
}

/** Shows a question to the user. What it throws refuses the question. */
export type ElicitHandler = (question: Question, context: QuestionContext) => Elicitation | Promise<Elicitation>;

/** Shows a page to the user, after asking. What it throws refuses the question. */
export type ElicitUrlHandler = (question: UrlQuestion, context: QuestionContext) => UrlAnswer | Promise<UrlAnswer>;

/** Asks the model. What it throws refuses the request. */
export type SampleHandler = (request: SampleRequest, context: QuestionContext) => SampleResult | Promise<SampleResult>;

/** What a client can be asked for. Without a handler, the server is told that it cannot. */
export interface Inputs {
  /** Answers forms. */
  readonly onElicit?: ElicitHandler;
  /** Answers pages to open. */
  readonly onElicitUrl?: ElicitUrlHandler;
  /** Answers requests to the model. */
  readonly onSample?: SampleHandler;
  /** Whether `onSample` understands tools. Default: no. */
  readonly sampleTools?: boolean;
  /** The places that the client works in, or a function that finds them. */
  readonly roots?: readonly Root[] | (() => readonly Root[] | Promise<readonly Root[]>);
}

interface Asked extends Omit<Question, "defaults">, UrlQuestion {
  readonly kind: QuestionKind;
  readonly params?: SampleRequest;
}

/** What the core is told about the handlers. */
export function inputKinds({ onElicit, onElicitUrl, onSample, sampleTools, roots }: Inputs) {
  const kinds: Record<QuestionKind, unknown> = { form: onElicit, url: onElicitUrl, sample: onSample, roots };
  return { inputs: Object.keys(kinds).filter((kind) => kinds[kind as QuestionKind]), sampleTools };
}

/** Answers a question with the user's handler. */
export async function answerInput(channel: Channel, call: number, question: unknown, inputs: Inputs): Promise<void> {
  const controller = new AbortController();
  channel.track(call, { [withdraw]: () => controller.abort() });
  try {
    channel.reply(call, await answer(question as Asked, inputs, controller));
  } catch (thrown) {
    channel.fail(call, describe(thrown));
  }
}

async function answer(asked: Asked, inputs: Inputs, { signal }: AbortController): Promise<unknown> {
  const { onElicit, onElicitUrl, onSample, roots } = inputs;
  const { kind, message, schema, url, params } = asked;
  switch (kind) {
    case "form":
      return onElicit?.({ message, schema, defaults: defaultsOf(schema) }, { signal });
    case "url":
      return onElicitUrl?.({ message, url }, { signal });
    case "sample":
      return onSample?.(params as SampleRequest, { signal });
    case "roots":
      return { roots: typeof roots === "function" ? await roots() : roots };
  }
}

function defaultsOf({ properties }: JsonSchema): Record<string, unknown> {
  const all = Object.entries((properties ?? {}) as Record<string, { default?: unknown }>);
  return Object.fromEntries(all.filter(([, of]) => of.default !== undefined).map(([name, of]) => [name, of.default]));
}
