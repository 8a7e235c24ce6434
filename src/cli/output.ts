import { describeFailure } from "./failure.js";
import { lostOutput } from "./interrupts.js";

/** Ends the process when its output cannot be written and no work listens that could stop by itself. */
export function endWithOutput(): void {
  for (const output of [process.stdout, process.stderr]) {
    output.on("error", (error: NodeJS.ErrnoException) => {
      if (output.listenerCount("error") > 1) return;
      const { exitCode, text } = describeFailure(lostOutput(error));
      // `poisonspot --help | head` is nothing to speak of.
      if (error.code !== "EPIPE") console.error(text);
      process.exit(exitCode);
    });
  }
}
