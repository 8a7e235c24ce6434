import type { Model } from "../nn/model.js";
import { rateText, type Share, shareOf } from "../statistics/share.js";
import { evaluate } from "../training/evaluate.js";
import type { Experiment } from "./experiment.js";

/** Fractions in [0, 1]. */
export interface Measured {
  /** ACC on the clean test set */
  readonly accuracy: number;
  /** ASR over the triggered test images of all parts of the attack; undefined when there are none */
  readonly asr: number | undefined;
  readonly testImages: number;
  readonly triggeredTestImages: number;
  /** ASR of each part that has triggered test images */
  readonly asrByPart: Readonly<Record<string, Share>>;
}

/** ACC on the clean test set and ASR on each triggered one, in evaluation mode. */
export async function measure(
  { dataset, truth, run: { signal } }: Pick<Experiment, "dataset" | "truth" | "run">,
  model: Model,
): Promise<Measured> {
  const accuracy = await evaluate(model, dataset.test, dataset.normalization, signal);
  const asrByPart: Record<string, Share> = {};
  let hits = 0;
  let count = 0;
  for (const [part, set] of Object.entries(truth.triggeredTests)) {
    if (set.labels.length === 0) continue;
    const asr = await evaluate(model, set, dataset.normalization, signal);
    asrByPart[part] = shareOf(asr, set.labels.length);
    hits += asrByPart[part].count;
    count += set.labels.length;
  }
  const testImages = dataset.test.labels.length;
  const asr = count === 0 ? undefined : hits / count;
  return { accuracy, asr, asrByPart, testImages, triggeredTestImages: count };
}

/** One line for people. */
export function describeMeasured({ accuracy, asr, asrByPart, ...counts }: Measured): string {
  const parts = Object.entries(asrByPart);
  const attack = asr === undefined ? undefined : shareOf(asr, counts.triggeredTestImages);
  return [
    `ACC ${rateText(shareOf(accuracy, counts.testImages))}`,
    `ASR ${rateText(attack)}`,
    ...(parts.length > 1 ? parts.map(([part, share]) => `ASR ${part} ${rateText(share)}`) : []),
  ].join(", ");
}
