import { appendFileSync, closeSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf, UserError } from "../errors.js";
import { makeFolder } from "../files/make-folder.js";
import { openRegularFileSync } from "../files/regular-file.js";
import type { Reporter } from "../reporter.js";
import { describeFailure } from "./failure.js";
import { finishedLine } from "./progress-display.js";

/** What a run says, for machines. */
export interface LogFile {
  /** Writes down all that it hears, and passes it on. */
  readonly reporter: Reporter;
  /** Writes down how a run failed. */
  failure(error: unknown): void;
}

type Level = "detail" | "info" | "result" | "progress" | "warn" | "error";

/**
 * Adds to a file, made with its folder, one JSON object a line: `time` (ISO 8601), `level`, `stage` once there is one,
 * `message`; a piece of work that ends has `done`, `total` and `seconds` too. A log that cannot be written any more is
 * warned of once, and stops nothing.
 * @param listener hears what the log hears
 * @throws UserError when the path cannot be a log
 */
export async function openLogFile(path: string, listener: Reporter): Promise<LogFile> {
  let stage: string | undefined;
  let [hasWarned, isTorn] = [false, false];
  const append = (text: string) => {
    try {
      // A line that a full disk has cut must not swallow the next one.
      appendFileSync(path, isTorn ? `\n${text}` : text);
      isTorn = false;
    } catch (error) {
      isTorn = true;
      if (hasWarned) return;
      hasWarned = true;
      listener.warn(`--log_file ${path} cannot be written: ${messageOf(error)}; the run goes on`);
    }
  };
  const log = (level: Level, message: string, figures: Readonly<Record<string, number>> = {}) =>
    append(`${JSON.stringify({ time: new Date().toISOString(), level, stage, message, ...figures })}\n`);
  await makeFile(path);
  return {
    reporter: {
      ...logged(log, listener),
      section(name) {
        stage = name;
        listener.section(name);
      },
    },
    failure: (error) => log("error", describeFailure(error).text),
  };
}

function logged(
  log: (level: Level, message: string, figures?: Readonly<Record<string, number>>) => void,
  listener: Reporter,
): Omit<Reporter, "section"> {
  const line = (level: "detail" | "info" | "result" | "warn") => (message: string) => {
    log(level, message);
    listener[level](message);
  };
  return {
    detail: line("detail"),
    info: line("info"),
    result: line("result"),
    warn: line("warn"),
    progress(label, total) {
      const heard = listener.progress(label, total);
      const begin = performance.now();
      let done = 0;
      return {
        update(finished, note) {
          done = finished;
          heard.update(finished, note);
        },
        stop() {
          const seconds = Math.round(performance.now() - begin) / 1000;
          log("progress", finishedLine(label, done, total, seconds), { done, total, seconds });
          heard.stop();
        },
      };
    },
  };
}

/** The order of `log`'s entries. */
const ourFirstLine = /^\{"time":"[^"]{20,30}","level":"/;

function beginningOf(path: string): string {
  const file = openRegularFileSync(path);
  try {
    const bytes = Buffer.alloc(64);
    return bytes.toString("latin1", 0, readSync(file, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(file);
  }
}

/** A full disk may have room again later: only what is wrong with the path itself is refused. */
async function makeFile(path: string): Promise<void> {
  try {
    await makeFolder(dirname(path));
    const there = statSync(path, { throwIfNoEntry: false });
    // A named pipe would keep the run waiting for a reader.
    if (there?.isFIFO()) throw new Error("it is a named pipe");
    if (there?.isFile() && there.size > 0 && !ourFirstLine.test(beginningOf(path)))
      throw new Error("it holds something else than the log of earlier runs");
    appendFileSync(path, "");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT") return;
    throw new UserError(
      `--log_file: got "${path}"; accepted: a file that can be written (${messageOf(cause)}).`,
      "Give another path.",
      { cause },
    );
  }
}
