/**
 * The same package for `import`. There is one implementation and one native runtime behind both doors, so a
 * server made by `require` can be handed to a client made by `import`.
 *
 * @packageDocumentation
 */
export {
  Ask,
  CallResult,
  Client,
  Code,
  Command,
  Content,
  Context,
  DefaultLimits,
  DovetailError,
  Listening,
  Message,
  ReadResult,
  Server,
  Suspended,
  ToolResult,
} from "./index.js";
export type * from "./index.js";
