import { kernels } from "../engine/kernels/index.js";
import { tf } from "../engine/tf.js";
import { putChannelGradient } from "./channel-gradient.js";
import type { Layer } from "./layer.js";
import { putMatrixGradient } from "./matrix-gradient.js";
import { StateEntry } from "./state-entry.js";

/** Linear: float32 [N, inputs] -> [N, outputs], or every token alike: [N, T, inputs] -> [N, T, outputs]. */
export function linear(name: string, inputs: number, outputs: number): Layer {
  const weight = new StateEntry(`${name}.weight`, "parameter", [outputs, inputs]);
  const bias = new StateEntry(`${name}.bias`, "parameter", [outputs]);
  return {
    entries: [weight, bias],
    forward(x) {
      const [matrix, offset] = [weight.value as tf.Tensor2D, bias.value as tf.Tensor1D];
      const output =
        kernels().tokens?.linear(x, matrix, offset) ?? tf.tidy(() => tf.add(timesMatrix(x, matrix), offset));
      return {
        output,
        needsInput: true,
        needsOutput: false,
        backward(dy, sink, needInputGradient) {
          putMatrixGradient(sink, weight, x, dy);
          putChannelGradient(sink, bias, () => dy);
          if (!needInputGradient) return undefined;
          return tf.tidy(() => timesMatrix(dy, weight.value as tf.Tensor2D, true));
        },
        dispose: () => output.dispose(),
      };
    },
  };
}

/** Every vector along the last axis times the matrix: float32 [..., in] -> [..., out]. */
function timesMatrix(x: tf.Tensor, matrix: tf.Tensor2D, transposed = false): tf.Tensor {
  const [inputs, outputs] = transposed ? [matrix.shape[1], matrix.shape[0]] : matrix.shape;
  const vectors = tf.reshape(x, [-1, inputs]) as tf.Tensor2D;
  const product = tf.matMul(vectors, matrix, false, transposed);
  return tf.reshape(product, [...x.shape.slice(0, -1), outputs]);
}
