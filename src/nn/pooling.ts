import { kernels } from "../engine/kernels/index.js";
import { tf } from "../engine/tf.js";
import type { Layer } from "./layer.js";

interface MaxPoolOptions {
  readonly kernel: number;
  readonly stride: number;
  /** Positions added on each side, which never win. */
  readonly pad?: number;
}

/** The lowest float32: no value in a window is below it. */
const LOWEST = -3.4028234663852886e38;

/** Largest value of each window: float32 [N, H, W, C] -> [N, H', W', C], H' = floor((H + 2 pad - kernel) / stride) + 1. */
export function maxPool(options: MaxPoolOptions): Layer {
  const { pad = 0 } = options;
  return {
    entries: [],
    forward(x, pass) {
      const seen = surround(x as tf.Tensor4D, pad);
      const frozen = pass.gates?.next() as readonly tf.Tensor4D[] | undefined;
      const output = frozen
        ? kernels().maxPoolGather(seen, frozen[0], frozen[1], options)
        : kernels().maxPool(seen, options);
      if (!frozen) pass.gates?.record([seen, output]);
      const [within, maxima] = frozen ?? [seen, output];
      if (frozen || !pass.record) seen.dispose();
      return {
        output,
        needsInput: false,
        needsOutput: !frozen,
        backward(dy, _sink, needInputGradient) {
          if (!needInputGradient) return undefined;
          const dSeen = kernels().maxPoolGradient(dy as tf.Tensor4D, within, maxima, options);
          if (pad === 0) return dSeen;
          const dx = tf.slice(dSeen, [0, pad, pad, 0], x.shape as [number, number, number, number]);
          dSeen.dispose();
          return dx;
        },
        dispose: () => tf.dispose([output, seen]),
      };
    },
  };
}

/** A tensor of its own, also without padding. */
function surround(x: tf.Tensor4D, pad: number): tf.Tensor4D {
  if (pad === 0) return x.clone();
  const around: [number, number] = [pad, pad];
  return tf.pad(x, [[0, 0], around, around, [0, 0]], LOWEST);
}

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

/** float32 [N, H, W, C] -> [N, C * H * W], in PyTorch's order: channel, row, column. */
export const flatten: Layer = {
  entries: [],
  forward(x) {
    const [n, height, width, channels] = x.shape as [number, number, number, number];
    const output = tf.tidy(() => tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [n, -1]));
    return {
      output,
      needsInput: false,
      needsOutput: false,
      backward(dy, _sink, needInputGradient) {
        if (!needInputGradient) return undefined;
        return tf.tidy(() => tf.transpose(tf.reshape(dy, [n, channels, height, width]), [0, 2, 3, 1]));
      },
      dispose: () => output.dispose(),
    };
  },
};
