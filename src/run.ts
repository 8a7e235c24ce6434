import type { Reporter } from "./reporter.js";

/** What work that takes its time has from its caller. */
export interface Run {
  readonly reporter: Reporter;
  /** Its reason is thrown when it aborts. */
  readonly signal: AbortSignal;
}
