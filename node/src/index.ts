/**
 * Model Context Protocol servers and clients over one native core.
 *
 * @packageDocumentation
 */
export { Client, type CallOptions, type CompleteOptions, type ReadOptions, type RequestOptions } from "./client.js";
export type { ConnectOptions, GroupOptions, Member, Target } from "./connecting.js";
export {
  type Annotations,
  Content,
  type ContentExtras,
  type Icon,
  type LinkDetails,
  type PromptMessage,
  type ResourceContents,
  ToolResult,
  type ToolResultOptions,
} from "./content.js";
export { type AskOptions, type CallInfo, Context, type LogLevel } from "./context.js";
export type {
  Arguments,
  Completer,
  Completing,
  Described,
  Handler,
  PromptDefinition,
  Prompted,
  PromptHandler,
  Readable,
  ResourceDefinition,
  ResourceHandler,
  ResourceTemplateDefinition,
  Returned,
  TemplateHandler,
  ToolAnnotations,
  ToolDefinition,
  Variables,
} from "./definitions.js";
export { DovetailError, type Retry, type RpcError, Suspended } from "./errors.js";
export type { MountOptions } from "./exchange.js";
export { Code, type CodeName, DefaultLimits, type LimitName } from "./generated/codes.js";
export type { NodeHandler } from "./handler.js";
export type {
  ElicitHandler,
  ElicitUrlHandler,
  Inputs,
  Question,
  QuestionContext,
  SampleHandler,
  UrlQuestion,
} from "./inputs.js";
export { type Layer, type LayerOptions, Message, type Next } from "./layers.js";
export { type Change, type Granted, Listening, type Watching } from "./listening.js";
export type {
  Completion,
  LogMessage,
  Progress,
  Prompt,
  PromptResult,
  Reference,
  Resource,
  ResourceTemplate,
  ServerInfo,
  Tool,
} from "./offers.js";
export {
  type Answers,
  Ask,
  type Elicitation,
  type QuestionKind,
  type Root,
  type SampleMessage,
  type SampleRequest,
  type SampleResult,
  type SampleTool,
  type UrlAnswer,
} from "./questions.js";
export { CallResult, ReadResult } from "./result.js";
export type { JsonSchema, Parsed, Schema, StandardIssue, StandardResult, StandardSchema } from "./schema.js";
export { Server } from "./server.js";
export type {
  Cacheable,
  CacheHint,
  HttpOptions,
  Limits,
  Offers,
  ServerOptions,
  Serving,
  Transport,
} from "./serving.js";
export { Command, type CommandOptions } from "./target.js";
