import { tf } from "../engine/tf.js";
import type { GradientSink } from "../nn/layer.js";
import { crossEntropy } from "../nn/loss.js";
import { type Model, runningMomentum } from "../nn/model.js";
import type { StateEntry } from "../nn/state-entry.js";
import { type EntryFeatures, mapFeatures } from "./feature-map.js";
import { firstStep, type Surrogate, surrogateWeightDecay } from "./surrogate.js";

export interface SampleIncrementOptions extends Surrogate {
  /** false: batch norm uses its running statistics (the flag --training_mode). */
  readonly trainingMode: boolean;
  /** Seed of the dropout masks; a network with dropout needs it in training mode. */
  readonly dropoutSeed?: number;
  /** [N], what tells the samples' dropout masks apart; their places in the batch by default. */
  readonly sampleIds?: ArrayLike<number>;
}

/**
 * What one surrogate step on each sample alone (a batch of that one sample, fresh optimizer) adds to the model's
 * flattened state at the features; method: sample level. All samples go through together: batch norm normalises every
 * sample by its own statistics, and gradients are kept per sample and only where a feature lies.
 * @param images float32 [N, H, W, C], normalised; borrowed
 * @param labels int32 [N]; borrowed
 * @param features indices into the flattened state
 * @returns float32 [N, features.length], columns in the order of `features`; owned by the caller
 */
export function sampleIncrementTensor(
  model: Model,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  features: ArrayLike<number>,
  options: SampleIncrementOptions,
): tf.Tensor2D {
  const { byEntry, columns } = mapFeatures(model, features);
  const trained = byEntry.filter(({ entry }) => entry.isTrained);
  const elements = new Map(byEntry.map(({ entry, elements }) => [entry, elements]));
  const captured = capture(model, images, labels, elements, options);
  const numSamples = images.shape[0];
  const result = tf.tidy(() => {
    const others = byEntry.slice(trained.length).map(({ entry, elements }) => {
      const counted = entry.kind === "counter" && options.trainingMode ? 1 : 0;
      return captured.get(entry) ?? tf.fill([numSamples, elements.length], counted);
    });
    const moved = trained.length > 0 ? [parameterIncrements(trained, captured, numSamples, options)] : [];
    return tf.gather(tf.concat([...moved, ...others] as tf.Tensor2D[], 1), tf.tensor1d(columns, "int32"), 1);
  });
  tf.dispose([...captured.values()]);
  return result;
}

/** Of every trained parameter reached its gradient, of every running statistic its increment: float32 [N, elements]; owned by the caller. */
function capture(
  model: Model,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  elements: ReadonlyMap<StateEntry, Int32Array>,
  options: SampleIncrementOptions,
): Map<StateEntry, tf.Tensor> {
  const captured = new Map<StateEntry, tf.Tensor>();
  const takeRunning = (entry: StateEntry, statistic: tf.Tensor) => {
    const wanted = elements.get(entry);
    if (!wanted) return;
    const increment = tf.tidy(() => {
      const moved = tf.mul(tf.sub(statistic, entry.value), runningMomentum);
      return tf.gather(moved, tf.tensor1d(wanted, "int32"), 1);
    });
    captured.set(entry, increment);
  };
  const sink: GradientSink = {
    mode: "sample",
    wants: (entry) => entry.isTrained && elements.has(entry),
    elements: (entry) => elements.get(entry) ?? new Int32Array(0),
    put: (entry, gradient) => captured.set(entry, gradient),
  };
  const recorded = model.forward(images, {
    training: options.trainingMode,
    statistics: "sample",
    record: true,
    wanted: sink.wants,
    dropoutSeed: options.dropoutSeed,
    dropoutRows: options.sampleIds,
    onStatistics(mean, variance, statistics) {
      takeRunning(mean, statistics.mean);
      takeRunning(variance, statistics.variance);
    },
  });
  const { loss, gradient } = crossEntropy(recorded.output as tf.Tensor2D, labels, "none");
  recorded.backward(gradient, sink, false);
  tf.dispose([loss, gradient]);
  recorded.dispose();
  return captured;
}

/**
 * All of them at once: for a small network the number of operations is what counts.
 * @returns float32 [N, all elements]
 */
function parameterIncrements(
  trained: readonly EntryFeatures[],
  gradients: ReadonlyMap<StateEntry, tf.Tensor>,
  numSamples: number,
  options: SampleIncrementOptions,
): tf.Tensor {
  const perEntry = trained.map(
    ({ entry, elements }) => gradients.get(entry) ?? tf.zeros([numSamples, elements.length]),
  );
  const gradient = tf.concat(perEntry as tf.Tensor2D[], 1);
  if (options.optimizer === "adam") return firstStep(gradient, options);
  // As in PyTorch, a parameter that the loss does not reach does not decay either.
  const weights = trained.map(({ entry, elements }) =>
    gradients.has(entry)
      ? tf.gather(tf.reshape(entry.value, [-1]), tf.tensor1d(elements, "int32"))
      : tf.zeros([elements.length]),
  );
  return firstStep(tf.add(gradient, tf.mul(tf.concat(weights), surrogateWeightDecay)), options);
}
