import { formatDuration } from "../format.js";
import type { Progress } from "../reporter.js";

/** One kind of progress display, and how a line gets past it. */
export interface ProgressDisplay {
  start(label: string, total: number): Progress;
  /** Writes a whole line to a stream without disturbing what is drawn. */
  print(stream: NodeJS.WriteStream, line: string): void;
}

/** What stays behind of a piece of work. */
export const finishedLine = (label: string, done: number, total: number, seconds: number): string =>
  done >= total
    ? `${label}: done in ${formatDuration(seconds)}`
    : `${label}: stopped at ${done}/${total} after ${formatDuration(seconds)}`;
