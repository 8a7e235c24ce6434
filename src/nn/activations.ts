import { kernels } from "../engine/kernels/index.js";
import { tf } from "../engine/tf.js";
import type { Layer } from "./layer.js";

/** max(x, 0), any shape. */
export const relu: Layer = {
  entries: [],
  forward(x) {
    const output = tf.relu(x);
    return {
      output,
      needsInput: false,
      needsOutput: true,
      backward: (dy, _sink, needInputGradient) =>
        needInputGradient ? kernels().reluGradient(dy, output) : undefined,
      dispose: () => output.dispose(),
    };
  },
};

/** Mean over positions: float32 [N, H, W, C] -> [N, C]. */
export const globalAveragePool: Layer = {
  entries: [],
  forward(x) {
    const [n, height, width, channels] = x.shape as [number, number, number, number];
    const output = tf.mean(x, [1, 2]);
    return {
      output,
      needsInput: false,
      needsOutput: false,
      backward(dy, _sink, needInputGradient) {
        if (!needInputGradient) return undefined;
        return tf.tidy(() => {
          const share = tf.reshape(tf.div(dy, height * width), [n, 1, 1, channels]);
          return tf.tile(share, [1, height, width, 1]);
        });
      },
      dispose: () => output.dispose(),
    };
  },
};
