import type { tf } from "../../tf.js";
import type { TokenKernels } from "../token-kernels.js";
import { attentionGradientWgsl, attentionWeightsWgsl } from "./attention-weights.wgsl.js";
import { rowThreads } from "./row-reductions.wgsl.js";
import { dispatch } from "./shader.js";
import { mostGroups } from "./tiles.js";

const constants = { THREADS: rowThreads };

/** How the rows of a tensor are given to a shader. */
function rowsOf({ shape, size }: tf.Tensor, scale: number) {
  const length = shape[shape.length - 1];
  const [bits] = new Int32Array(Float32Array.of(scale).buffer);
  return {
    uniforms: Int32Array.of(length, bits),
    workgroups: [Math.min(mostGroups, size / length)] as const,
  };
}

export const attentionWeights: TokenKernels["attentionWeights"] = (scores, scale, mask) => {
  const [weights, dropped] = dispatch(
    { label: "attention weights", wgsl: attentionWeightsWgsl(mask !== undefined), constants },
    {
      inputs: mask ? [scores, mask] : [scores],
      outputs: mask ? [scores.shape, scores.shape] : [scores.shape],
      ...rowsOf(scores, scale),
    },
  );
  return { weights, dropped: dropped ?? weights };
};

export const attentionGradient: TokenKernels["attentionGradient"] = (dDropped, weights, scale, mask) => {
  const [dScores] = dispatch(
    { label: "attention gradient", wgsl: attentionGradientWgsl(mask !== undefined), constants },
    {
      inputs: mask ? [dDropped, weights, mask] : [dDropped, weights],
      outputs: [weights.shape],
      ...rowsOf(weights, scale),
    },
  );
  return dScores;
};
