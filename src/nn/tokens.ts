import { kernels } from "../engine/kernels/index.js";
import { tf } from "../engine/tf.js";
import { putChannelGradient } from "./channel-gradient.js";
import type { GradientSink, Layer, Recorded } from "./layer.js";
import { putMatrixGradient } from "./matrix-gradient.js";
import { sampleFilterGradient } from "./sample-filter-gradient.js";
import { StateEntry } from "./state-entry.js";

interface EmbeddingOptions {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Side of a square patch; divides height and width. */
  readonly patch: number;
  /** Width of a token. */
  readonly tokenWidth: number;
}

/** Name of the positions' entry. */
export const positionsName = "positional_embedding.pos_embedding";

/**
 * Images as tokens: the image is cut into patches, each multiplied by one matrix (in PyTorch a convolution whose stride
 * is its kernel), a trained class token is put before them and a trained position is added to each:
 * float32 [N, H, W, C] -> [N, 1 + H/patch * W/patch, tokenWidth].
 */
export function tokenEmbedding(options: EmbeddingOptions): Layer {
  const { height, width, channels, patch, tokenWidth } = options;
  const numTokens = 1 + (height / patch) * (width / patch);
  const classToken = new StateEntry("class_token", "parameter", [1, 1, tokenWidth]);
  const weight = new StateEntry("patch_embedding.weight", "parameter", [tokenWidth, channels, patch, patch]);
  const bias = new StateEntry("patch_embedding.bias", "parameter", [tokenWidth]);
  const positions = new StateEntry(positionsName, "parameter", [1, numTokens, tokenWidth]);
  const matrix = (): tf.Tensor2D => tf.reshape(weight.value, [-1, tokenWidth]);
  return {
    entries: [classToken, weight, bias, positions],
    forward(x, pass) {
      const images = x as tf.Tensor4D;
      if (kernels().tokens) return asConvolution(images, options, { classToken, weight, bias, positions });
      const patches = cutPatches(images, patch);
      const output = tf.tidy(() => {
        const [n, numPatches, size] = patches.shape;
        const vectors = tf.matMul(tf.reshape(patches, [n * numPatches, size]) as tf.Tensor2D, matrix());
        const embedded = tf.reshape(tf.add(vectors, bias.value), [n, numPatches, tokenWidth]);
        const all = tf.concat([tf.tile(classToken.value, [n, 1, 1]), embedded], 1);
        return tf.add(all, positions.value);
      });
      if (!pass.record) patches.dispose();
      return {
        output,
        needsInput: false,
        needsOutput: false,
        backward(dy, sink, needInputGradient) {
          const dClass = tf.slice(dy, [0, 0, 0], [-1, 1, -1]);
          const dPatches = tf.slice(dy, [0, 1, 0], [-1, numTokens - 1, -1]) as tf.Tensor3D;
          putSharedGradient(sink, classToken, dClass);
          putMatrixGradient(sink, weight, patches, dPatches);
          putChannelGradient(sink, bias, () => dPatches);
          putSharedGradient(sink, positions, dy);
          const dx = needInputGradient
            ? tf.tidy(() => {
                const vectors = tf.reshape(dPatches, [-1, tokenWidth]) as tf.Tensor2D;
                return joinPatches(tf.matMul(vectors, matrix(), false, true), images.shape, patch);
              })
            : undefined;
          tf.dispose([dClass, dPatches]);
          return dx;
        },
        dispose: () => tf.dispose([output, patches]),
      };
    },
  };
}

type EmbeddingEntries = Readonly<Record<"classToken" | "weight" | "bias" | "positions", StateEntry>>;

