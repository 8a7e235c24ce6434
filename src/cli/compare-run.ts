import type { RawCompareFlags } from "../compare/flags.js";
import { parseCompareOptions } from "../compare/options.js";
import type { RawFlags } from "../experiment/flags/flags.js";
import { parseRunConfig } from "../experiment/run-config.js";
import { createConsoleReporter } from "./console-reporter.js";
import { interruptible } from "./interrupts.js";

/** Checks the flags, starts the engine and compares. */
export async function runCompare(raw: RawFlags & RawCompareFlags): Promise<void> {
  const options = parseCompareOptions(raw);
  // What is compared must have been made with these flags: nothing is crafted or trained.
  const config = parseRunConfig({ ...raw, poisoned_training: true, get_result: true });
  const reporter = createConsoleReporter(
    undefined,
    config.quiet ? "quiet" : config.verbose ? "verbose" : "normal",
  );
  await interruptible(reporter, async (signal) => {
    const { startEngine } = await import("../engine/start.js");
    const engine = await startEngine({ engine: config.engine, gpuId: config.gpuId });
    reporter.info(`engine: ${engine.description}`);
    const { compareExperiment } = await import("../compare/run-comparison.js");
    await compareExperiment(config, options, engine, { reporter, signal });
  });
}
