import { RunError } from "../errors.js";
import type { Reporter } from "../reporter.js";

/** What asks a run to end, with the exit code that the system gives a process it ends so. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGUSR2: 140, SIGPIPE: 141, SIGTERM: 143 } as const;
type StopSignal = keyof typeof exitCodes;

/** The user, or the system, asked the run to end; it did, at the end of a step. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly exitCode: number;
  readonly signalName: StopSignal;
  constructor(signalName: StopSignal) {
    const why = signalName === "SIGPIPE" ? "as nobody reads its output any more" : `by ${signalName}`;
    super(`stopped ${why}; everything finished so far is kept`);
    this.exitCode = exitCodes[signalName];
    this.signalName = signalName;
  }
}

/** The work is not done and nothing is wrong with it: schedulers take this exit code (EX_TEMPFAIL) for "run it again". */
export class TryAgain extends Error {
  override readonly name = "TryAgain";
  readonly exitCode = 75;
}

/** Why a run ends when what it says cannot be written: the pipe is closed, the terminal is gone, the disk is full. */
export function lostOutput(error: NodeJS.ErrnoException): Error {
  if (error.code === "EPIPE") return new Interrupted("SIGPIPE");
  if (error.code === "EIO") return new Interrupted("SIGHUP");
  const message = `The output cannot be written: ${error.message}.`;
  return new RunError(message, "Redirect it to another place.", { cause: error });
}

/**
 * Runs work that Ctrl-C, SIGTERM, the end of its terminal or that of the reader of its output asks to stop at its next step. After
 * the first of them Ctrl-C and SIGTERM end the process at once, even inside of a long native computation; a hangup comes
 * several times where a shell passes it on.
 * @throws Interrupted (RunError where the output cannot be written) when the work ended because it was asked to; else
 * whatever the work throws
 */
export async function interruptible<T>(
  reporter: Reporter,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = (reason: Error) => {
    if (controller.signal.aborted) return;
    process.removeListener("SIGINT", onSignal);
    process.removeListener("SIGTERM", onSignal);
    controller.abort(reason);
    reporter.warn("stopping after the current step; press Ctrl-C again to stop at once");
  };
  const onSignal = (name: (typeof signals)[number]) => stop(new Interrupted(name));
  const onOutputError = (error: NodeJS.ErrnoException) => stop(lostOutput(error));
  const signals = ["SIGHUP", "SIGINT", "SIGUSR2", "SIGTERM"] as const;
  const outputs = [process.stdout, process.stderr];
  for (const name of signals) process.on(name, onSignal);
  for (const output of outputs) output.on("error", onOutputError);
  try {
    return await work(controller.signal);
  } catch (error) {
    // Work that was aborted may fail with an AbortError of its own.
    throw controller.signal.aborted && isAbort(error) ? controller.signal.reason : error;
  } finally {
    // A hangup that comes again while the process ends must not change its exit code.
    if (!controller.signal.aborted) for (const name of signals) process.removeListener(name, onSignal);
    for (const output of outputs) output.removeListener("error", onOutputError);
  }
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === "AbortError";
