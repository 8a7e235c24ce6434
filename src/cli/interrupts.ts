import type { Reporter } from "../reporter.js";

type StopSignal = "SIGINT" | "SIGTERM";

/** The user, or the system, asked the run to end; it did, at the end of a step. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly signalName: StopSignal;
  constructor(signalName: StopSignal) {
    super(`stopped by ${signalName}; everything finished so far is kept`);
    this.signalName = signalName;
  }
}

/**
 * Runs work that Ctrl-C or SIGTERM asks to stop at its next step. The first signal aborts and gives the signals back to
 * the system, so a second one ends the process at once, even inside of a long native computation.
 * @throws Interrupted when the work ended because it was asked to; else whatever the work throws
 */
export async function interruptible<T>(
  reporter: Reporter,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onInterrupt = () => stop("SIGINT");
  const onTerminate = () => stop("SIGTERM");
  const release = () => {
    process.removeListener("SIGINT", onInterrupt);
    process.removeListener("SIGTERM", onTerminate);
  };
  const stop = (signalName: StopSignal) => {
    release();
    reporter.warn("stopping after the current step; press Ctrl-C again to stop at once");
    controller.abort(new Interrupted(signalName));
  };
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);
  try {
    return await work(controller.signal);
  } catch (error) {
    // Work that was aborted may fail with an AbortError of its own.
    throw controller.signal.aborted && isAbort(error) ? controller.signal.reason : error;
  } finally {
    release();
  }
}

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === "AbortError";
