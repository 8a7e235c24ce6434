#!/usr/bin/env node
import { outOfFiles } from "./out-of-files.js";

async function main(): Promise<number> {
  try {
    // Throws where the working folder is gone.
    process.cwd();
    const [{ buildProgram }, { endWithOutput }] = await Promise.all([
      import("./program.js"),
      import("./output.js"),
    ]);
    endWithOutput();
    await buildProgram().parseAsync();
    // A command may say more by its exit code than that all went well.
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Where no more files may be opened, what words all other errors may not load either.
    const { exitCode, text } = outOfFiles(error) ?? (await import("./failure.js")).describeFailure(error);
    if (text !== "") console.error(text);
    return exitCode;
  }
}

const exitCode = await main();
// What is left of the engine must not keep the process alive. That a line could not be written is heard of before.
process.stdout.write("", () => setImmediate(() => process.exit(exitCode)));
