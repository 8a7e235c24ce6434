import type { Model } from "../nn/model.js";
import { evaluate } from "../training/evaluate.js";
import type { StageContext } from "./context.js";

/** Fractions in [0, 1]. */
export interface Measured {
  /** ACC on the clean test set */
  readonly accuracy: number;
  /** ASR over the triggered test images of all parts of the attack */
  readonly asr: number;
  readonly testImages: number;
  readonly triggeredTestImages: number;
  /** ASR of each part */
  readonly asrByPart: Readonly<Record<string, number>>;
}

/** ACC on the clean test set and ASR on each triggered one, in evaluation mode. */
export async function measure(context: StageContext, model: Model): Promise<Measured> {
  const { dataset, poisoned, signal } = context;
  const accuracy = await evaluate(model, dataset.test, dataset.normalization, signal);
  const asrByPart: Record<string, number> = {};
  let hits = 0;
  let count = 0;
  for (const [part, set] of Object.entries(poisoned.triggeredTests)) {
    asrByPart[part] = await evaluate(model, set, dataset.normalization, signal);
    hits += asrByPart[part] * set.labels.length;
    count += set.labels.length;
  }
  const testImages = dataset.test.labels.length;
  return { accuracy, asr: hits / count, asrByPart, testImages, triggeredTestImages: count };
}

export function describeMeasured({ accuracy, asr, asrByPart }: Measured): string {
  const parts = Object.entries(asrByPart);
  const detail =
    parts.length > 1 ? ` (${parts.map(([part, rate]) => `${part} ${percent(rate)}`).join(", ")})` : "";
  return `ACC ${percent(accuracy)}, ASR ${percent(asr)}${detail}`;
}

export const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;
