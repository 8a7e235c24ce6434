import { join } from "node:path";
import type { Engine } from "../engine/engine.js";
import { artefactPaths } from "../experiment/artefact-names.js";
import { prepareExperiment } from "../experiment/prepare.js";
import { comparisonFolder, writeExperimentReport } from "../experiment/report/write-experiment-report.js";
import type { RunConfig } from "../experiment/run-config.js";
import { whileLocked } from "../files/lock.js";
import { checkOutputFolder } from "../files/output-folder.js";
import { createRng } from "../random/rng.js";
import { reportFiles } from "../report/write-report.js";
import type { Run } from "../run.js";
import {
  renewScanReport,
  reportPlaces,
  comparisonFolder as scanComparisonFolder,
} from "../scan/report/write-scan-report.js";
import { refuseForeign } from "../store/written-by-us.js";
import { compareDetectors } from "./compare.js";
import { readFinishedScan } from "./finished-scan.js";
import { experimentSubject } from "./from-experiment.js";
import { scanSubject } from "./from-scan.js";
import type { CompareOptions } from "./options.js";
import { writeComparison } from "./outputs.js";
import type { ComparisonSubject } from "./subject.js";
import { comparisonTable } from "./table.js";

/**
 * Compares detectors over a finished experiment, and leaves what it finds in `compare` in its results folder and in its report.
 * @throws UserError, RunError, or the reason of `run.signal` when it aborts
 */
export async function compareExperiment(
  config: RunConfig,
  options: Omit<CompareOptions, "scan">,
  engine: Engine,
  run: Run,
): Promise<void> {
  const paths = artefactPaths(config);
  const folder = comparisonFolder(paths);
  await checkOutputFolder(folder, "--figure_path");
  if (config.reportDir !== undefined) await checkOutputFolder(config.reportDir, "--report_dir");
  await refuseForeign(reportFiles(paths.report), "give another folder with --figure_path");
  await whileLocked(folder, async () => {
    const experiment = await prepareExperiment(config, engine, run, (_, work) => work());
    await compareOver(await experimentSubject(experiment), folder, config.globalSeed, options, run);
    await writeExperimentReport(experiment);
  });
}

/** Compares detectors over a finished scan, and leaves what it finds in `compare` in its folder and in its report. */
export async function compareScan(
  out: string,
  options: Omit<CompareOptions, "scan">,
  run: Run,
): Promise<void> {
  const folder = join(out, scanComparisonFolder);
  await checkOutputFolder(folder, "--scan");
  const finished = await readFinishedScan(out);
  await refuseForeign(reportFiles(reportPlaces(finished.options)), "scan again into another folder");
  await whileLocked(join(out, "scan"), async () => {
    const subject = await scanSubject(finished, run);
    await compareOver(subject, folder, subject.seed, options, run);
    await renewScanReport(finished.options, finished.decisions, run);
  });
}

async function compareOver(
  subject: ComparisonSubject,
  folder: string,
  seed: number,
  options: Omit<CompareOptions, "scan">,
  run: Run,
): Promise<void> {
  const { splits, fdr, level, assumed_share } = options;
  const told = assumed_share === undefined ? subject : withShare(subject, assumed_share);
  try {
    for (const { name, suspects, trusted } of subject.classes)
      run.reporter.info(`class ${name}: ${suspects.length} suspects, ${trusted.length} trusted images`);
    const rng = createRng(seed).fork("compare");
    const comparison = await compareDetectors(told, { ...options, folder, rng }, run);
    await writeComparison(folder, comparison, { splits, fdr, level });
    for (const line of comparisonTable(comparison)) run.reporter.result(line);
    run.reporter.result(`comparison: ${join(folder, "compare.json")}`);
  } finally {
    subject.dispose();
  }
}

/** The same, with another share of poison told to who wants to be told. */
const withShare = (subject: ComparisonSubject, assumedShare: number): ComparisonSubject => ({
  ...subject,
  assumedShare,
  classes: subject.classes.map((one) => ({ ...one, examined: { ...one.examined, assumedShare } })),
});
