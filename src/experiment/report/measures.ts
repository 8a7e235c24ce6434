import { join } from "node:path";
import { z } from "zod";
import { readJson } from "../../files/atomic-file.js";
import type { Measure, MeasureTable } from "../../report/model.js";
import { asRecorded } from "../../training/recipe.js";
import { type ArtefactKind, configForComparison } from "../comparison.js";
import type { Experiment } from "../experiment.js";
import { detectionRates, referenceFalsePositives } from "../rates.js";
import { newestOf, type RateName, readResults, type StageResult, shareOfRate } from "../results.js";
import type { Findings } from "./findings.js";

/** How well each cut told poisons from clean suspects. */
export function detectionTable(
  { truth }: Pick<Experiment, "truth">,
  { scores, thresholds, calibrated }: Findings,
): MeasureTable {
  const parts = Object.entries(truth.poisonIds);
  const shownParts = parts.length > 1 ? parts : [];
  const poisons = new Set(truth.allPoisonIds);
  const hasClean = scores.sampleIds.some((id) => !poisons.has(id));
  const cells = (values: Float64Array, cut: number, aboveReference: Measure): Measure[] => {
    const ratesOf = (ids: Int32Array) => detectionRates(values, scores.sampleIds, new Set(ids), cut);
    const { truePositives, falsePositives } = ratesOf(truth.allPoisonIds);
    return [
      truePositives,
      ...shownParts.map(([, ids]) => ratesOf(ids).truePositives),
      hasClean ? falsePositives : aboveReference,
    ];
  };
  return {
    title: "Detection, held against the truth",
    columns: [
      "TPR",
      ...shownParts.map(([part]) => `TPR ${part}`),
      hasClean ? "FPR" : "reference FPR (no suspect is clean)",
    ],
    rows: [
      ...thresholds.map(({ name, value }) => ({
        name: `${name}, above ${value.toFixed(4)}`,
        cells: cells(scores.scores, value, referenceFalsePositives(scores.cleanScores, value)),
      })),
      ...(calibrated
        ? [{ name: "calibrated", cells: cells(Float64Array.from(calibrated.flagged), 0.5, undefined) }]
        : []),
    ],
  };
}

/** A measure, and what it depends on. */
const modelMeasures = {
  poisonedTrainingAccuracy: "model",
  poisonedTrainingAsr: "model",
  retrainAccuracy: "retrained_model",
  retrainAsr: "retrained_model",
  retrainControlAccuracy: "retrained_model",
  retrainControlAsr: "retrained_model",
  cleanTrainingAccuracy: "clean_model",
  cleanTrainingAsr: "clean_model",
} as const satisfies Partial<Record<RateName, ArtefactKind>>;

/** Share of the models' measures that count here. */
export type ModelMeasures = Readonly<Partial<Record<keyof typeof modelMeasures, Measure>>>;

/** What was measured of the models of these settings, by whichever run: the newest rows of `results.csv`. */
export async function readModelMeasures({
  config,
  paths,
}: Pick<Experiment, "config" | "paths">): Promise<ModelMeasures> {
  const rows = await readResults(paths.resultsDir);
  const names = Object.keys(modelMeasures) as (keyof typeof modelMeasures)[];
  const flags = new Map<string, unknown>();
  for (const { config: path } of rows)
    if (!flags.has(path)) flags.set(path, await flagsIn(paths.resultsDir, path));
  const measured = names.map((name): [string, Measure] => {
    const decisive = Object.entries(configForComparison(config, modelMeasures[name]));
    const isSame = (row: { config: string }) => {
      const found = flagsSchema.safeParse(flags.get(row.config));
      if (!found.success) return false;
      const made = asRecorded(found.data);
      return decisive.every(([flag, value]) => JSON.stringify(made[flag]) === JSON.stringify(value));
    };
    const measured = rows.filter((row) => row[name] !== undefined && isSame(row));
    return [name, shareOfRate(newestOf(measured satisfies readonly StageResult[]), name)];
  });
  return Object.fromEntries(measured) as ModelMeasures;
}

const flagsSchema = z.record(z.string(), z.json());

/** Rows name their flags' file as `writeConfig` does; another's name leads nowhere. */
const flagsIn = (folder: string, path: string): Promise<unknown> =>
  /^configs\/[0-9a-f]+\.json$/.test(path)
    ? readJson(join(folder, path)).catch(() => undefined)
    : Promise.resolve(undefined);

/** Accuracy and attack success of each model that was measured. */
export function modelTable(measured: ModelMeasures): MeasureTable[] {
  const rows = [
    {
      name: "before: trained with the poisons",
      cells: [measured.poisonedTrainingAccuracy, measured.poisonedTrainingAsr],
    },
    {
      name: "after: retrained without what was excluded",
      cells: [measured.retrainAccuracy, measured.retrainAsr],
    },
    {
      name: "retrained without as many images drawn at random",
      cells: [measured.retrainControlAccuracy, measured.retrainControlAsr],
    },
    {
      name: "trained without any poison",
      cells: [measured.cleanTrainingAccuracy, measured.cleanTrainingAsr],
    },
  ].filter(({ cells }) => cells.some((cell) => cell !== undefined));
  return rows.length === 0
    ? []
    : [{ title: "Models", columns: ["clean accuracy (ACC)", "attack success (ASR)"], rows }];
}
