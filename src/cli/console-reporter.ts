import type { RunConfig } from "../experiment/run-config.js";
import { type Reporter, silentReporter } from "../reporter.js";
import { barProgress } from "./bar-progress.js";
import { plainProgress } from "./plain-progress.js";

/** Where the reporter writes; a test gives its own. */
export interface Console {
  /** What the run has to say. */
  readonly out: NodeJS.WriteStream;
  /** Progress and warnings, so that a redirected `out` stays readable. */
  readonly err: NodeJS.WriteStream;
}

/** "quiet": warnings and results alone; "verbose": details as well. */
type Loudness = "quiet" | "normal" | "verbose";

/** As the flags of a run say. */
export const loudnessOf = ({ quiet, verbose }: Pick<RunConfig, "quiet" | "verbose">): Loudness =>
  quiet ? "quiet" : verbose ? "verbose" : "normal";

/** Bars with an ETA on a terminal, a line now and then elsewhere. */
export function createConsoleReporter(
  { out, err }: Console = { out: process.stdout, err: process.stderr },
  loudness: Loudness = "normal",
): Reporter {
  const display = err.isTTY ? barProgress(err) : plainProgress(err);
  const print = (line: string) => display.print(out, line);
  const loud: Reporter = {
    info: print,
    result: print,
    detail: print,
    section() {},
    warn: (line) => display.print(err, `warning: ${line}`),
    progress: (label, total) => display.start(label, total),
  };
  if (loudness === "verbose") return loud;
  if (loudness === "normal") return { ...loud, detail() {} };
  return { ...silentReporter, result: loud.result, warn: loud.warn };
}
