import { join } from "node:path";
import type { Engine } from "../engine/engine.js";
import { UserError } from "../errors.js";
import { artefactPaths } from "../experiment/artefact-names.js";
import { prepareExperiment } from "../experiment/prepare.js";
import { comparisonFolder, writeExperimentReport } from "../experiment/report/write-experiment-report.js";
import type { RunConfig } from "../experiment/run-config.js";
import { exists } from "../files/exists.js";
import { whileLocked } from "../files/lock.js";
import { checkOutputFolder } from "../files/output-folder.js";
import { shownPath } from "../files/shown-path.js";
import { createRng } from "../random/rng.js";
import { reportFiles } from "../report/write-report.js";
import type { Run } from "../run.js";
import { examine, readScan } from "../scan/examine.js";
import { type ListedData, listScanData } from "../scan/list-scan-data.js";
import {
  reportPlaces,
  comparisonFolder as scanComparisonFolder,
  writeScanReport,
} from "../scan/report/write-scan-report.js";
import { networkFile, scanNetwork } from "../scan/scan-network.js";
import { refuseForeign } from "../store/written-by-us.js";
import { checkTrusted, compareDetectors } from "./compare.js";
import { type FinishedScan, readFinishedScan } from "./finished-scan.js";
import { checkIsTrained, experimentSubject } from "./from-experiment.js";
import { scanSubject } from "./from-scan.js";
import type { CompareOptions } from "./options.js";
import { writeComparison } from "./outputs.js";
import type { ComparisonSubject } from "./subject.js";
import { comparisonTable } from "./table.js";

/** Finds out before any work whether detectors can be compared over an experiment. @throws UserError */
export async function checkExperimentComparison(config: RunConfig): Promise<void> {
  const paths = artefactPaths(config);
  await checkIsTrained(config);
  await checkOutputFolder(comparisonFolder(paths), "--figure_path");
  if (config.reportDir !== undefined) await checkOutputFolder(config.reportDir, "--report_dir");
  await refuseForeign(reportFiles(paths.report), "give another folder with --figure_path or --report_dir");
}

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
  const folder = comparisonFolder(artefactPaths(config));
  await whileLocked(folder, async () => {
    const experiment = await prepareExperiment(config, engine, run, (_, work) => work());
    const subject = await experimentSubject(experiment);
    await compareOver(subject, folder, config.globalSeed, options, run).finally(subject.dispose);
    await writeExperimentReport(experiment);
  });
}

/** A finished scan over which detectors can be compared. */
interface PreparedScan extends FinishedScan {
  readonly listed: ListedData;
}

/**
 * Finds out before any work whether detectors can be compared over what a scan has left.
 * @param out its folder
 * @throws UserError
 */
export async function prepareScanComparison(out: string, run: Run): Promise<PreparedScan> {
  const finished = await readFinishedScan(out);
  const { options, trusted } = finished;
  checkTrusted(trusted, "scan");
  await checkOutputFolder(join(out, scanComparisonFolder), "--scan");
  await refuseForeign(reportFiles(reportPlaces(options)), "scan again into another folder");
  if (!(await exists(options.data)))
    throw new UserError(
      `There is no ${shownPath(options.data)}, which was scanned.`,
      "Bring it back; if it was named by a relative path, compare where you scanned.",
    );
  return { ...finished, listed: await listScanData(options, run) };
}

/** Compares detectors over a finished scan, and leaves what it finds in `compare` in its folder and in its report. */
export async function compareScan(
  { options, listed, decisions, images }: PreparedScan,
  told: Omit<CompareOptions, "scan">,
  run: Run,
): Promise<void> {
  const { out, global_seed: seed } = options;
  await whileLocked(join(out, "scan"), async () => {
    const read = await readScan({ options, listed, decisions }, run);
    if (read.data.images !== images)
      throw new UserError(
        `${options.data} is not what was scanned: its images are others now.`,
        "Bring back what was moved to the quarantine, or scan again.",
      );
    const model = await scanNetwork(join(out, networkFile), read.data, options, run);
    try {
      const examined = await examine(read, model, options, run);
      const subject = await scanSubject(options, examined, model, run);
      await compareOver(subject, join(out, scanComparisonFolder), seed, told, run);
      run.reporter.result(`report: ${await writeScanReport(options, examined)}`);
    } finally {
      model.dispose();
    }
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
  for (const { name, suspects, trusted } of subject.classes)
    run.reporter.info(`class ${name}: ${suspects.length} suspects, ${trusted.length} trusted images`);
  const rng = createRng(seed).fork("compare");
  const comparison = await compareDetectors(told, { ...options, folder, rng }, run);
  await writeComparison(folder, comparison, { splits, fdr, level });
  for (const line of comparisonTable(comparison)) run.reporter.result(line);
  run.reporter.result(`comparison: ${join(folder, "compare.json")}`);
}

/** The same, with another share of poison told to who wants to be told. */
const withShare = (subject: ComparisonSubject, assumedShare: number): ComparisonSubject => ({
  ...subject,
  assumedShare,
  classes: subject.classes.map((one) => ({ ...one, examined: { ...one.examined, assumedShare } })),
});
