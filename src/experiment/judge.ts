import type { Detection, Threshold } from "../detection/detect.js";
import { percent } from "../format.js";
import type { Truth } from "./experiment.js";
import { type DetectionRates, detectionRates, referenceFalsePositiveRate } from "./rates.js";

/** How well a threshold told poisons from clean suspects. */
export interface Judgement {
  readonly threshold: Threshold;
  readonly rates: DetectionRates;
  /** Of each part of the attack. */
  readonly truePositiveRates: Readonly<Record<string, number | undefined>>;
  /** Share of the clean reference samples above it, where no suspect is clean. */
  readonly referenceFalsePositiveRate: number | undefined;
}

/** What of a detection is held against the truth. */
interface Judged {
  readonly scores: Pick<Detection["scores"], "sampleIds" | "scores" | "cleanScores">;
  readonly thresholds: readonly Threshold[];
}

/** Holds a detection against the truth, threshold by threshold. */
export const judge = ({ scores, thresholds }: Judged, { poisonIds, allPoisonIds }: Truth): Judgement[] =>
  thresholds.map((threshold) => {
    const ratesOf = (poisons: Int32Array) =>
      detectionRates(scores.scores, scores.sampleIds, new Set(poisons), threshold.value);
    const rates = ratesOf(allPoisonIds);
    const parts = Object.entries(poisonIds).map(([part, ids]) => [part, ratesOf(ids).truePositiveRate]);
    return {
      threshold,
      rates,
      truePositiveRates: Object.fromEntries(parts),
      referenceFalsePositiveRate:
        rates.cleanSuspects > 0 ? undefined : referenceFalsePositiveRate(scores.cleanScores, threshold.value),
    };
  });

/** One line for people. */
export function describeJudgement({ threshold, rates, ...judged }: Judgement): string {
  const parts = Object.entries(judged.truePositiveRates);
  const byPart = parts.map(([part, rate]) => `TPR ${parts.length > 1 ? `${part} ` : ""}${percent(rate)}`);
  const falsePositives =
    rates.cleanSuspects > 0
      ? `FPR ${percent(rates.falsePositiveRate)} (${rates.flaggedCleanSuspects}/${rates.cleanSuspects})`
      : `reference FPR ${percent(judged.referenceFalsePositiveRate)} (no suspect is clean)`;
  return `${threshold.name} threshold ${threshold.value.toFixed(4)}: ${byPart.join(", ")} (${rates.flaggedPoisons}/${rates.poisons}), ${falsePositives}`;
}
