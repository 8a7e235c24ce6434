import { kernels } from "../engine/kernels/index.js";
import type { tf } from "../engine/tf.js";
import type { Layer } from "./layer.js";
import { sampleFilterGradient } from "./sample-filter-gradient.js";
import { StateEntry } from "./state-entry.js";

interface ConvolutionOptions {
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly pad?: number;
}

/** Conv2d without bias: float32 [N, H, W, inputs] -> [N, H', W', outputs], zero padding. */
export function convolution(name: string, options: ConvolutionOptions): Layer {
  const { inputs, outputs, kernel, stride = 1, pad = 0 } = options;
  const weight = new StateEntry(`${name}.weight`, "parameter", [outputs, inputs, kernel, kernel]);
  const geometry = { stride, pad };
  return {
    entries: [weight],
    forward(x) {
      const input = x as tf.Tensor4D;
      const output = kernels().convolution(input, weight.value as tf.Tensor4D, geometry);
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
          if (!needInputGradient) return undefined;
          return kernels().convolutionInputGradient(dy, filter, input.shape, geometry);
        },
        dispose: () => output.dispose(),
      };
    },
  };
}
