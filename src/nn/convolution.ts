import { kernels } from "../engine/kernels/index.js";
import { tf } from "../engine/tf.js";
import { putChannelGradient } from "./channel-gradient.js";
import type { Layer } from "./layer.js";
import { sampleFilterGradient } from "./sample-filter-gradient.js";
import { StateEntry } from "./state-entry.js";

interface ConvolutionOptions {
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly pad?: number;
  /** Adds a trained constant to each output channel. */
  readonly bias?: boolean;
}

/** Conv2d: float32 [N, H, W, inputs] -> [N, H', W', outputs], zero padding. */
export function convolution(name: string, options: ConvolutionOptions): Layer {
  const { inputs, outputs, kernel, stride = 1, pad = 0 } = options;
  const weight = new StateEntry(`${name}.weight`, "parameter", [outputs, inputs, kernel, kernel]);
  const bias = options.bias ? new StateEntry(`${name}.bias`, "parameter", [outputs]) : undefined;
  const geometry = { stride, pad };
  return {
    entries: bias ? [weight, bias] : [weight],
    forward(x, pass) {
      const input = x as tf.Tensor4D;
      // Without a bias of its own, a batch norm follows.
      const compact = bias === undefined && pass.training && !pass.gates;
      const product = kernels().convolution(input, weight.value as tf.Tensor4D, geometry, compact);
      const output = bias ? tf.add<tf.Tensor4D>(product, bias.value) : product;
      if (bias) product.dispose();
      return {
        output,
        needsInput: true,
        needsOutput: false,
        backward(gradient, sink, needInputGradient) {
          const dy = gradient as tf.Tensor4D;
          const filter = weight.value as tf.Tensor4D;
          if (sink.wants(weight)) {
            const dFilter =
              sink.mode === "batch"
                ? kernels().convolutionFilterGradient(input, dy, filter.shape, geometry)
                : sampleFilterGradient(input, dy, filter.shape, geometry, sink.elements(weight));
            sink.put(weight, dFilter);
          }
          if (bias) putChannelGradient(sink, bias, () => dy);
          if (!needInputGradient) return undefined;
          return kernels().convolutionInputGradient(dy, filter, input.shape, geometry);
        },
        dispose: () => output.dispose(),
      };
    },
  };
}
