import { join } from "node:path";
import { whileLocked } from "../files/lock.js";
import { checkOutputFolder } from "../files/output-folder.js";
import { reportFolderFiles, writeReport, writeReportFolder } from "../report/write-report.js";
import type { Run } from "../run.js";
import { refuseForeign } from "../store/written-by-us.js";
import { announceData, announceDecisions } from "./announce-data.js";
import { openBattery } from "./battery.js";
import { applyDecisions, type Decisions, readDecisions, withoutKept } from "./decisions.js";
import { lookAtClasses } from "./look-at-classes.js";
import type { ScanOptions } from "./options.js";
import { outputFiles, writeOutputs } from "./outputs/write-outputs.js";
import { outlineOf, type ScanOutline } from "./plan.js";
import { scanReport } from "./report/scan-report.js";
import { type ListedData, listScanData, readListed } from "./scan-data.js";
import { networkFile, scanNetwork } from "./scan-network.js";
import { describeVerdict, type Verdict, verdictOf } from "./verdict.js";
import { readEarlierReport, whatChanged } from "./what-changed.js";

/** In `--out`, beside what `writeOutputs` leaves there. */
const reportFile = "report.html";

/** A scan whose input is checked, as far as it can be before every image is opened. */
export interface PreparedScan {
  readonly options: ScanOptions;
  readonly listed: ListedData;
  readonly outline: ScanOutline;
  readonly decisions: Decisions | undefined;
}

/**
 * Checks all of a scan's input that can be checked without an engine, in seconds, and writes nothing.
 * @throws UserError naming what to mend
 */
export async function prepareScan(options: ScanOptions, run: Run): Promise<PreparedScan> {
  await checkOutputFolder(options.out, "--out");
  const { report_dir: reportDir } = options;
  if (reportDir !== undefined) await checkOutputFolder(reportDir, "--report_dir");
  const outputs = [
    ...[...outputFiles, networkFile, reportFile].map((name) => join(options.out, name)),
    ...(reportDir === undefined ? [] : reportFolderFiles.map((name) => join(reportDir, name))),
  ];
  await refuseForeign(outputs, "give another folder with --out");
  const decisions = options.decisions === undefined ? undefined : await readDecisions(options.decisions);
  const listed = await listScanData(options, run);
  return { options, listed, outline: outlineOf(options, listed), decisions };
}

/**
 * Looks in a folder of images for poison that somebody else has planted: trains a network on them and on trusted images,
 * compares what it makes of both class by class, and writes a verdict, with flagged images, to `--out`.
 * @throws UserError, RunError, or the reason of `run.signal` when it aborts
 */
export async function scan({ options, listed, decisions }: PreparedScan, run: Run): Promise<Verdict> {
  const { report_dir: reportDir } = options;
  return whileLocked(join(options.out, "scan"), async () => {
    const cacheDir = join(options.out, "decoded");
    const data = await readListed(listed, { ...options, cacheDir }, run);
    announceData(data, run.reporter);
    const decided = decisions && (await applyDecisions(decisions, options.decisions ?? "", data));
    if (decided) announceDecisions(decided.decisions, run.reporter);
    const model = await scanNetwork(join(options.out, networkFile), data, options, run);
    const battery = await openBattery(model, data.subject, run).finally(() => model.dispose());
    const looked = decided?.classes ?? data.classes;
    const classes = await lookAtClasses(battery.judges, looked, options, run).finally(battery.close);
    const found = verdictOf(classes, options.level, options.at_least);
    const verdict = withoutKept(found, decided?.kept ?? new Set());
    const earlier = decided && (await readEarlierReport(join(options.out, "report.json")));
    await writeOutputs(options, data, verdict, decided?.decisions, run);
    const page = join(options.out, reportFile);
    const report = await scanReport(options, data, verdict, battery.activations, new Date());
    await writeReport(report, page);
    if (reportDir !== undefined) await writeReportFolder(report, reportDir);
    for (const line of describeVerdict(verdict)) run.reporter.result(line);
    if (earlier) for (const line of whatChanged(earlier, verdict)) run.reporter.result(line);
    run.reporter.result(`results: ${join(options.out, "results.csv")}`);
    run.reporter.result(`report: ${page}`);
    return verdict;
  });
}
