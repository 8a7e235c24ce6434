import { Command, Option } from "commander";
import { checkWords } from "./flag-options.js";

interface SetupFlags {
  readonly engine: "tensorflow" | "webgpu";
  readonly libtensorflow?: string;
  readonly force?: boolean;
}

/** `poisonspot setup`: finishes an engine. Exits with 1 when that cannot be done; another is used then. */
export function setupCommand(): Command {
  return new Command("setup")
    .description("set up the native engine (about ten times faster than wasm), or that for GPUs without CUDA")
    .addOption(
      new Option("--engine <name>", "which engine").choices(["tensorflow", "webgpu"]).default("tensorflow"),
    )
    .option(
      "--libtensorflow <path>",
      "use this library: a folder, a libtensorflow .tar.gz or a TensorFlow wheel",
    )
    .option("--force", "set up anew, even if it is done already")
    .action(async ({ engine, ...flags }: SetupFlags, command: Command) => {
      checkWords({}, command);
      const [{ createConsoleReporter }, { interruptible }, setUp] = await Promise.all([
        import("./console-reporter.js"),
        import("./interrupts.js"),
        engine === "webgpu"
          ? import("../engine/setup/setup-webgpu.js").then(({ setupWebgpu }) => setupWebgpu)
          : import("../engine/setup/setup.js").then(({ setupEngine }) => setupEngine),
      ]);
      const reporter = createConsoleReporter();
      await interruptible(reporter, async (signal) => void (await setUp({ ...flags, reporter, signal })));
    });
}
