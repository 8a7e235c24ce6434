import type { Progress, Reporter } from "../reporter.js";
import { barProgress } from "./bar-progress.js";
import { plainProgress } from "./plain-progress.js";

/** Where the reporter writes; a test gives its own. */
export interface Console {
  /** What the run has to say. */
  readonly out: NodeJS.WriteStream;
  /** Progress and warnings, so that a redirected `out` stays readable. */
  readonly err: NodeJS.WriteStream;
}

/** One kind of progress display, and how a line gets past it. */
export interface ProgressDisplay {
  start(label: string, total: number): Progress;
  /** Writes a whole line to a stream without disturbing what is drawn. */
  print(stream: NodeJS.WriteStream, line: string): void;
}

/** Bars with an ETA on a terminal, a line now and then elsewhere. */
export function createConsoleReporter(
  { out, err }: Console = { out: process.stdout, err: process.stderr },
): Reporter {
  const display = err.isTTY ? barProgress(err) : plainProgress(err);
  return {
    info: (line) => display.print(out, line),
    warn: (line) => display.print(err, `warning: ${line}`),
    progress: (label, total) => display.start(label, total),
  };
}
