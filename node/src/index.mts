/**
 * The same package for `import`. There is one implementation and one native runtime behind both doors, so a
 * server made by `require` can be handed to a client made by `import`.
 *
 * @packageDocumentation
 */
export { CallResult, Client, Code, Command, Context, DovetailError, Server, Suspended } from "./index.js";
export type * from "./index.js";
