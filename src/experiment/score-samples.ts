import { join } from "node:path";
import { featureImportancesFigure } from "../plots/feature-importances.js";
import { renderFigure } from "../plots/render.js";
import { scoreDistributionFigure } from "../plots/score-distribution.js";
import type { FoldMemory } from "../scoring/cross-validation.js";
import { type Scores, scoreSamples as score } from "../scoring/poison-score.js";
import { detectionRates, flaggedIds, referenceFalsePositiveRate } from "../scoring/rates.js";
import { gaussianThreshold } from "../scoring/thresholds/gaussian.js";
import { isSeparated, kmeansThreshold } from "../scoring/thresholds/kmeans.js";
import { type IncrementRows, readSampleLevel } from "../store/provenance-store.js";
import type { Stage, StageContext } from "./context.js";
import { saveExcluded } from "./excluded.js";
import { openFoldProgress } from "./fold-progress.js";
import { percent } from "./measure.js";
import { checkManifest } from "./origin.js";

interface Threshold {
  readonly name: "KMeans" | "Gaussian" | "custom";
  readonly value: number;
}

/** Scores the suspects, sets the thresholds, and says whom to exclude (method, section 5). */
export const scoreSamples: Stage = async (context) => {
  const { config, paths, reporter } = context;
  const { suspects, clean, features, manifest } = await readSampleLevel(paths.increments);
  checkManifest(context, paths.increments, manifest, "increments");
  const progress = await openFoldProgress(context, manifest);
  const scores = await scoreRows(context, suspects, clean, features.length, progress);
  if (scores.keptFeatures.length === 0) {
    reporter.warn(`no feature has an importance above --k_2 ${config.k2}: nothing is flagged`);
  }
  const thresholds = findThresholds(context, scores);
  const rates = reportRates(context, scores, thresholds);
  const chosen = { kmeans: "KMeans", gaussian: "Gaussian", custom: "custom" }[config.thresholdType];
  const threshold = thresholds.find(({ name }) => name === chosen);
  if (!threshold) throw new Error(`No threshold ${chosen}.`);
  const excluded = flaggedIds(scores.scores, scores.sampleIds, threshold.value);
  await saveExcluded(context, excluded, threshold.value);
  await progress.remove();
  reporter.info(
    `score: ${excluded.length} samples to exclude (${chosen}) saved in ${paths.indexesToExclude}`,
  );
  await drawFigures(context, scores, thresholds);
  return {
    numFeatures: features.length,
    truePositiveRateKmeans: rates.KMeans?.truePositiveRate,
    falsePositiveRateKmeans: rates.KMeans?.falsePositiveRate,
    truePositiveRateGaussian: rates.Gaussian?.truePositiveRate,
    falsePositiveRateGaussian: rates.Gaussian?.falsePositiveRate,
    poisons: rates.KMeans?.poisons,
    cleanSuspects: rates.KMeans?.cleanSuspects,
  };
};

async function scoreRows(
  { config, reporter, signal }: StageContext,
  suspects: IncrementRows,
  clean: IncrementRows,
  cols: number,
  memory: FoldMemory,
): Promise<Scores> {
  const matrix = ({ rows, sampleIds }: IncrementRows) => ({ rows: sampleIds.length, cols, data: rows });
  const input = {
    suspectRows: matrix(suspects),
    suspectIds: suspects.sampleIds,
    cleanRows: matrix(clean),
    cleanIds: clean.sampleIds,
  };
  const progress = reporter.progress(
    `score: ${config.cvModel}, ${config.groups} folds, two passes`,
    4 * config.groups,
  );
  try {
    return await score(input, {
      cvModel: config.cvModel,
      groups: config.groups,
      k2: config.k2,
      seed: config.globalSeed,
      memory,
      signal,
      onProgress: (done) => progress.update(done),
    });
  } finally {
    progress.stop();
  }
}

function findThresholds({ config, poisonIds, reporter }: StageContext, scores: Scores): Threshold[] {
  const poisons = new Set(poisonIds);
  const hasCleanSuspects = scores.sampleIds.some((id) => !poisons.has(id));
  // Two clusters need both kinds: without clean suspects the clean references stand in.
  const all = hasCleanSuspects ? scores.scores : Float64Array.from([...scores.scores, ...scores.cleanScores]);
  const kmeans = kmeansThreshold(all);
  const gaussian = gaussianThreshold(all);
  if (!isSeparated(kmeans)) {
    reporter.warn(
      `the scores do not fall into two groups (separation ${kmeans.separation.toFixed(2)}); about half of clean suspects may be flagged`,
    );
  }
  if (!gaussian.crossed) {
    reporter.warn(
      "the two Gaussian components do not cross between their means; their midpoint is the threshold",
    );
  }
  return [
    { name: "KMeans", value: kmeans.threshold },
    { name: "Gaussian", value: gaussian.threshold },
    ...(config.thresholdType === "custom" ? [{ name: "custom" as const, value: config.threshold }] : []),
  ];
}

function reportRates(
  { poisoned, poisonIds, reporter }: StageContext,
  scores: Scores,
  thresholds: Threshold[],
) {
  const rates: Partial<Record<Threshold["name"], ReturnType<typeof detectionRates>>> = {};
  for (const { name, value } of thresholds) {
    const found = detectionRates(scores.scores, scores.sampleIds, new Set(poisonIds), value);
    rates[name] = found;
    const parts = Object.entries(poisoned.poisonIds);
    const byPart = parts.map(([part, ids]) => {
      const rate = detectionRates(scores.scores, scores.sampleIds, new Set(ids), value).truePositiveRate;
      return `TPR ${parts.length > 1 ? `${part} ` : ""}${show(rate)}`;
    });
    const falsePositives =
      found.cleanSuspects > 0
        ? `FPR ${show(found.falsePositiveRate)} (${found.flaggedCleanSuspects}/${found.cleanSuspects})`
        : `reference FPR ${show(referenceFalsePositiveRate(scores.cleanScores, value))} (no suspect is clean)`;
    reporter.info(
      `score: ${name} threshold ${value.toFixed(4)}: ${byPart.join(", ")} (${found.flaggedPoisons}/${found.poisons}), ${falsePositives}`,
    );
  }
  return rates;
}

const show = (rate: number | undefined): string => (rate === undefined ? "–" : percent(rate));

async function drawFigures(
  { config, paths, poisoned, poisonIds, reporter }: StageContext,
  scores: Scores,
  thresholds: Threshold[],
): Promise<void> {
  const of = (ids: ReadonlySet<number>, inside: boolean) =>
    scores.scores.filter((_, i) => ids.has(scores.sampleIds[i]) === inside);
  const poisons = Object.entries(poisoned.poisonIds).map(([part, ids]) => ({
    name: `Poison (${part})`,
    kind: "poison" as const,
    scores: of(new Set(ids), true),
  }));
  const clean = { name: "Clean suspect", kind: "clean" as const, scores: of(new Set(poisonIds), false) };
  const figures = [
    await renderFigure(
      scoreDistributionFigure({
        title: `${config.attack} on ${config.dataset}, ${config.model}`,
        groups: [...poisons, clean].filter(({ scores }) => scores.length > 0),
        thresholds,
      }),
      join(paths.resultsDir, "score_distribution"),
    ),
    await renderFigure(
      featureImportancesFigure(scores.importances, config.k2),
      join(paths.resultsDir, "feature_importances"),
    ),
  ];
  for (const { png } of figures) reporter.info(`figure: ${png}`);
}
