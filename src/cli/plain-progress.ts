import { formatDuration } from "../format.js";
import { finishedLine, type ProgressDisplay } from "./progress-display.js";

/** Work that takes no longer than this is not worth a line. */
const QUIET_SECONDS = 2;
/** A line at most this often … */
const SECONDS_BETWEEN = 10;
/** … and only when this share of the work was done since, or that many seconds went by. */
const SHARE_BETWEEN = 0.1;
const SECONDS_WITHOUT_ONE = 60;

/** "label: 340/1000 (34 %), 2 min 10 s left, loss 0.41": for logs, where a bar would be thousands of lines. */
export function plainProgress(
  err: NodeJS.WriteStream,
  now: () => number = () => performance.now(),
): ProgressDisplay {
  return {
    print: (stream, line) => stream.write(`${line}\n`),
    start(label, total) {
      const begin = now();
      let done = 0;
      let note = "";
      let printed = { at: begin, done: 0 };
      const elapsed = (since: number) => (now() - since) / 1000;
      return {
        update(finished, newNote) {
          done = finished;
          note = newNote ?? note;
          const waited = elapsed(printed.at);
          const share = (done - printed.done) / total;
          const isDue =
            waited >= SECONDS_BETWEEN && (share >= SHARE_BETWEEN || waited >= SECONDS_WITHOUT_ONE);
          if (!isDue || done >= total) return;
          printed = { at: now(), done };
          const percent = Math.round((100 * done) / total);
          const left = formatDuration((elapsed(begin) / done) * (total - done));
          const suffix = note === "" ? "" : `, ${note}`;
          err.write(`${label}: ${done}/${total} (${percent} %), ${left} left${suffix}\n`);
        },
        stop() {
          const seconds = elapsed(begin);
          if (seconds >= QUIET_SECONDS) err.write(`${finishedLine(label, done, total, seconds)}\n`);
        },
      };
    },
  };
}
