import type { Detection, Threshold } from "../detection/detect.js";
import { rateText, type Share } from "../statistics/share.js";
import type { Truth } from "./experiment.js";
import { type DetectionRates, detectionRates, referenceFalsePositives } from "./rates.js";

/** How well a threshold told poisons from clean suspects. */
export interface Judgement {
  readonly threshold: Threshold;
  readonly rates: DetectionRates;
  /** Flagged poisons of each part of the attack. */
  readonly truePositivesByPart: Readonly<Record<string, Share>>;
  /** The clean reference samples above it, where no suspect is clean. */
  readonly referenceFalsePositives: Share | undefined;
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
    const parts = Object.entries(poisonIds).map(([part, ids]) => [part, ratesOf(ids).truePositives]);
    return {
      threshold,
      rates,
      truePositivesByPart: Object.fromEntries(parts),
      referenceFalsePositives:
        rates.falsePositives.of > 0
          ? undefined
          : referenceFalsePositives(scores.cleanScores, threshold.value),
    };
  });

/** One line for people. */
export function describeJudgement({ threshold, rates, ...judged }: Judgement): string {
  const parts = Object.entries(judged.truePositivesByPart);
  const reference = judged.referenceFalsePositives;
  return [
    `${threshold.name} threshold ${threshold.value.toFixed(4)}: TPR ${rateText(rates.truePositives)}`,
    ...(parts.length > 1 ? parts.map(([part, share]) => `TPR ${part} ${rateText(share)}`) : []),
    reference === undefined
      ? `FPR ${rateText(rates.falsePositives)}`
      : `reference FPR ${rateText(reference)}, no suspect is clean`,
  ].join(", ");
}
