import { kernels } from "../engine/kernels/index.js";
import { batchNormEpsilon } from "../engine/kernels/kernels.js";
import { tf } from "../engine/tf.js";
import { UserError } from "../errors.js";
import type { GradientSink, Layer, Pass, Recorded } from "./layer.js";
import { StateEntry } from "./state-entry.js";

/** A batch norm's parameters and running statistics, float32 [C]. */
export interface BatchNormEntries {
  readonly weight: StateEntry;
  readonly bias: StateEntry;
  readonly mean: StateEntry;
  readonly variance: StateEntry;
}

/** A batch norm that says what it holds. */
export interface BatchNorm extends Layer {
  readonly own: BatchNormEntries;
}

/**
 * BatchNorm2d, float32 [N, H, W, C] -> same, and BatchNorm1d, [N, C] -> same; batch, per-sample or running statistics as
 * the pass says.
 */
export function batchNorm(name: string, channels: number): BatchNorm {
  const own: BatchNormEntries = {
    weight: new StateEntry(`${name}.weight`, "parameter", [channels]),
    bias: new StateEntry(`${name}.bias`, "parameter", [channels]),
    mean: new StateEntry(`${name}.running_mean`, "buffer", [channels]),
    variance: new StateEntry(`${name}.running_var`, "buffer", [channels]),
  };
  const counter = new StateEntry(`${name}.num_batches_tracked`, "counter", []);
  const layer: BatchNorm = {
    own,
    entries: [own.weight, own.bias, own.mean, own.variance, counter],
    forward(x, pass) {
      if (x.rank === 2) return overVectors(layer, x as tf.Tensor2D, pass);
      const input = x as tf.Tensor4D;
      if (!pass.training) return withRunningStatistics(input, own);
      refuseSingleValues(own, input, pass);
      return pass.statistics === "batch" ? withBatchStatistics(input, own, pass) : withOwn(input, own, pass);
    },
  };
  return layer;
}

/** @throws UserError where a channel has no variance */
export function refuseSingleValues({ weight }: BatchNormEntries, x: tf.Tensor4D, { statistics }: Pass): void {
  const [n, height, width] = x.shape;
  if ((statistics === "batch" ? n : 1) * height * width >= 2) return;
  const name = weight.name.slice(0, -".weight".length);
  throw new UserError(
    `${name} got one value a channel: in training mode batch norm needs at least two.`,
    "Use larger batches or images, or --training_mode, which turns training mode off.",
  );
}

/** Vectors are images of one pixel. */
function overVectors(layer: Layer, x: tf.Tensor2D, pass: Pass): Recorded {
  const [n, channels] = x.shape;
  const asImages = (t: tf.Tensor) => tf.reshape(t, [n, 1, 1, channels]);
  const asVectors = (t: tf.Tensor) => tf.reshape(t, [n, channels]);
  const images = asImages(x);
  const recorded = layer.forward(images, pass);
  const output = asVectors(recorded.output);
  if (!pass.record) tf.dispose([images, recorded.output]);
  return {
    output,
    needsInput: false,
    needsOutput: false,
    backward(dy, sink, needInputGradient) {
      const dImages = asImages(dy);
      const dx = recorded.backward(dImages, sink, needInputGradient);
      dImages.dispose();
      if (!dx) return undefined;
      const result = asVectors(dx);
      dx.dispose();
      return result;
    },
    dispose() {
      recorded.dispose();
      tf.dispose([output, images]);
    },
  };
}

function withBatchStatistics(x: tf.Tensor4D, own: BatchNormEntries, pass: Pass): Recorded {
  const scale = own.weight.value as tf.Tensor1D;
  const { output, mean, variance, saved } = kernels().batchNorm(x, scale, own.bias.value as tf.Tensor1D);
  pass.onStatistics?.(own.mean, own.variance, { mean, variance });
  tf.dispose([mean, variance]);
  if (!pass.record) tf.dispose([...saved]);
  return {
    output,
    needsInput: true,
    needsOutput: false,
    backward(dy, sink, needInputGradient) {
      if (sink.mode === "sample") throw new Error("Per-sample gradients need per-sample statistics.");
      const gradient = kernels().batchNormGradient(dy as tf.Tensor4D, x, scale, saved);
      putGradients(sink, own, gradient);
      if (needInputGradient) return gradient.input;
      gradient.input.dispose();
      return undefined;
    },
    dispose: () => tf.dispose([output, ...saved]),
  };
}

