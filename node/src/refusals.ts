/**
 * Owns what a caller is told when a function of the user fails whose failures are no results: an error of ours by its
 * name, and of anything else, which goes to the log, not even the text.
 */
import { describe, DovetailError, refusal, Suspended } from "./errors.js";
import { log } from "./log.js";

/** The refusal for what `who` has thrown. */
export function refusalOf(thrown: unknown, who: string): DovetailError {
  if (thrown instanceof DovetailError) {
    return thrown;
  }
  // The end of a run is no failure, and what it is answered with is dropped.
  if (!(thrown instanceof Suspended)) {
    log({ level: "error", message: `${who} failed: ${thrown instanceof Error ? thrown.stack : describe(thrown)}` });
  }
  return refusal("internal", `${who} failed; the log of its program says why`);
}
