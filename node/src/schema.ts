/**
 * Owns how types become JSON Schema: a plain JSON Schema is taken as it is, and any library of the Standard
 * Schema family (Zod, Valibot, ArkType, …) is asked for one. It never describes a type by itself.
 */
import { describe, refusal } from "./errors.js";

/** A JSON Schema, dialect 2020-12. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** What a validation says, as the Standard Schema specification defines it. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<StandardIssue> };

/** One fault of a value. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

/** A schema object of any library that implements Standard Schema, version 1. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What tools and questions take as a schema. */
export type Schema = StandardSchema | JsonSchema;

/** The value that a handler gets for a schema. */
export type Parsed<S> = S extends StandardSchema
  ? NonNullable<S["~standard"]["types"]>["output"]
  : // A plain JSON Schema says nothing to the type checker.
    any;

type Direction = "input" | "output";

interface JsonSchemaSource {
  readonly jsonSchema?: Partial<Record<Direction, (options: { target: string }) => JsonSchema>>;
}

const DIALECT = "draft-2020-12";

function isStandard(schema: Schema): schema is StandardSchema {
  return "~standard" in schema;
}

/** The JSON Schema of what goes in (`input`) or comes out (`output`). */
export function toJsonSchema(schema: Schema, direction: Direction): JsonSchema {
  if (!isStandard(schema)) {
    return schema;
  }
  const { vendor } = schema["~standard"];
  const convert = (schema["~standard"] as JsonSchemaSource).jsonSchema?.[direction];
  if (!convert) {
    throw refusal(
      "invalid_argument",
      `this ${vendor} schema offers no JSON Schema: wrap it with the library's Standard JSON Schema ` +
        "converter, update the library, or pass a plain JSON Schema",
    );
  }
  try {
    // The dialect is the protocol's default, so naming it would only lengthen every listing.
    const { $schema: _dialect, ...json } = convert({ target: DIALECT });
    return json;
  } catch (cause) {
    throw refusal("invalid_argument", `this ${vendor} schema has no JSON Schema: ${describe(cause)}`, { cause });
  }
}

/** Parses a value that the core has validated: defaults, transforms and refinements of the library apply. */
export function parse<S extends Schema>(schema: S | undefined, value: unknown): Parsed<S> | Promise<Parsed<S>> {
  if (schema === undefined || !isStandard(schema)) {
    return value as Parsed<S>;
  }
  const result = schema["~standard"].validate(value);
  return result instanceof Promise ? result.then((settled) => accepted(settled)) : accepted(result);
}

function accepted<T>(result: StandardResult<unknown>): T {
  if (result.issues === undefined) {
    return result.value as T;
  }
  throw refusal("invalid_params", result.issues.map(line).join("; "));
}

function line({ path = [], message }: StandardIssue): string {
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  return keys.length === 0 ? message : `/${keys.join("/")}: ${message}`;
}
