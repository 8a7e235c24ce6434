import { join } from "node:path";
import type { Activations } from "../capture/activations.js";
import type { Run } from "../run.js";
import { announceData, announceDecisions } from "./announce-data.js";
import { openBattery } from "./battery.js";
import { applyDecisions, type Decisions, withoutKept } from "./decisions.js";
import { lookAtClasses } from "./look-at-classes.js";
import type { ScanOptions } from "./options.js";
import { rankClasses } from "./rankings.js";
import { writeReference } from "./reference.js";
import { type ListedData, readListed, type ScanData } from "./scan-data.js";
import { networkFile, scanNetwork } from "./scan-network.js";
import { blindScores, scoreNames } from "./score-names.js";
import { type Verdict, verdictOf } from "./verdict.js";

/** What a scan has found. */
export interface Examined {
  readonly data: ScanData;
  readonly verdict: Verdict;
  /** Of all images, in the order of the data's rows. */
  readonly activations: Pick<Activations, "cols" | "data">;
  /** What a reviewer has decided, where it was given. */
  readonly decisions: Decisions | undefined;
}

/** A scan's input. */
interface ScanInput {
  readonly options: ScanOptions;
  readonly listed: ListedData;
  readonly decisions: Decisions | undefined;
}

/** Reads the data, trains the network where it is not kept in `--out`, and looks at every class. The caller holds the lock of `--out`. */
export async function examine({ options, listed, decisions }: ScanInput, run: Run): Promise<Examined> {
  const data = await readListed(listed, { ...options, cacheDir: join(options.out, "decoded") }, run);
  announceData(data, run.reporter);
  const decided = decisions && (await applyDecisions(decisions, options.decisions ?? "", data));
  if (decided) announceDecisions(decided.decisions, run.reporter);
  await writeReference(options, data, run);
  const model = await scanNetwork(join(options.out, networkFile), data, options, run);
  const isCalibrated = data.numSuspects < data.subject.images.labels.length;
  const scores = isCalibrated ? scoreNames : blindScores;
  const battery = await openBattery(model, data.subject, run, scores).finally(() => model.dispose());
  const looked = decided?.classes ?? data.classes;
  const looking = isCalibrated
    ? lookAtClasses(battery.judges, looked, options, run)
    : rankClasses(battery.judges, looked, run);
  const classes = await looking.finally(battery.close);
  const found = verdictOf(classes, options.level, options.at_least);
  return {
    data,
    verdict: withoutKept(found, decided?.kept ?? new Set()),
    activations: battery.activations,
    decisions: decided?.decisions,
  };
}
