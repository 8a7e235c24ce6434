#!/usr/bin/env node
import { UserError } from "../errors.js";
import { neededNode } from "../version.js";
import { outOfFiles } from "./out-of-files.js";

async function main(): Promise<number> {
  let command: string | undefined;
  try {
    checkNode();
    // Throws where the working folder is gone.
    process.cwd();
    const [{ buildProgram }, { endWithOutput }] = await Promise.all([
      import("./program.js"),
      import("./output.js"),
    ]);
    endWithOutput();
    const program = buildProgram();
    command = program.commands.find((one) => one.name() === process.argv[2])?.name();
    await program.parseAsync();
    // A command may say more by its exit code than that all went well.
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // Where no more files may be opened, what words all other errors may not load either.
    const { exitCode, text } =
      outOfFiles(error) ?? (await import("./failure.js")).describeFailure(error, command);
    if (text !== "") console.error(text);
    return exitCode;
  }
}

/** An old Node.js fails later, in ways that say nothing. */
function checkNode(): void {
  const needed = neededNode(process.version);
  if (needed === undefined) return;
  throw new UserError(
    `This is Node.js ${process.version}; poisonspot needs ${needed}.`,
    "Install a newer one (https://nodejs.org).",
  );
}

const exitCode = await main();
// What is left of the engine must not keep the process alive. That a line could not be written is heard of before.
process.stdout.write("", () => setImmediate(() => process.exit(exitCode)));
