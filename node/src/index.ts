/**
 * Model Context Protocol servers and clients over one native core.
 *
 * @packageDocumentation
 */
export {
  Client,
  type CallOptions,
  type ConnectOptions,
  type ElicitHandler,
  type Progress,
  type Question,
  type ServerInfo,
  type Target,
  type Tool,
} from "./client.js";
export { type AskOptions, type CallInfo, Context, type Elicitation } from "./context.js";
export { DovetailError, type Retry, type RpcError, Suspended } from "./errors.js";
export { Code, type CodeName } from "./generated/codes.js";
export { CallResult, type Content } from "./result.js";
export type { JsonSchema, Parsed, Schema, StandardIssue, StandardResult, StandardSchema } from "./schema.js";
export {
  type Arguments,
  type Handler,
  type HttpOptions,
  type Returned,
  Server,
  type ServerOptions,
  type Serving,
  type ToolAnnotations,
  type ToolDefinition,
  type Transport,
} from "./server.js";
export { Command, type CommandOptions } from "./target.js";
