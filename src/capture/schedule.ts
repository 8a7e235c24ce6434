import type { Rng } from "../random/rng.js";
import { epochBatches } from "../training/train.js";

/** When a capture happens: while the base model is trained for some more epochs. */
export interface CaptureSchedule {
  /** Names the stage in messages, e.g. "batch level". */
  readonly name: string;
  /** Epochs that the base model was trained for. */
  readonly baseEpochs: number;
  /** Epochs of the capture. */
  readonly epochs: number;
  readonly batchSize: number;
  /** The stage's stream. */
  readonly rng: Rng;
}

/**
 * Suspects in the batch that holds most of them; its two clean groups need as many reference samples each. The batches are
 * known in advance: streams are addressed by epoch.
 * @param trainIds int32, all rows that are trained on
 */
export function mostSuspectsInABatch(
  { baseEpochs, epochs, batchSize, rng }: CaptureSchedule,
  trainIds: Int32Array,
  suspects: Int32Array,
): number {
  const suspected = new Set(suspects);
  let most = 0;
  for (let epoch = baseEpochs; epoch < baseEpochs + epochs; epoch++) {
    for (const batch of epochBatches(trainIds, batchSize, rng, epoch)) {
      most = Math.max(most, batch.filter((id) => suspected.has(id)).length);
    }
  }
  return most;
}
