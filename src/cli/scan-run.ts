import { describeOutline, describeTime } from "../scan/announce-data.js";
import { exitCodeOf } from "../scan/exit-code.js";
import type { RawScanFlags } from "../scan/flags.js";
import { parseScanOptions } from "../scan/options.js";
import { createConsoleReporter } from "./console-reporter.js";
import { interruptible } from "./interrupts.js";

/**
 * Checks the flags, starts the engine and scans. The exit code says what was found.
 * @param isPlan says what would be done instead
 */
export async function runScan(data: string, raw: RawScanFlags, isPlan: boolean): Promise<void> {
  const options = parseScanOptions(data, raw);
  if (isPlan) {
    const { printScanPlan } = await import("./scan-plan.js");
    return printScanPlan(options);
  }
  const reporter = createConsoleReporter();
  await interruptible(reporter, async (signal) => {
    const run = { reporter, signal };
    const { prepareScan, scan } = await import("../scan/scan.js");
    const prepared = await prepareScan(options, run);
    for (const line of describeOutline(prepared.outline, options)) reporter.info(line);
    const { startEngine } = await import("../engine/start.js");
    const engine = await startEngine({ ...options, gpuId: options.gpu_id });
    reporter.info(`engine: ${engine.description}`);
    reporter.info(describeTime(prepared.outline, engine));
    const { finding } = await scan(prepared, run);
    process.exitCode = exitCodeOf(finding, options);
  });
}
