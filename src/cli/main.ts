#!/usr/bin/env node
import { describeFailure } from "./failure.js";
import { buildProgram } from "./program.js";

async function main(): Promise<number> {
  try {
    await buildProgram().parseAsync();
    return 0;
  } catch (error) {
    const { exitCode, text } = describeFailure(error);
    if (text !== "") console.error(text);
    return exitCode;
  }
}

// The reader of a pipe may stop early (`poisonspot --help | head`).
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  console.error(
    `error: The output cannot be written: ${error.message}.\nhint: Redirect it to another place.`,
  );
  process.exit(1);
});
const exitCode = await main();
// What is left of the engine must not keep the process alive.
process.stdout.write("", () => process.exit(exitCode));
