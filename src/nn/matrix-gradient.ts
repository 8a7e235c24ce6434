import { tf } from "../engine/tf.js";
import type { GradientSink } from "./layer.js";
import type { StateEntry } from "./state-entry.js";

/**
 * A dense product costs |in| x |out| multiply-adds a token, gathering a few memory accesses a wanted element; a memory
 * access here costs about as much as this many multiply-adds.
 */
const gatherCost = 100;

/** Numbers that may be gathered or multiplied out at once: 64 MiB. */
const groupLimit = 2 ** 24;

/**
 * Gives the sink the gradient of a matrix that every token is multiplied by.
 * @param x float32 [N, in] or [N, T, in], the tokens
 * @param dy float32 [N, out] or [N, T, out], d loss / d (x times the matrix)
 * @param entry the matrix: its tensor, flattened, is that of [in, out]
 */
export function putMatrixGradient(sink: GradientSink, entry: StateEntry, x: tf.Tensor, dy: tf.Tensor): void {
  if (!sink.wants(entry)) return;
  const gradient = tf.tidy(() => {
    const [tokens, dTokens] = [asTokens(x), asTokens(dy)];
    if (sink.mode === "sample") return sampleMatrixGradient(tokens, dTokens, sink.elements(entry));
    return tf.reshape(tf.matMul(asRows(tokens), asRows(dTokens), true, false), entry.value.shape);
  });
  sink.put(entry, gradient);
}

/** float32 [N, C] is one token a sample. */
const asTokens = (t: tf.Tensor): tf.Tensor3D => (t.rank === 2 ? tf.expandDims(t, 1) : (t as tf.Tensor3D));

/** All tokens under one another: float32 [N, T, C] -> [N * T, C]. */
const asRows = (t: tf.Tensor3D): tf.Tensor2D => tf.reshape(t, [-1, t.shape[2]]);

/**
 * For sample n and element (i, o) the sum over tokens of x[n, t, i] * dy[n, t, o].
 * @param elements indices into the flattened [in, out] matrix
 * @returns float32 [N, elements.length]
 */
function sampleMatrixGradient(x: tf.Tensor3D, dy: tf.Tensor3D, elements: Int32Array): tf.Tensor2D {
  const [, tokens, inputs] = x.shape;
  const outputs = dy.shape[2];
  return tf.tidy(() => {
    if (tokens > 1 && elements.length * gatherCost >= inputs * outputs) {
      const wanted = tf.tensor1d(elements, "int32");
      return inGroups(x, dy, inputs * outputs, (x, dy) => {
        const product = tf.reshape(tf.matMul(x, dy, true, false), [-1, inputs * outputs]);
        return tf.gather(product, wanted, 1) as tf.Tensor2D;
      });
    }
    const input = elements.map((element) => Math.floor(element / outputs));
    const output = elements.map((element) => element % outputs);
    return inGroups(x, dy, tokens * elements.length, (x, dy) =>
      tf.sum(tf.mul(pick(x, input), pick(dy, output)), 1),
    );
  });
}

const pick = (t: tf.Tensor3D, channels: Int32Array): tf.Tensor =>
  tf.gather(t, tf.tensor1d(channels, "int32"), 2);

/** Computes the rows of as many samples at once as fit in memory when each needs `size` numbers. */
function inGroups(
  x: tf.Tensor3D,
  dy: tf.Tensor3D,
  size: number,
  rows: (x: tf.Tensor3D, dy: tf.Tensor3D) => tf.Tensor2D,
): tf.Tensor2D {
  const numSamples = x.shape[0];
  const atOnce = Math.max(1, Math.floor(groupLimit / size));
  if (atOnce >= numSamples) return rows(x, dy);
  const parts: tf.Tensor2D[] = [];
  for (let start = 0; start < numSamples; start += atOnce) {
    const count = Math.min(atOnce, numSamples - start);
    const group = (t: tf.Tensor3D) => tf.slice(t, [start, 0, 0], [count, t.shape[1], t.shape[2]]);
    parts.push(tf.tidy(() => rows(group(x), group(dy))));
  }
  return tf.concat(parts);
}
