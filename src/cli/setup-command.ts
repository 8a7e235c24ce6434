import { Command } from "commander";

interface SetupFlags {
  readonly libtensorflow?: string;
  readonly force?: boolean;
}

/** `poisonspot setup`: finishes the native engine. Exits with 1 when that cannot be done; wasm is used then. */
export function setupCommand(): Command {
  return new Command("setup")
    .description("set up the native engine (about ten times faster than wasm)")
    .option(
      "--libtensorflow <path>",
      "use this library: a folder, a libtensorflow .tar.gz or a TensorFlow wheel",
    )
    .option("--force", "set up anew, even if it is done already")
    .action(async (flags: SetupFlags) => {
      const [{ setupEngine }, { createConsoleReporter }, { interruptible }] = await Promise.all([
        import("../engine/setup/setup.js"),
        import("./console-reporter.js"),
        import("./interrupts.js"),
      ]);
      const reporter = createConsoleReporter();
      await interruptible(reporter, (signal) => setupEngine({ ...flags, reporter, signal }));
    });
}
