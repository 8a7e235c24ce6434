import { percent } from "../format.js";
import type { Model } from "../nn/model.js";
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
  readonly asrByPart: Readonly<Record<string, number>>;
}

/** ACC on the clean test set and ASR on each triggered one, in evaluation mode. */
export async function measure(
  { dataset, truth, run: { signal } }: Pick<Experiment, "dataset" | "truth" | "run">,
  model: Model,
): Promise<Measured> {
  const accuracy = await evaluate(model, dataset.test, dataset.normalization, signal);
  const asrByPart: Record<string, number> = {};
  let hits = 0;
  let count = 0;
  for (const [part, set] of Object.entries(truth.triggeredTests)) {
    if (set.labels.length === 0) continue;
    asrByPart[part] = await evaluate(model, set, dataset.normalization, signal);
    hits += asrByPart[part] * set.labels.length;
    count += set.labels.length;
  }
  const testImages = dataset.test.labels.length;
  const asr = count === 0 ? undefined : hits / count;
  return { accuracy, asr, asrByPart, testImages, triggeredTestImages: count };
}

export function describeMeasured({ accuracy, asr, asrByPart }: Measured): string {
  const parts = Object.entries(asrByPart);
  const detail =
    parts.length > 1 ? ` (${parts.map(([part, rate]) => `${part} ${percent(rate)}`).join(", ")})` : "";
  return `ACC ${percent(accuracy)}, ASR ${percent(asr)}${detail}`;
}