/** Every sample by itself. */
function withOwn(x: tf.Tensor4D, own: BatchNormEntries, pass: Pass): Recorded {
  const [scale, offset] = [own.weight.value as tf.Tensor1D, own.bias.value as tf.Tensor1D];
  const { output, mean, variance, saved } = kernels().sampleBatchNorm(x, scale, offset);
  pass.onStatistics?.(own.mean, own.variance, { mean, variance });
  tf.dispose([mean, variance]);
  if (!pass.record) tf.dispose([...saved]);
  return {
    output,
    needsInput: false,
    needsOutput: false,
    backward(dy, sink, needInputGradient) {
      const gradient = kernels().sampleBatchNormGradient(dy as tf.Tensor4D, saved);
      putSampleGradients(sink, own, gradient);
      if (needInputGradient) return gradient.input;
      gradient.input.dispose();
      return undefined;
    },
    dispose: () => tf.dispose([output, ...saved]),
  };
}

function withRunningStatistics(x: tf.Tensor4D, own: BatchNormEntries): Recorded {
  const { weight, bias, mean, variance } = own;
  const output = tf.batchNorm(
    x,
    mean.value as tf.Tensor1D,
    variance.value as tf.Tensor1D,
    bias.value as tf.Tensor1D,
    weight.value as tf.Tensor1D,
    batchNormEpsilon,
  );
  const inverseDeviation = () => tf.rsqrt(tf.add(variance.value, batchNormEpsilon));
  return {
    output,
    needsInput: true,
    needsOutput: false,
    backward(dy, sink, needInputGradient) {
      const axes = sink.mode === "batch" ? [0, 1, 2] : [1, 2];
      const dOffset = () => tf.tidy(() => tf.sum(dy, axes));
      const dScale = () =>
        tf.tidy(() => tf.sum(tf.mul(dy, tf.mul(tf.sub(x, mean.value), inverseDeviation())), axes));
      for (const [entry, gradient] of [
        [weight, dScale],
        [bias, dOffset],
      ] as const) {
        // biome-ignore format: pairs
        if (sink.mode === "sample") putSamples(sink, entry, gradient);
        else if (sink.wants(entry)) sink.put(entry, gradient());
      }
      if (!needInputGradient) return undefined;
      return tf.tidy(() => tf.mul(dy, tf.mul(inverseDeviation(), weight.value)));
    },
    dispose: () => output.dispose(),
  };
}

interface ParameterGradients {
  readonly scale: tf.Tensor;
  readonly offset: tf.Tensor;
}

/** Gives the sink the whole batch's; takes them over. */
export function putGradients(sink: GradientSink, own: BatchNormEntries, gradients: ParameterGradients): void {
  putOrDispose(sink, own.weight, gradients.scale);
  putOrDispose(sink, own.bias, gradients.offset);
}

/** Gives the sink every image's, float32 [N, C]; takes them over. */
export function putSampleGradients(
  sink: GradientSink,
  own: BatchNormEntries,
  { scale, offset }: ParameterGradients,
): void {
  putSamples(sink, own.weight, () => scale);
  putSamples(sink, own.bias, () => offset);
  tf.dispose([scale, offset]);
}

function putOrDispose(sink: GradientSink, entry: StateEntry, gradient: tf.Tensor): void {
  if (sink.wants(entry)) sink.put(entry, gradient);
  else gradient.dispose();
}

/** @param gradient makes float32 [N, C] */
function putSamples(sink: GradientSink, entry: StateEntry, gradient: () => tf.Tensor): void {
  if (!sink.wants(entry)) return;
  sink.put(
    entry,
    tf.tidy(() => tf.gather(gradient(), tf.tensor1d(sink.elements(entry), "int32"), 1)),
  );
}
