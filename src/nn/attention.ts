import { kernels } from "../engine/kernels/index.js";
import type { TokenKernels } from "../engine/kernels/token-kernels.js";
import { tf } from "../engine/tf.js";
import { dropout, dropoutMask } from "./dropout.js";
import type { GradientSink, Layer, Pass, Recorded } from "./layer.js";
import { linear } from "./linear.js";

interface AttentionOptions {
  /** Width of a token. */
  readonly width: number;
  /** A divisor of the width. */
  readonly heads: number;
  /** Of the attention weights, see `dropout`. */
  readonly dropout: { readonly rate: number; readonly index: number };
}

/**
 * Multi-head self-attention, softmax(q k' / sqrt(head width)) v, without its final projection: float32 [N, T, width] ->
 * same; Vaswani et al., Attention Is All You Need, 2017. Names: proj_q, proj_k, proj_v.
 */
export function attention(name: string, options: AttentionOptions): Layer {
  const { width, heads } = options;
  const [query, key, value] = ["q", "k", "v"].map((one) => linear(`${name}.proj_${one}`, width, width));
  const drop = dropout(options.dropout.rate, options.dropout.index);
  const scale = 1 / Math.sqrt(width / heads);
  return {
    entries: [...query.entries, ...key.entries, ...value.entries],
    forward(x, pass) {
      const projections = [query, key, value].map((one) => one.forward(x, pass));
      const own = kernels().tokens;
      if (own) return inFewPasses(own, projections, options, pass);
      const [q, k, v] = tf.tidy(() => {
        const [q, k, v] = projections.map(({ output }) => splitHeads(output, heads));
        return [tf.mul(q, scale), k, v];
      });
      for (const { output } of projections) output.dispose();
      const weights = tf.tidy(() => tf.softmax(tf.matMul(q, k, false, true)));
      const dropped = drop.forward(weights, pass);
      const output = tf.tidy(() => mergeHeads(tf.matMul(dropped.output, v)));
      const kept = [q, k, v, weights];
      if (!pass.record) {
        tf.dispose(kept);
        dropped.dispose();
      }
      return {
        output,
        needsInput: true,
        needsOutput: false,
        backward(dy, sink, needInputGradient) {
          const [dDropped, dValue] = tf.tidy(() => {
            const gradient = splitHeads(dy, heads);
            return [
              tf.matMul(gradient, v, false, true),
              mergeHeads(tf.matMul(dropped.output, gradient, true, false)),
            ];
          });
          const dWeights = dropped.backward(dDropped, sink, true);
          dDropped.dispose();
          if (!dWeights) throw new Error("Dropout gave no gradient.");
          const [dQuery, dKey] = tf.tidy(() => {
            const weighted = tf.mul(dWeights, weights);
            const dScores = tf.sub(weighted, tf.mul(weights, tf.sum(weighted, -1, true)));
            return [
              mergeHeads(tf.mul(tf.matMul(dScores, k), scale)),
              mergeHeads(tf.matMul(dScores, q, true, false)),
            ];
          });
          dWeights.dispose();
          return throughProjections([dQuery, dKey, dValue], projections, sink, needInputGradient);
        },
        dispose() {
          tf.dispose([output, ...kept]);
          dropped.dispose();
          for (const projection of projections) projection.dispose();
        },
      };
    },
  };
}

/** Nothing is moved: products read and write the heads where they lie, side by side. */
function inFewPasses(
  own: TokenKernels,
  projections: readonly Recorded[],
  { width, heads, dropout }: AttentionOptions,
  pass: Pass,
): Recorded {
  const [q, k, v] = projections.map((projection) => projection.output);
  const scale = 1 / Math.sqrt(width / heads);
  const scores = own.headScores(q, k, heads);
  const mask = dropoutMask(scores.shape, dropout, pass);
  const { weights, dropped } = own.attentionWeights(scores, scale, mask);
  scores.dispose();
  const output = own.headSums(dropped, v, false);
  const kept = new Set([q, k, v, weights, dropped, ...(mask ? [mask] : [])]);
  if (!pass.record) tf.dispose([...kept]);
  return {
    output,
    needsInput: true,
    needsOutput: false,
    backward(dy, sink, needInputGradient) {
      const dDropped = own.headScores(dy, v, heads);
      const dScores = own.attentionGradient(dDropped, weights, scale, mask);
      dDropped.dispose();
      const gradients = [
        own.headSums(dScores, k, false),
        own.headSums(dScores, q, true),
        own.headSums(dropped, dy, true),
      ];
      dScores.dispose();
      return throughProjections(gradients, projections, sink, needInputGradient);
    },
    dispose() {
      tf.dispose([output, ...kept]);
      for (const projection of projections) projection.dispose();
    },
  };
}

/** float32 [N, T, width] -> [N, heads, T, width / heads] */
function splitHeads(x: tf.Tensor, heads: number): tf.Tensor4D {
  const [n, tokens, width] = x.shape;
  return tf.transpose(tf.reshape(x, [n, tokens, heads, width / heads]), [0, 2, 1, 3]) as tf.Tensor4D;
}

/** float32 [N, heads, T, W] -> [N, T, heads * W] */
function mergeHeads(x: tf.Tensor): tf.Tensor3D {
  const [n, heads, tokens, width] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [n, tokens, heads * width]);
}

/** The input's gradient from those of its projections, which are taken over; undefined when it is not wanted. */
function throughProjections(
  gradients: readonly tf.Tensor[],
  projections: readonly Recorded[],
  sink: GradientSink,
  needInputGradient: boolean,
): tf.Tensor | undefined {
  const parts = gradients.flatMap((gradient, i) => {
    const part = projections[i].backward(gradient, sink, needInputGradient);
    gradient.dispose();
    return part ?? [];
  });
  if (parts.length === 0) return undefined;
  const total = tf.addN(parts);
  tf.dispose(parts);
  return total;
}
