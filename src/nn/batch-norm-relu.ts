import { kernels } from "../engine/kernels/index.js";
import type { BatchNormRelu } from "../engine/kernels/kernels.js";
import type { tf } from "../engine/tf.js";
import { relu, reluOfSum } from "./activations.js";
import {
  type BatchNormEntries,
  batchNorm,
  putGradients,
  putSampleGradients,
  refuseSingleValues,
} from "./batch-norm.js";
import type { GradientSink, Layer, Pass, Recorded } from "./layer.js";
import { sequential } from "./sequential.js";
import type { StateEntry } from "./state-entry.js";

/** Batch norm and then relu, float32 [N, H, W, C] -> same; in one go where the engine can. */
export function batchNormRelu(name: string, channels: number): Layer {
  const norm = batchNorm(name, channels);
  const apart = sequential([norm, relu]);
  return {
    entries: norm.entries,
    forward(x, pass) {
      const fused = fusedFor(pass);
      if (!fused) return apart.forward(x, pass);
      const { backward, ...recorded } = forwardFused(fused, x as tf.Tensor4D, norm.own, pass);
      return {
        ...recorded,
        needsInput: true,
        needsOutput: false,
        backward(dy, sink, needInputGradient) {
          const { input } = backward(dy, sink);
          if (needInputGradient) return input;
          input.dispose();
          return undefined;
        },
      };
    },
  };
}

/** relu(batch norm of x + addend), float32 [N, H, W, C]: the end of a residual block. */
export interface BatchNormSumRelu {
  readonly entries: readonly StateEntry[];
  /** Borrows both. */
  forward(x: tf.Tensor, addend: tf.Tensor, pass: Pass): RecordedSum;
}

/** As of a layer; `backward` needs the output. */
export interface RecordedSum extends Pick<Recorded, "output" | "needsInput" | "dispose"> {
  /** @returns owned by the caller; d loss / d x only when `needsX` */
  backward(dy: tf.Tensor, sink: GradientSink, needsX: boolean): SumGradient;
}

interface SumGradient {
  readonly x?: tf.Tensor;
  readonly addend: tf.Tensor;
}

export function batchNormSumRelu(name: string, channels: number): BatchNormSumRelu {
  const norm = batchNorm(name, channels);
  return {
    entries: norm.entries,
    forward(x, addend, pass) {
      const fused = fusedFor(pass);
      if (!fused) return sumApart(norm, x, addend, pass);
      const { backward, ...recorded } = forwardFused(
        fused,
        x as tf.Tensor4D,
        norm.own,
        pass,
        addend as tf.Tensor4D,
      );
      return {
        ...recorded,
        needsInput: true,
        backward(dy, sink) {
          const { input, addend } = backward(dy, sink);
          if (!addend) throw new Error("The sum gave no gradient of its other term.");
          return { x: input, addend };
        },
      };
    },
  };
}

function sumApart(norm: Layer, x: tf.Tensor, addend: tf.Tensor, pass: Pass): RecordedSum {
  const main = norm.forward(x, pass);
  const activation = reluOfSum(main.output, addend, pass);
  // A normalisation's gradient does not read its output.
  main.output.dispose();
  return {
    output: activation.output,
    needsInput: main.needsInput,
    backward(dy, sink, needsX) {
      const dSum = activation.backward(dy, sink, true);
      if (!dSum) throw new Error("relu gave no gradient.");
      const dx = needsX ? main.backward(dSum, sink, true) : undefined;
      main.dispose();
      return { x: dx, addend: dSum };
    },
    dispose() {
      activation.dispose();
      main.dispose();
    },
  };
}

/** Gates from elsewhere, and running statistics, are for the layers one by one. */
const fusedFor = (pass: Pass): BatchNormRelu | undefined =>
  pass.training && !pass.gates ? kernels().batchNormRelu : undefined;

function forwardFused(
  fused: BatchNormRelu,
  x: tf.Tensor4D,
  own: BatchNormEntries,
  pass: Pass,
  addend?: tf.Tensor4D,
) {
  refuseSingleValues(own, x, pass);
  const { statistics } = pass;
  const parameters = { scale: own.weight.value as tf.Tensor1D, offset: own.bias.value as tf.Tensor1D };
  const { output, mean, variance, saved } = fused.forward(x, parameters, statistics, addend);
  pass.onStatistics?.(own.mean, own.variance, { mean, variance });
  const dispose = () => {
    for (const tensor of [output, ...saved]) tensor.dispose();
  };
  mean.dispose();
  variance.dispose();
  if (!pass.record) for (const tensor of saved) tensor.dispose();
  return {
    output,
    dispose,
    backward(dy: tf.Tensor, sink: GradientSink) {
      const gradient = fused.gradient(dy as tf.Tensor4D, x, saved, statistics, addend && output);
      (sink.mode === "sample" ? putSampleGradients : putGradients)(sink, own, gradient);
      return gradient;
    },
  };
}
