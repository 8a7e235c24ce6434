import { join } from "node:path";
import { whileLocked } from "../files/lock.js";
import { checkOutputFolder } from "../files/output-folder.js";
import { shownPath } from "../files/shown-path.js";
import { reportFiles } from "../report/write-report.js";
import type { Run } from "../run.js";
import { refuseForeign } from "../store/written-by-us.js";
import { type Decisions, readDecisions } from "./decisions.js";
import { examine, readScan } from "./examine.js";
import { type ListedData, listScanData } from "./list-scan-data.js";
import type { ScanOptions } from "./options.js";
import { outputFiles, writeOutputs } from "./outputs/write-outputs.js";
import { checkOutputsApart } from "./outputs-apart.js";
import { outlineOf, type ScanOutline } from "./plan.js";
import { describeReference, writeReference } from "./reference.js";
import { reportPlaces, writeScanReport } from "./report/write-scan-report.js";
import type { ScanData } from "./scan-data.js";
import { networkFile, scanNetwork } from "./scan-network.js";
import { describeVerdict, type Verdict } from "./verdict.js";
import { readEarlierReport, whatChanged } from "./what-changed.js";

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
  await checkOutputsApart(options);
  await checkOutputFolder(options.out, "--out");
  const { report_dir: reportDir } = options;
  if (reportDir !== undefined) await checkOutputFolder(reportDir, "--report_dir");
  const outputs = [
    ...[...outputFiles, networkFile].map((name) => join(options.out, name)),
    ...reportFiles(reportPlaces(options)),
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
  return whileLocked(join(options.out, "scan"), async () => {
    const read = await readScan({ options, listed, decisions }, run);
    await writeReference(options, read.data, run);
    const model = await scanNetwork(join(options.out, networkFile), read.data, options, run);
    const examined = await examine(read, model, options, run).finally(() => model.dispose());
    const { data, verdict, decisions: applied } = examined;
    const earlier = applied && (await readEarlierReport(join(options.out, "report.json")));
    await writeOutputs(options, examined, run);
    const page = await writeScanReport(options, examined);
    for (const line of describeVerdict(verdict)) run.reporter.result(line);
    if (earlier) for (const line of whatChanged(earlier, verdict)) run.reporter.result(line);
    for (const line of describeReference(options, data)) run.reporter.result(line);
    run.reporter.result(`results: ${join(options.out, "results.csv")}`);
    run.reporter.result(`report: ${page}`);
    for (const line of nextStep(options, data, verdict)) run.reporter.result(line);
    return verdict;
  });
}

/** What may be done with flagged images, where each is a file of its own. */
function nextStep(
  { data: folder, out }: Pick<ScanOptions, "data" | "out">,
  { fileOf }: Pick<ScanData, "fileOf">,
  { classes }: Verdict,
): string[] {
  if (classes.every(({ numFlagged }) => numFlagged === 0) || fileOf(0) === undefined) return [];
  const command = `poisonspot quarantine ${shownPath(folder)} --scan ${shownPath(out)}`;
  return [`next: look at what is flagged in the report; \`${command}\` moves it out of the data`];
}
