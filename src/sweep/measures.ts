import type { RateName } from "../experiment/results.js";
import type { Reported } from "./reported.js";

/** A rate that tables and figures show. */
export interface Measure {
  /** Among all measures, e.g. "KMeans TPR". */
  readonly name: string;
  /** When it was measured, or by which threshold. */
  readonly series: "before" | "after" | "at random" | "no poison" | "KMeans" | "Gaussian";
  readonly kind: "ACC" | "ASR" | "TPR" | "FPR";
  readonly rate: RateName;
  /** In percent; of a rate that the original does not report there is none. */
  readonly reportedOf?: (reported: Reported) => number | undefined;
}

/** A control, which the original has not. */
const ours = (series: Measure["series"], kind: Measure["kind"], rate: RateName): Measure => ({
  name: `${series} ${kind}`,
  series,
  kind,
  rate,
});

const of = (
  series: Measure["series"],
  kind: Measure["kind"],
  rate: RateName,
  set: keyof Reported,
  position: 0 | 1,
): Measure => ({
  ...ours(series, kind, rate),
  reportedOf: (reported) => reported[set]?.[position],
});

/** Columns of a table: what the original's tables have, then the controls. */
export const measures: readonly Measure[] = [
  of("before", "ACC", "poisonedTrainingAccuracy", "before", 0),
  of("before", "ASR", "poisonedTrainingAsr", "before", 1),
  of("KMeans", "TPR", "truePositiveRateKmeans", "kmeans", 0),
  of("KMeans", "FPR", "falsePositiveRateKmeans", "kmeans", 1),
  of("Gaussian", "TPR", "truePositiveRateGaussian", "gaussian", 0),
  of("Gaussian", "FPR", "falsePositiveRateGaussian", "gaussian", 1),
  of("after", "ACC", "retrainAccuracy", "after", 0),
  of("after", "ASR", "retrainAsr", "after", 1),
  ours("at random", "ACC", "retrainControlAccuracy"),
  ours("at random", "ASR", "retrainControlAsr"),
  ours("no poison", "ACC", "cleanTrainingAccuracy"),
  ours("no poison", "ASR", "cleanTrainingAsr"),
];
