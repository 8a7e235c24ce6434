import { join } from "node:path";
import { type Detection, detect, type Threshold } from "../../detection/detect.js";
import { flaggedIds } from "../../detection/flagged-ids.js";
import { openFoldProgress } from "../../detection/fold-progress.js";
import { whileLocked } from "../../files/lock.js";
import { featureImportancesFigure } from "../../plots/feature-importances.js";
import { renderFigure } from "../../plots/render.js";
import { scoreDistributionFigure } from "../../plots/score-distribution.js";
import type { ScoreInput } from "../../scoring/poison-score.js";
import { fractionOf, type Share } from "../../statistics/share.js";
import { writeIndexList } from "../../store/index-list.js";
import { contentDigest } from "../../store/manifest.js";
import { type IncrementRows, readSampleLevel } from "../../store/provenance-store.js";
import { originOf } from "../../workflow/artefact.js";
import { type CalibratedVerdict, calibratedVerdict, describeCalibrated } from "../calibrated-verdict.js";
import { checkManifest } from "../captured.js";
import type { Experiment, Stage } from "../experiment.js";
import { describeJudgement, judge } from "../judge.js";
import { keepFindings } from "../report/findings.js";
import { findingsOf } from "../report/findings-of.js";
import { writeScoreTable } from "../score-table.js";
import { cleanSuspectCount } from "../suspect-set.js";

/** Scores the suspects, sets the thresholds, and says whom to exclude (method, section 5). */
export const scoreSamples: Stage = async (experiment) => {
  const { artefacts, truth, run } = experiment;
  const { detection, calibrated } = await whileLocked(artefacts.excluded.path, () =>
    detectAndSave(experiment),
  );
  const judgements = judge(detection, truth);
  for (const judgement of judgements) run.reporter.info(`score: ${describeJudgement(judgement)}`);
  const poisons = new Set(truth.allPoisonIds);
  run.reporter.info(
    calibrated === undefined
      ? "score: calibrated: too few clean-1 samples to say anything"
      : `score: ${describeCalibrated(calibrated, poisons)}`,
  );
  await drawFigures(experiment, detection);
  const rates = (name: Threshold["name"]) =>
    judgements.find(({ threshold }) => threshold.name === name)?.rates;
  const fraction = (share: Share | undefined) => share && fractionOf(share);
  return {
    numFeatures: detection.scores.importances.length,
    truePositiveRateKmeans: fraction(rates("KMeans")?.truePositives),
    falsePositiveRateKmeans: fraction(rates("KMeans")?.falsePositives),
    truePositiveRateGaussian: fraction(rates("Gaussian")?.truePositives),
    falsePositiveRateGaussian: fraction(rates("Gaussian")?.falsePositives),
    poisons: rates("KMeans")?.truePositives.of,
    cleanSuspects: rates("KMeans")?.falsePositives.of,
  };
};

interface Found {
  readonly detection: Detection;
  readonly calibrated: CalibratedVerdict | undefined;
}

async function detectAndSave(experiment: Experiment): Promise<Found> {
  const { artefacts, config, contents, dataset, paths, rng, truth, run } = experiment;
  const { increments, excluded: list } = artefacts;
  const { manifest, ...captured } = await readSampleLevel(increments.path);
  await checkManifest(increments, manifest, contents, "sample_level");
  const { cvModel, groups, k2, globalSeed: seed } = config;
  const progress = await openFoldProgress({
    path: list.path,
    dependsOn: { increments: contentDigest(manifest), cvModel, groups, k2, seed },
    total: 2 * groups,
    isForced: config.force,
    reporter: run.reporter,
  });
  const input = scoreInput(captured);
  const detection = await detect({
    increments: input,
    cvModel,
    groups,
    k2,
    seed,
    cutAmong: hasCleanSuspects(experiment) ? "suspects" : "all",
    customThreshold: config.thresholdType === "custom" ? config.threshold : undefined,
    memory: progress,
    run,
  });
  const name = { kmeans: "KMeans", gaussian: "Gaussian", custom: "custom" }[config.thresholdType];
  const threshold = detection.thresholds.find((found) => found.name === name);
  if (!threshold) throw new Error(`No threshold ${name}.`);
  const { scores, sampleIds } = detection.scores;
  const excluded = flaggedIds(scores, sampleIds, threshold.value);
  const origin = await originOf(list, contents);
  await writeIndexList(list.path, excluded, origin, { threshold: threshold.value });
  await progress.remove();
  const calibrated = await calibratedVerdict(input, rng.fork("calibrated verdict"), run.signal);
  const rows = { ...input, suspectEpochs: captured.suspects.epochs, cleanEpochs: captured.clean.epochs };
  await keepFindings(paths.findings, findingsOf(rows, detection, threshold, calibrated), origin);
  await writeScoreTable(paths.scoreTable, { detection, excluded, dataset, truth });
  run.reporter.info(`score: every suspect's score is in ${paths.scoreTable}`);
  run.reporter.info(`score: ${excluded.length} samples to exclude (${name}) saved in ${list.path}`);
  return { detection, calibrated };
}

/** A suspect set is drawn so that --pr_sus percent of it are poisons. */
const hasCleanSuspects = ({ config, truth }: Experiment): boolean =>
  cleanSuspectCount(truth.allPoisonIds.length, config.prSus) > 0;

function scoreInput({
  suspects,
  clean,
  features,
}: Pick<Awaited<ReturnType<typeof readSampleLevel>>, "suspects" | "clean" | "features">): ScoreInput {
  const matrix = ({ rows, sampleIds }: IncrementRows) => ({
    rows: sampleIds.length,
    cols: features.length,
    data: rows,
  });
  return {
    suspectRows: matrix(suspects),
    suspectIds: suspects.sampleIds,
    cleanRows: matrix(clean),
    cleanIds: clean.sampleIds,
  };
}

async function drawFigures(
  { config, paths, truth, run }: Experiment,
  { scores, thresholds }: Detection,
): Promise<void> {
  const of = (ids: ReadonlySet<number>, inside: boolean) =>
    scores.scores.filter((_, i) => ids.has(scores.sampleIds[i]) === inside);
  const poisons = Object.entries(truth.poisonIds).map(([part, ids]) => ({
    name: `Poison (${part})`,
    kind: "poison" as const,
    scores: of(new Set(ids), true),
  }));
  const clean = {
    name: "Clean suspect",
    kind: "clean" as const,
    scores: of(new Set(truth.allPoisonIds), false),
  };
  const figures = [
    await renderFigure(
      scoreDistributionFigure({
        title: `${config.attack} on ${config.dataset}, ${config.model}`,
        groups: [...poisons, clean].filter((group) => group.scores.length > 0),
        thresholds,
      }),
      join(paths.resultsDir, "score_distribution"),
    ),
    await renderFigure(
      featureImportancesFigure(scores.importances, config.k2),
      join(paths.resultsDir, "feature_importances"),
    ),
  ];
  for (const { png } of figures) run.reporter.info(`figure: ${png}`);
}
