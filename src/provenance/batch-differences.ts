import { tf } from "../engine/tf.js";
import { type Model, runningMomentum } from "../nn/model.js";
import type { StateEntry } from "../nn/state-entry.js";
import { batchGradients } from "../training/gradients.js";
import { firstStep, type Surrogate } from "./surrogate.js";

/** One surrogate batch; borrowed tensors. */
export interface LabelledBatch {
  /** float32 [N, H, W, C], normalised */
  readonly images: tf.Tensor4D;
  /** int32 [N] */
  readonly labels: tf.Tensor1D;
  /** [N], what tells the samples' dropout masks apart; their places in the batch by default. */
  readonly sampleIds?: ArrayLike<number>;
}

export interface SurrogateGroups {
  readonly suspect: LabelledBatch;
  readonly clean1: LabelledBatch;
  readonly clean2: LabelledBatch;
}

interface BatchDifferenceOptions extends Surrogate {
  readonly trainingMode: boolean;
  /** Seed of the dropout masks; a network with dropout needs it in training mode. */
  readonly dropoutSeed?: number;
}

export interface EntryDifferences {
  /** |U_sus - U_clean2|, the entry's tfjs shape */
  readonly suspect: tf.Tensor;
  /** |U_clean1 - U_clean2| */
  readonly clean: tf.Tensor;
}

/**
 * Absolute differences between the three surrogate updates of one batch (method: batch level), for every entry that
 * moves; parameters that are frozen and counters, equal in all three, are left out. The caller disposes the tensors.
 */
export function batchDifferenceTensors(
  model: Model,
  groups: SurrogateGroups,
  options: BatchDifferenceOptions,
): Map<StateEntry, EntryDifferences> {
  // All three start at the same weights, so weights and weight decay cancel, and gradients are subtracted instead.
  const clean2 = increments(model, groups.clean2, options);
  const suspect = distances(increments(model, groups.suspect, options), clean2);
  const clean = distances(increments(model, groups.clean1, options), clean2);
  tf.dispose([...clean2.values()]);
  const result = new Map<StateEntry, EntryDifferences>();
  for (const [entry, difference] of suspect) {
    const reference = clean.get(entry);
    if (!reference) throw new Error(`${entry.name} moved for one group only.`);
    result.set(entry, { suspect: difference, clean: reference });
  }
  return result;
}

/** What one step on this batch adds to each entry, up to terms all groups share. */
function increments(model: Model, batch: LabelledBatch, options: BatchDifferenceOptions) {
  const { loss, gradients, statistics } = batchGradients(model, batch.images, batch.labels, {
    training: options.trainingMode,
    dropoutSeed: options.dropoutSeed,
    dropoutRows: batch.sampleIds,
  });
  loss.dispose();
  const result = new Map<StateEntry, tf.Tensor>();
  for (const [entry, gradient] of gradients) {
    result.set(entry, firstStep(gradient, options));
    gradient.dispose();
  }
  for (const [entry, statistic] of statistics) {
    result.set(
      entry,
      tf.tidy(() => tf.mul(statistic, runningMomentum)),
    );
    statistic.dispose();
  }
  return result;
}

/** |a - b| entry by entry; disposes a. */
function distances(a: Map<StateEntry, tf.Tensor>, b: ReadonlyMap<StateEntry, tf.Tensor>) {
  const result = new Map<StateEntry, tf.Tensor>();
  for (const [entry, value] of a) {
    const other = b.get(entry);
    if (!other) throw new Error(`${entry.name} moved for one group only.`);
    result.set(
      entry,
      tf.tidy(() => tf.abs(tf.sub(value, other))),
    );
    value.dispose();
  }
  return result;
}
