import { join } from "node:path";
import type { Activations } from "../capture/activations.js";
import type { Model } from "../nn/model.js";
import type { SourceFinding } from "../report/model.js";
import type { Run } from "../run.js";
import { announceData, announceDecisions } from "./announce-data.js";
import { openBattery } from "./battery.js";
import { type AppliedDecisions, applyDecisions, type Decisions, withoutKept } from "./decisions.js";
import type { ListedData } from "./list-scan-data.js";
import { lookAtClasses } from "./look-at-classes.js";
import type { ScanOptions } from "./options.js";
import { rankClasses } from "./rankings.js";
import { readListed, type ScanData, type ScannedClass } from "./scan-data.js";
import { blindScores, scoreNames } from "./score-names.js";
import { sourceFindings } from "./sources.js";
import { type Verdict, verdictOf } from "./verdict.js";

/** A scan's input. */
interface ScanInput {
  readonly options: ScanOptions;
  readonly listed: ListedData;
  readonly decisions: Decisions | undefined;
}

/** A scan's data, with what a reviewer has decided about it. */
export interface ReadData {
  readonly data: ScanData;
  /** Without trusted images that were struck. */
  readonly classes: readonly ScannedClass[];
  readonly decided: AppliedDecisions | undefined;
}

/** Reads the data and says what it is. The caller holds the lock of `--out`. */
export async function readScan({ options, listed, decisions }: ScanInput, run: Run): Promise<ReadData> {
  const data = await readListed(listed, { ...options, cacheDir: join(options.out, "decoded") }, run);
  announceData(data, run.reporter);
  const decided = decisions && (await applyDecisions(decisions, options.decisions ?? "", data));
  if (decided) announceDecisions(decided.decisions, run.reporter);
  return { data, classes: decided?.classes ?? data.classes, decided };
}

/** What a scan has found. */
export interface Examined extends Pick<ReadData, "data" | "classes"> {
  readonly verdict: Verdict;
  /** Who the images come from, most suspicious first; none where the data does not say. */
  readonly sources: readonly SourceFinding[];
  /** Of all images, in the order of the data's rows. */
  readonly activations: Pick<Activations, "cols" | "data">;
  /** What a reviewer has decided, where it was given. */
  readonly decisions: Decisions | undefined;
}

/** Looks at every class with what a network makes of all images. @param model borrowed */
export async function examine(
  { data, classes, decided }: ReadData,
  model: Model,
  options: ScanOptions,
  run: Run,
): Promise<Examined> {
  const isCalibrated = data.numSuspects < data.subject.images.labels.length;
  const scores = isCalibrated ? scoreNames : blindScores;
  const battery = await openBattery(model, data.subject, run, scores);
  const looking = isCalibrated
    ? lookAtClasses(battery.judges, classes, options, run)
    : rankClasses(battery.judges, classes, run);
  const judged = await looking.finally(battery.close);
  const found = verdictOf(judged, options.level, options.at_least);
  const verdict = withoutKept(found, decided?.kept ?? new Set());
  return {
    data,
    classes,
    verdict,
    sources: sourceFindings(data, verdict.classes, options.level),
    activations: battery.activations,
    decisions: decided?.decisions,
  };
}
