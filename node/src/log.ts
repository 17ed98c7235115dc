/**
 * Owns where the core's own log lines go: warnings to Node's warnings, the rest to `NODE_DEBUG=dovetail`.
 * Never writes to stdout, which belongs to the protocol.
 */
import { debuglog } from "node:util";

export interface LogLine {
  readonly level: string;
  readonly message: string;
}

const debug = debuglog("dovetail");

export function log({ level, message }: LogLine): void {
  if (level === "error" || level === "warn" || level === "warning") {
    process.emitWarning(message, { type: "DovetailWarning" });
  } else {
    debug("%s: %s", level, message);
  }
}
