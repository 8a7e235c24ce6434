import { MultiBar } from "cli-progress";
import { formatDuration } from "../format.js";
import { finishedLine, type ProgressDisplay } from "./progress-display.js";

/** Between two drawings; the numeric library may keep the event loop, and with it the bars' own timer, from running. */
const REDRAW_MS = 100;
/** Work that takes no longer than this leaves no line behind. */
const QUIET_SECONDS = 2;

/**
 * Bars on a terminal, one below the other when work is nested. The terminal's own settings (cursor, line wrapping)
 * are never touched, so however the process ends there is nothing to restore.
 */
export function barProgress(err: NodeJS.WriteStream): ProgressDisplay {
  let bars: MultiBar | undefined;
  let open = 0;
  const create = () =>
    new MultiBar({
      stream: err,
      format: "{label} [{bar}] {percentage} % | {value}/{total} | {left} left{note}",
      barsize: 24,
      barCompleteChar: "#",
      barIncompleteChar: "-",
      hideCursor: false,
      linewrap: true,
      clearOnComplete: true,
    });

  const print: ProgressDisplay["print"] = (stream, line) => {
    if (bars === undefined || !stream.isTTY) {
      stream.write(`${line}\n`);
      return;
    }
    bars.log(`${line}\n`);
    bars.update();
  };

  return {
    print,
    start(label, total) {
      bars ??= create();
      const group = bars;
      open++;
      const begin = performance.now();
      let note = "";
      let done = 0;
      let drawn = 0;
      const bar = group.create(total, 0, { label, left: "?", note });
      return {
        update(finished, newNote) {
          done = finished;
          note = newNote === undefined ? note : ` | ${newNote}`;
          const seconds = (performance.now() - begin) / 1000;
          const left = done > 0 ? formatDuration((seconds / done) * (total - done)) : "?";
          bar.update(done, { left, note });
          if (performance.now() - drawn < REDRAW_MS) return;
          drawn = performance.now();
          group.update();
        },
        stop() {
          open--;
          if (open > 0) group.remove(bar);
          else {
            group.stop();
            bars = undefined;
          }
          const seconds = (performance.now() - begin) / 1000;
          if (seconds >= QUIET_SECONDS) print(err, finishedLine(label, done, total, seconds));
        },
      };
    },
  };
}
