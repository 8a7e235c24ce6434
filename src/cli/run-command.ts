import type { RawFlags } from "../config/flags.js";
import { parseRunConfig } from "../config/run-config.js";
import type { Reporter } from "../reporter.js";
import { interruptible } from "./interrupts.js";

/** Checks the flags; then plans, or starts the engine and runs the stages. Nothing is written before all flags are right. */
export async function runCommand(raw: RawFlags): Promise<void> {
  const config = parseRunConfig(raw);
  if (config.plan) {
    const [{ planRun }, { describePlan }] = await Promise.all([
      import("./plan.js"),
      import("./plan-text.js"),
    ]);
    for (const line of describePlan(config, await planRun(config))) console.log(line);
    return;
  }
  const { createConsoleReporter } = await import("./console-reporter.js");
  const reporter: Reporter = createConsoleReporter();
  await interruptible(reporter, async (signal) => {
    const { startEngine } = await import("../engine/start.js");
    const engine = await startEngine({ engine: config.engine, gpuId: config.gpuId });
    reporter.info(`engine: ${engine.description}`);
    const { runStages } = await import("../stages/pipeline.js");
    await runStages(config, { reporter, signal, engine });
  });
}