/** The engine's convolution reads patches where they lie. */
function asConvolution(
  images: tf.Tensor4D,
  { height, width, patch, tokenWidth }: EmbeddingOptions,
  { classToken, weight, bias, positions }: EmbeddingEntries,
): Recorded {
  const [n] = images.shape;
  const [down, across] = [height / patch, width / patch];
  const filter = weight.value as tf.Tensor4D;
  const geometry = { stride: patch, pad: 0 };
  const output = tf.tidy(() => {
    const vectors = tf.reshape(kernels().convolution(images, filter, geometry), [n, -1, tokenWidth]);
    const all = tf.concat([tf.tile(classToken.value, [n, 1, 1]), tf.add(vectors, bias.value)], 1);
    return tf.add(all, positions.value);
  });
  return {
    output,
    needsInput: true,
    needsOutput: false,
    backward(dy, sink, needInputGradient) {
      const dClass = tf.slice(dy, [0, 0, 0], [-1, 1, -1]);
      const dVectors = tf.slice(dy, [0, 1, 0], [-1, down * across, -1]) as tf.Tensor3D;
      const dPatches = tf.reshape(dVectors, [n, down, across, tokenWidth]) as tf.Tensor4D;
      putSharedGradient(sink, classToken, dClass);
      putChannelGradient(sink, bias, () => dVectors);
      putSharedGradient(sink, positions, dy);
      if (sink.wants(weight)) {
        const gradient =
          sink.mode === "batch"
            ? kernels().convolutionFilterGradient(images, dPatches, filter.shape, geometry)
            : sampleFilterGradient(images, dPatches, filter.shape, geometry, sink.elements(weight));
        sink.put(weight, gradient);
      }
      const dx = needInputGradient
        ? kernels().convolutionInputGradient(dPatches, filter, images.shape, geometry)
        : undefined;
      tf.dispose([dClass, dVectors, dPatches]);
      return dx;
    },
    dispose: () => output.dispose(),
  };
}

/** The gradient of an entry [1, T, C] that every sample gets alike. @param dy float32 [N, T, C]; borrowed */
function putSharedGradient(sink: GradientSink, entry: StateEntry, dy: tf.Tensor): void {
  if (!sink.wants(entry)) return;
  const gradient = tf.tidy(() => {
    if (sink.mode === "batch") return tf.sum(dy, 0, true);
    return tf.gather(tf.reshape(dy, [dy.shape[0], -1]), tf.tensor1d(sink.elements(entry), "int32"), 1);
  });
  sink.put(entry, gradient);
}

/** float32 [N, H, W, C] -> [N, patches, patch * patch * C]; patches and what they hold row by row */
function cutPatches(x: tf.Tensor4D, patch: number): tf.Tensor3D {
  const [n, height, width, channels] = x.shape;
  const [down, across] = [height / patch, width / patch];
  return tf.tidy(() => {
    const strips = tf.reshape(x, [n * down, patch, across, patch * channels]);
    return tf.reshape(tf.transpose(strips, [0, 2, 1, 3]), [n, down * across, patch * patch * channels]);
  });
}

/** Undoes `cutPatches`. @param x of as many elements as `shape` [N, H, W, C] */
function joinPatches(x: tf.Tensor, shape: tf.Tensor4D["shape"], patch: number): tf.Tensor4D {
  const [n, height, width, channels] = shape;
  const strips = tf.reshape(x, [(n * height) / patch, width / patch, patch, patch * channels]);
  return tf.reshape(tf.transpose(strips, [0, 2, 1, 3]), shape);
}

/** The first of a sequence of tokens: float32 [N, T, C] -> [N, C]. */
export const firstToken: Layer = {
  entries: [],
  forward(x) {
    const [n, numTokens, width] = x.shape;
    const output = tf.tidy(() => tf.reshape(tf.slice(x, [0, 0, 0], [n, 1, width]), [n, width]));
    return {
      output,
      needsInput: false,
      needsOutput: false,
      backward(dy, _sink, needInputGradient) {
        if (!needInputGradient) return undefined;
        return tf.tidy(() =>
          tf.pad(tf.reshape(dy, [n, 1, width]), [
            [0, 0],
            [0, numTokens - 1],
            [0, 0],
          ]),
        );
      },
      dispose: () => output.dispose(),
    };
  },
};
