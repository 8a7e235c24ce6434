import type { RawFlags } from "../experiment/flags/flags.js";
import { parseRunConfig, type RunConfig } from "../experiment/run-config.js";
import type { Reporter } from "../reporter.js";
import { interruptible } from "./interrupts.js";

/** Checks the flags; then plans, or starts the engine and runs the stages. Nothing is written before all flags are right. */
export async function runCommand(raw: RawFlags): Promise<void> {
  const config = parseRunConfig(raw);
  if (config.plan) {
    const [{ planRun }, { describePlan }] = await Promise.all([
      import("../experiment/plan.js"),
      import("./plan-text.js"),
    ]);
    for (const line of describePlan(config, await planRun(config))) console.log(line);
    return;
  }
  await executeRun(config);
}

/** Starts the engine and runs the stages, told on the console and in the log file that the flags name. */
export async function executeRun(config: RunConfig): Promise<void> {
  const { createConsoleReporter, loudnessOf } = await import("./console-reporter.js");
  const onConsole: Reporter = createConsoleReporter(undefined, loudnessOf(config));
  if (config.logFile === undefined) return runStagesOf(config, onConsole);
  const { openLogFile } = await import("./log-file.js");
  const log = await openLogFile(config.logFile, onConsole);
  try {
    await runStagesOf(config, log.reporter);
  } catch (error) {
    log.failure(error);
    throw error;
  }
}

const runStagesOf = (config: RunConfig, reporter: Reporter): Promise<void> =>
  interruptible(reporter, async (signal) => {
    const { startEngine } = await import("../engine/start.js");
    const engine = await startEngine(config);
    reporter.info(`engine: ${engine.description}`);
    const { runStages } = await import("../experiment/pipeline.js");
    await runStages(config, engine, { reporter, signal });
  });
