import type { RawCompareFlags } from "../compare/flags.js";
import { parseCompareOptions } from "../compare/options.js";
import { UserError } from "../errors.js";
import { flagNames, type RawFlags } from "../experiment/flags/flags.js";
import { parseRunConfig } from "../experiment/run-config.js";
import { createConsoleReporter, loudnessOf } from "./console-reporter.js";
import { interruptible } from "./interrupts.js";

/** Checks the flags, starts the engine and compares. */
export async function runCompare(raw: RawFlags & RawCompareFlags): Promise<void> {
  const options = parseCompareOptions(raw);
  if (raw.plan !== undefined)
    throw new UserError(
      "compare has no --plan.",
      "Leave it out; name few --detectors to try a comparison in less time.",
    );
  const { scan, ...told } = options;
  // What is compared must have been made with these flags: nothing is crafted or trained.
  const config = parseRunConfig({
    ...(scan === undefined ? raw : ofAnyRun(raw)),
    poisoned_training: true,
    get_result: true,
  });
  const reporter = createConsoleReporter(undefined, loudnessOf(config));
  await interruptible(reporter, async (signal) => {
    const run = { reporter, signal };
    const { checkExperimentComparison, compareExperiment, compareScan, prepareScanComparison } = await import(
      "../compare/run-comparison.js"
    );
    const prepared = scan === undefined ? undefined : await prepareScanComparison(scan, run);
    if (prepared === undefined) await checkExperimentComparison(config);
    const { startEngine } = await import("../engine/start.js");
    const engine = await startEngine(config);
    reporter.info(`engine: ${engine.description}`);
    if (prepared === undefined) await compareExperiment(config, told, engine, run);
    else await compareScan(prepared, told, run);
  });
}

/** The flags of a run that mean something over a scan, too. @throws UserError where others are given */
function ofAnyRun(raw: RawFlags): RawFlags {
  const { engine, gpu_id, quiet, verbose } = raw;
  const foreign = flagNames.filter((name) => raw[name] !== undefined && !anyRun.has(name));
  if (foreign.length > 0)
    throw new UserError(
      `--scan and ${foreign.map((name) => `--${name}`).join(", ")} do not go together.`,
      "A scan's folder says what was scanned and how; leave out the flags of a run.",
    );
  return { engine, gpu_id, quiet, verbose };
}
const anyRun: ReadonlySet<string> = new Set(["engine", "gpu_id", "quiet", "verbose"]);
